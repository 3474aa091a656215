"""What rows are known to be besides their cells: whom they belong to, what came
before them, how long was worked between their moments.

Every table gets a column for each dimension by which it can be cut, named like
the dimension: its own, or that of the row to which it refers.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

import duckdb

from periods import Calendar


@dataclass(frozen=True)
class Hours:
    """When the company works; Monday is 0."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    opens: time = time(9)
    closes: time = time(17)
    holidays: frozenset[date] = field(default_factory=frozenset)


CUSTOMER = "left join raw_customers customer on customer.id = t.customer_id"
CAMPAIGN = "left join raw_campaigns campaign on campaign.id = t.campaign_id"
COPIES = "count(*) over (partition by t.id) as copies"
OF_CAMPAIGN = "campaign.name as campaign, campaign.channel as channel"

# The closing of a deal: of won and lost ones, whatever date an open one is given.
OUTCOME = "case t.stage when 'Closed Won' then 'won' when 'Closed Lost' then 'lost' else 'open' end"

# Columns that a table gets, and from where. In this order: later ones use earlier ones.
ADDED = {
    "deals": (f"""{OUTCOME} as outcome, case when {OUTCOME} <> 'open' then t.closed_at end as ended_on,
        case t.deal_type when 'newbusiness' then 'new' when 'existingbusiness' then 'upsell' else t.deal_type end as kind,
        customer.segment as segment, {OF_CAMPAIGN}, {COPIES}""", f"{CUSTOMER} {CAMPAIGN}"),
    "leads": (f"{OF_CAMPAIGN}, {COPIES}", CAMPAIGN),
    "customers": (OF_CAMPAIGN, CAMPAIGN),
    "spend": (OF_CAMPAIGN, CAMPAIGN),
    "visits": (OF_CAMPAIGN, CAMPAIGN),
    "email_events": (f"{OF_CAMPAIGN}, t.contact_id || '/' || coalesce(t.campaign_id, '') as mail", CAMPAIGN),
    "orders": (f"""customer.region as region, customer.segment as segment, customer.plan as plan, customer.source as source,
        {OF_CAMPAIGN}, {COPIES}, moment(t.ordered_at, midnights.midnight) as ordered_moment,
        min(t.ordered_at) over (partition by t.customer_id) as first_on,
        row_number() over (partition by t.customer_id order by t.ordered_at nulls last, t.id) as place""",
               f"{CUSTOMER} {CAMPAIGN} left join midnights on midnights.day = t.ordered_at::date"),
    "subscriptions": ("""customer.region as region, customer.segment as segment,
        coalesce('customer ' || t.customer_id, 'subscription ' || t.id) as payer""", CUSTOMER),
    "surveys": ("customer.region as region, customer.segment as segment, customer.plan as plan", CUSTOMER),
    "upsell_offers": ("customer.region as region, customer.segment as segment, customer.plan as plan", CUSTOMER),
    # The next change of the deal ends a stay that has no end of its own, else the closing does.
    "stage_changes": ("""deal.owner as owner, deal.team as team, deal.product as product, deal.region as region,
        deal.segment as segment,
        coalesce(t.left_at,
            case when t.deal_id is not null then lead(t.entered_at) over (partition by t.deal_id order by t.entered_at) end,
            deal.ended_on) as left_on,
        not coalesce(t.entered_at >= deal.ended_on, false) as is_stay""",
                      "left join deals deal on deal.id = t.deal_id"),
    "contacts": ("""nullif(lower(regexp_replace(t.email, '^[\\s\\p{Z}]+|[\\s\\p{Z}]+$', '', 'g')), '') as email_key,
        case when length(regexp_replace(t.phone, '[^0-9]', '', 'g')) >= 7
             then right(regexp_replace(t.phone, '[^0-9]', '', 'g'), 9) end as phone_key""", ""),
    # Whom a touch reached: the customer, or the customer that the lead became.
    "touches": ("coalesce(t.customer_id, lead.customer_id) as whom, campaign.name as campaign",
                f"left join raw_leads lead on lead.id = t.lead_id {CAMPAIGN}"),
    "tickets": (f"""customer.region as region, customer.segment as segment, customer.plan as plan, {COPIES},
        worked(t.opened_at, t.first_response_at) as worked_to_response,
        worked(t.opened_at, t.resolved_at) as worked_to_resolution""", CUSTOMER),
}

