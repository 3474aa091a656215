"""The generated project's files as typed DuckDB tables.

Which header holds what, and how it is written, is stated here a second time:
`goalpost.toml` is not read. Cells that cannot be read are null. Moments are
naive UTC.
"""

from pathlib import Path

import duckdb

import rows
from periods import Calendar
from rows import Hours

TEXT, BOOL, NUMBER, MONEY, DATE, AT, CLOCK = "text", "bool", "number", "money", "date", "at", "clock"

# Columns of a table: name, header, type. DATE of deals is written day first in CSV.
TABLES: dict[str, list[tuple[str, str, str]]] = {
    "deals": [
        ("id", "Record ID", TEXT), ("stage", "Deal Stage", TEXT), ("pipeline", "Pipeline", TEXT),
        ("amount", "Amount", MONEY), ("owner", "Deal owner", TEXT), ("team", "Team", TEXT),
        ("created_at", "Create Date", CLOCK), ("closed_at", "Close Date", CLOCK),
        ("expected_close_at", "Expected Close Date", CLOCK), ("probability", "Deal Probability", NUMBER),
        ("source", "Original Source", TEXT), ("campaign_id", "Campaign ID", TEXT),
        ("product", "Product", TEXT), ("region", "Region", TEXT),
        ("deal_type", "Deal Type", TEXT), ("customer_id", "Associated Company IDs", TEXT),
        ("contact_id", "Associated Contact IDs", TEXT),
    ],
    "tickets": [
        ("id", "Id", TEXT), ("customer_id", "Organization", TEXT), ("agent", "Assignee", TEXT),
        ("channel", "Via", TEXT), ("priority", "Priority", TEXT), ("opened_at", "Created at", AT),
        ("first_response_at", "First reply at", AT), ("resolved_at", "Solved at", AT),
        ("reopened", "Reopened", BOOL),
    ],
    "customers": [
        ("id", "id", TEXT), ("segment", "segment", TEXT), ("region", "region", TEXT), ("plan", "plan", TEXT),
        ("source", "source", TEXT), ("campaign_id", "campaign_id", TEXT),
        ("started_at", "started_at", DATE), ("ended_at", "ended_at", DATE),
    ],
    "spend": [
        ("date", "date", DATE), ("amount", "amount", MONEY), ("category", "category", TEXT),
        ("campaign_id", "campaign_id", TEXT),
    ],
    "reps": [("name", "name", TEXT), ("team", "team", TEXT), ("manager", "manager", TEXT),
             ("region", "region", TEXT)],
    "stage_changes": [
        ("deal_id", "deal_id", TEXT), ("stage", "stage", TEXT), ("entered_at", "entered_at", DATE),
        ("left_at", "left_at", DATE),
    ],
    "leads": [
        ("id", "id", TEXT), ("owner", "owner", TEXT), ("source", "source", TEXT),
        ("campaign_id", "campaign_id", TEXT), ("created_at", "created_at", AT),
        ("first_response_at", "first_response_at", AT), ("qualified_at", "qualified_at", AT),
        ("converted_at", "converted_at", AT), ("customer_id", "customer_id", TEXT),
    ],
    "orders": [
        ("id", "id", TEXT), ("customer_id", "customer_id", TEXT), ("ordered_at", "ordered_at", DATE),
        ("amount", "amount", MONEY), ("cost", "cost", MONEY), ("campaign_id", "campaign_id", TEXT),
        ("product", "product", TEXT), ("kind", "kind", TEXT),
    ],
    "subscriptions": [
        ("id", "id", TEXT), ("customer_id", "customer_id", TEXT), ("plan", "plan", TEXT), ("mrr", "mrr", MONEY),
        ("started_at", "started_at", DATE), ("ended_at", "ended_at", DATE),
    ],
    "campaigns": [("id", "id", TEXT), ("name", "name", TEXT), ("channel", "channel", TEXT)],
    "visits": [
        ("visitor_id", "visitor_id", TEXT), ("at", "at", AT), ("source", "source", TEXT),
        ("campaign_id", "campaign_id", TEXT), ("converted", "converted", BOOL),
    ],
    "touches": [
        ("customer_id", "customer_id", TEXT), ("lead_id", "lead_id", TEXT), ("at", "at", AT),
        ("channel", "channel", TEXT), ("campaign_id", "campaign_id", TEXT),
    ],
    "email_events": [
        ("contact_id", "contact_id", TEXT), ("campaign_id", "campaign_id", TEXT), ("at", "at", AT),
        ("kind", "kind", TEXT),
    ],
    "subscribers": [
        ("contact_id", "contact_id", TEXT), ("list", "list", TEXT), ("subscribed_at", "subscribed_at", DATE),
        ("unsubscribed_at", "unsubscribed_at", DATE),
    ],
    "surveys": [
        ("kind", "kind", TEXT), ("score", "score", NUMBER), ("scale_min", "scale_min", NUMBER),
        ("scale_max", "scale_max", NUMBER), ("customer_id", "customer_id", TEXT), ("agent", "agent", TEXT),
        ("at", "at", AT),
    ],
    "upsell_offers": [
        ("customer_id", "customer_id", TEXT), ("offered_at", "offered_at", DATE),
        ("accepted_at", "accepted_at", DATE), ("amount", "amount", MONEY),
    ],
    "quotas": [
        ("owner", "owner", TEXT), ("team", "team", TEXT), ("starts_at", "starts_at", DATE),
        ("ends_at", "ends_at", DATE), ("amount", "amount", MONEY),
    ],
    "users": [
        ("id", "id", TEXT), ("team", "team", TEXT), ("licensed_from", "licensed_from", DATE),
        ("licensed_until", "licensed_until", DATE),
    ],
    "logins": [("user_id", "user_id", TEXT), ("at", "at", AT)],
    "contacts": [
        ("id", "id", TEXT), ("email", "email", TEXT), ("phone", "phone", TEXT), ("name", "name", TEXT),
        ("company", "company", TEXT), ("country", "country", TEXT), ("owner", "owner", TEXT),
        ("created_at", "created_at", DATE), ("updated_at", "updated_at", DATE),
    ],
}