# A column of times holds days or moments (naive UTC), as the project has it.
TIMES = [
    # A bound of a period beside the column: the day or the moment.
    "create macro bound(beside, day, at_) as case when typeof(beside) = 'DATE' then day::timestamp else at_ end",
    # A time as a moment, given the midnight of the day that it may be.
    "create macro moment(time_, midnight) as case when typeof(time_) = 'DATE' then midnight else time_::timestamp end",
    # What the clock of the zone shows.
    "create macro wall(time_) as case when typeof(time_) = 'DATE' then time_::timestamp else clock(time_::timestamp) end",
    # Seconds: between moments those that went by, else those between the readings of the clock.
    """create macro elapsed(since, until) as
        case when typeof(since) = 'DATE' or typeof(until) = 'DATE' then date_diff('microsecond', wall(since), wall(until))
             else date_diff('microsecond', since::timestamp, until::timestamp) end / 1000000.0""",
]

# Seconds of working days between two moments; null where they are not known or the wrong way round.
WORKED = """create macro worked(since, until) as case when until >= since then (
    select coalesce(sum(date_diff('microsecond', greatest(opens_at, since), least(closes_at, until))), 0) / 1000000.0
    from shifts where opens_at < until and closes_at > since) end"""

# Each order with the touches of campaigns up to its moment, and with all touches up to a first order.
PATHS = """create table paths as select o.id, o.ordered_at, o.amount, t.campaign, t.channel,
    row_number() over (partition by o.id order by t.at) as place, count(*) over (partition by o.id) as touches
    from orders o join touches t on t.whom = o.customer_id and t.at <= o.ordered_moment
    where t.campaign_id is not null"""
JOURNEYS = """create table journeys as select o.ordered_at, any_value(o.product) as product,
    any_value(o.region) as region, any_value(o.segment) as segment, min(t.at) as first_touch_at, count(*) as touches
    from orders o join touches t on t.whom = o.customer_id and t.at <= o.ordered_moment
    where o.place = 1 group by o.id, o.ordered_at"""


def complete(db: duckdb.DuckDBPyConnection, tables: list[str], calendar: Calendar, hours: Hours) -> None:
    """Makes the tables that metrics are asked of from the raw ones."""
    days = [date(2018, 1, 1) + timedelta(days=day) for day in range(365 * 10)]
    db.execute("create table midnights (day date, midnight timestamp)")
    fill(db, "midnights", [(day, calendar.midnight(day)) for day in days])
    db.execute("create table shifts (opens_at timestamp, closes_at timestamp)")
    fill(db, "shifts", [tuple(moment(day, at, calendar) for at in (hours.opens, hours.closes))
                        for day in days if day.weekday() in hours.days and day not in hours.holidays])
    db.execute(f"create macro clock(moment) as (moment at time zone 'UTC') at time zone '{calendar.zone.key}'")
    for macro in (*TIMES, WORKED):
        db.execute(macro)
    for table in sorted(tables, key=lambda table: (table == "stage_changes", table)):
        columns, joins = ADDED.get(table, ("", ""))
        db.execute(f"create table {table} as select t.*{', ' if columns else ''}{columns} from raw_{table} t {joins}")
    db.execute(PATHS)
    db.execute(JOURNEYS)


def fill(db: duckdb.DuckDBPyConnection, table: str, values: list[tuple]) -> None:
    written = ", ".join("(" + ", ".join(f"'{value}'" for value in row) + ")" for row in values)
    db.execute(f"insert into {table} values {written}")


def moment(day: date, at: time, calendar: Calendar) -> datetime:
    """A time of a local day, as naive UTC."""
    local = datetime.combine(day, at, calendar.zone)
    return local.astimezone(timezone.utc).replace(tzinfo=None)