# By which column the rows of a table are placed in time when nothing else is said.
USUAL_TIME = {
    "deals": "closed_at", "tickets": "opened_at", "customers": "started_at", "spend": "date", "leads": "created_at",
    "orders": "ordered_at", "subscriptions": "started_at", "stage_changes": "entered_at", "visits": "at",
    "touches": "at", "email_events": "at", "subscribers": "subscribed_at", "surveys": "at",
    "upsell_offers": "offered_at", "users": "licensed_from", "logins": "at", "contacts": "created_at",
}

# White space around a text is none of it, and a cell of nothing else is blank.
WITHIN = """nullif(regexp_replace({}, '^[\\s\\p{{{{Z}}}}]+|[\\s\\p{{{{Z}}}}]+$', '', 'g'), '')"""

READ = {
    TEXT: WITHIN.format('"{0}"'),
    BOOL: 'try_cast("{0}" as boolean)',
    NUMBER: 'try_cast("{0}" as decimal(18, 6))',
    MONEY: """try_cast(replace(replace("{0}", ',', ''), '$', '') as decimal(18, 2))""",
    DATE: """cast(try_strptime("{0}", '%Y-%m-%d') as date)""",
    CLOCK: """cast(try_strptime("{0}", '%d/%m/%Y') as date)""",
    AT: """try_strptime("{0}", '%Y-%m-%dT%H:%M:%SZ')""",
}

TYPED = {
    TEXT: WITHIN.format('cast("{0}" as varchar)'),
    BOOL: '"{0}"',
    NUMBER: 'cast("{0}" as decimal(18, 6))',
    MONEY: 'cast("{0}" as decimal(18, 2))',
    DATE: 'cast("{0}" as date)',
    CLOCK: 'cast("{0}" as date)',
    AT: """make_timestamp(epoch_us("{0}"))""",
}


def load(project: Path, calendar: Calendar, hours: Hours, moments: frozenset[str]) -> duckdb.DuckDBPyConnection:
    """All tables of a generated project, in memory, with what `rows.py` adds to them.
    The days of some tables are moments there."""
    db = duckdb.connect()
    for name, columns in TABLES.items():
        parquet = project / "data" / f"{name}.parquet"
        csv = project / "data" / f"{name}.csv"
        if parquet.exists():
            source, how = f"read_parquet('{parquet}')", TYPED
        else:
            source, how = f"read_csv('{csv}', all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')", READ
        if name in moments:
            columns = [(column, header, AT if kind in (DATE, CLOCK) else kind) for column, header, kind in columns]
        listed = ", ".join(f"{how[kind].format(header)} as {column}" for column, header, kind in columns)
        db.execute(f"create table raw_{name} as select {listed} from {source}")
    rows.complete(db, list(TABLES), calendar, hours)
    return db
