#!/usr/bin/env python3
"""The KPIs as a practitioner computes them without Goalpost.

One process per call, like `goalpost run`: reads the files of a project, prints
{metric: {"month|segment": value}} as JSON. `whole_process.py` times these and
checks that all of them answer alike.

    peers.py duckdb-each|duckdb-fused|duckdb-tuned|polars-fused months|cut|other FORMAT DEALS TICKETS CUSTOMERS

`months` are fifteen KPIs by month, `cut` the same by month and region, `other`
four further ones by month. FORMAT is doubles, decimals or csv; the rest are
the files of three tables, as globs.
"""

import json
import sys
from dataclasses import dataclass

ZONE = "Europe/London"
# Months asked for; as of the second, nothing of it has happened.
FROM, TO = "2023-07-01", "2026-07-01"

KPIS = (
    "close_rate", "close_rate_by_value", "average_deal_size", "won_revenue", "lost_revenue", "sales_cycle_length_mean",
    "sales_cycle_length_median", "buyers", "ticket_volume", "first_response_time_mean", "first_response_time_median",
    "resolution_time_mean", "resolution_time_p90", "new_customers", "churn_rate",
)
OTHERS = ("big_deals", "quick_ends", "quick_answers", "longest_solution")


@dataclass(frozen=True)
class Files:
    """Where the tables are."""

    format: str
    deals: str
    tickets: str
    customers: str


# --- DuckDB -----------------------------------------------------------------

WON, LOST = "stage = 'Closed Won'", "stage = 'Closed Lost'"
CYCLE = "(closed_at - created_at)"
KNOWN = "not coalesce(ended_at < started_at, false)"


def hours(until: str, call: str) -> str:
    return call.format(f"((epoch({until}) - epoch(opened_at)) / 3600.0)") + f" filter ({until} >= opened_at)"


# What each KPI is: the table, the time by which rows are placed, and the aggregate.
OF_ROWS = {
    "close_rate": ("deals", "closed_at", f"count(*) filter ({WON}) / count(*) filter ({WON} or {LOST})"),
    "close_rate_by_value": ("deals", "closed_at", f"sum(amount) filter ({WON}) / sum(amount) filter ({WON} or {LOST})"),
    "average_deal_size": ("deals", "closed_at", f"sum(amount) filter ({WON}) / count(amount) filter ({WON})"),
    "won_revenue": ("deals", "closed_at", f"sum(amount) filter ({WON})"),
    "lost_revenue": ("deals", "closed_at", f"sum(amount) filter ({LOST})"),
    "sales_cycle_length_mean": ("deals", "closed_at", f"avg({CYCLE}) filter ({WON} and closed_at >= created_at)"),
    "sales_cycle_length_median": ("deals", "closed_at", f"median({CYCLE}) filter ({WON} and closed_at >= created_at)"),
    "buyers": ("deals", "closed_at", f"count(distinct customer_id) filter ({WON})"),
    "ticket_volume": ("tickets", "opened_at", "count(*)"),
    "first_response_time_mean": ("tickets", "first_response_at", hours("first_response_at", "avg({})")),
    "first_response_time_median": ("tickets", "first_response_at", hours("first_response_at", "median({})")),
    "resolution_time_mean": ("tickets", "resolved_at", hours("resolved_at", "avg({})")),
    "resolution_time_p90": ("tickets", "resolved_at", hours("resolved_at", "quantile_cont({}, 0.9)")),
    "big_deals": ("deals", "closed_at", f"count(*) filter ({WON} and amount >= 20000)"),
    "quick_ends": ("deals", "closed_at", f"count(*) filter (({WON} or {LOST}) and {CYCLE} <= 28)"),
    "quick_answers": ("tickets", "first_response_at",
                      "count(*) filter (epoch(first_response_at) - epoch(opened_at) <= 3600)"),
    "longest_solution": ("tickets", "resolved_at", hours("resolved_at", "max({})")),
}

# New customers and churn: what came and went by month, and who was there before.
FLOWS = """with
 s as (select date_trunc('month', started_at)::date as m, {segment} as k, count(*) as n from customers
       where started_at is not null and {known} group by all),
 e as (select date_trunc('month', ended_at)::date as m, {segment} as k, count(*) as n from customers
       where ended_at is not null and started_at is not null and {known} group by all),
 f as (select coalesce(s.m, e.m) as m, coalesce(s.k, e.k) as k, coalesce(s.n, 0) as new, coalesce(e.n, 0) as lost
       from s full join e on s.m = e.m and s.k is not distinct from e.k),
 c as (select m, k, new, lost, sum(new - lost) over (partition by k order by m) - new + lost as at_start from f)
select m, k, {value} from c"""
OF_CUSTOMERS = {"new_customers": "new", "churn_rate": "lost / nullif(at_start, 0)"}


def duckdb_views(files: Files):
    """Views over the files, typed in the query as analysts do it."""
    import duckdb

    db = duckdb.connect()
    # Months are local, durations are not: they must not gain or lose the hour of a change of clocks.
    db.execute(f"set timezone = '{ZONE}'")

    def scan(path: str) -> str:
        if files.format == "csv":
            return f"read_csv('{path}', all_varchar = true, header = true)"
        return f"read_parquet('{path}')"

    if files.format == "csv":
        day, iso_day = """cast(try_strptime("{}", '%d/%m/%Y') as date)""", 'try_cast("{}" as date)'
        money = """try_cast(replace(replace("{}", ',', ''), '$', '') as decimal(18, 2))"""
        moment = 'try_cast("{}" as timestamptz)'
    else:
        day = iso_day = money = moment = '"{}"'
    db.execute(f"""
        create view customers as select id, region, {iso_day.format("started_at")} as started_at,
          {iso_day.format("ended_at")} as ended_at from {scan(files.customers)};
        create view deals as select "Deal Stage" as stage, {money.format("Amount")} as amount, "Region" as region,
          {day.format("Create Date")} as created_at, {day.format("Close Date")} as closed_at,
          "Associated Company IDs" as customer_id from {scan(files.deals)};
        create view tickets as select "Organization" as customer_id, {moment.format("Created at")} as opened_at,
          {moment.format("First reply at")} as first_response_at, {moment.format("Solved at")} as resolved_at
          from {scan(files.tickets)};
    """)
    return db


def of_rows(names: list[str], cut: bool) -> str:
    """The query of KPIs over the same table and time."""
    table, time, _ = OF_ROWS[names[0]]
    values = ", ".join(f"{OF_ROWS[name][2]} as {name}" for name in names)
    rows = table
    if cut and table == "tickets":
        rows = "(select t.*, c.region from tickets t left join customers c on c.id = t.customer_id)"
    segment = "region" if cut else "null"
    return (f"select date_trunc('month', {time})::date as m, {segment} as k, {values} from {rows} t"
            f" where {time} is not null group by all")


def of_customers(value: str, cut: bool) -> str:
    return FLOWS.format(segment="region" if cut else "null::varchar", known=KNOWN, value=value)


def collect(found: dict, names: list[str], rows: list[tuple]) -> None:
    for month, segment, *values in rows:
        if not FROM <= str(month) < TO:
            continue
        for name, value in zip(names, values):
            if value is not None and value == value:
                found[name][f"{str(month)[:10]}|{segment or ''}"] = float(value)


def duckdb_each(files: Files, asked: list[str], cut: bool) -> dict:
    db = duckdb_views(files)
    found: dict = {name: {} for name in asked}
    for name in asked:
        sql = of_rows([name], cut) if name in OF_ROWS else of_customers(OF_CUSTOMERS[name], cut)
        collect(found, [name], db.execute(sql).fetchall())
    return found


def fused(db, asked: list[str], cut: bool) -> dict:
    found: dict = {name: {} for name in asked}
    groups: dict = {}
    for name in (name for name in asked if name in OF_ROWS):
        groups.setdefault(OF_ROWS[name][:2], []).append(name)
    for names in groups.values():
        collect(found, names, db.execute(of_rows(names, cut)).fetchall())
    of_them = [name for name in asked if name in OF_CUSTOMERS]
    if of_them:
        values = ", ".join(OF_CUSTOMERS[name] for name in of_them)
        collect(found, of_them, db.execute(of_customers(values, cut)).fetchall())
    return found


def duckdb_fused(files: Files, asked: list[str], cut: bool) -> dict:
    """One query per table and time column, as one would fuse them by hand."""
    return fused(duckdb_views(files), asked, cut)


# Columns of the CSV files; what holds cells that are not of its type stays text.
CSV = {
    "deals": ("%d/%m/%Y", {
        "Record ID": "varchar", "Deal Name": "varchar", "Deal Stage": "varchar", "Pipeline": "varchar",
        "Amount": "varchar", "Currency": "varchar", "Deal owner": "varchar", "Team": "varchar", "Create Date": "date",
        "Close Date": "varchar", "Expected Close Date": "varchar", "Deal Probability": "varchar",
        "Original Source": "varchar", "Campaign ID": "varchar", "Product": "varchar", "Region": "varchar",
        "Segment": "varchar", "Deal Type": "varchar", "Associated Company IDs": "varchar",
        "Associated Contact IDs": "varchar"}),
    "tickets": ("%Y-%m-%d", {
        "Id": "varchar", "Organization": "varchar", "Assignee": "varchar", "Via": "varchar", "Priority": "varchar",
        "Created at": "timestamp", "First reply at": "timestamp", "Solved at": "varchar", "Reopened": "varchar"}),
    "customers": ("%Y-%m-%d", {
        "id": "varchar", "name": "varchar", "segment": "varchar", "region": "varchar", "plan": "varchar",
        "source": "varchar", "campaign_id": "varchar", "started_at": "date", "ended_at": "date",
        "returned_from": "varchar"}),
}
# Summer time of the years in question, in UTC.
SUMMERS = [("2023-03-26 01:00", "2023-10-29 01:00"), ("2024-03-31 01:00", "2024-10-27 01:00"),
           ("2025-03-30 01:00", "2025-10-26 01:00"), ("2026-03-29 01:00", "2026-10-25 01:00")]


def local_day(time: str) -> str:
    """The local day of a naive UTC time, without a calendar for each row."""
    summer = " or ".join(f"{time} between timestamp '{begin}' and timestamp '{end}' - interval 1 microsecond"
                         for begin, end in SUMMERS)
    return f"(case when {summer} then {time} + interval 1 hour else {time} end)::date"


def duckdb_tuned(files: Files, asked: list[str], cut: bool) -> dict:
    """What an expert does: types declared, no sniffing, no calendar per row, each file read once."""
    import duckdb

    db = duckdb.connect()
    db.execute("set preserve_insertion_order = false")

    def scan(table: str, path: str) -> str:
        if files.format != "csv":
            return f"read_parquet('{path}')"
        form, columns = CSV[table]
        moment = "timestampformat = '%Y-%m-%dT%H:%M:%SZ', " if table == "tickets" else ""
        return (f"read_csv('{path}', auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
                f"dateformat = '{form}', {moment}columns = {columns})")

    if files.format == "csv":
        amount = """case when "Amount" similar to '[0-9.]*' then try_cast("Amount" as decimal(18, 2))
                    else try_cast(replace(replace("Amount", ',', ''), '$', '') as decimal(18, 2)) end"""
        closed_at = """cast(try_strptime("Close Date", '%d/%m/%Y') as date)"""
        moments = ['"Created at"', '"First reply at"', """try_strptime("Solved at", '%Y-%m-%dT%H:%M:%SZ')"""]
    else:
        amount, closed_at = '"Amount"', '"Close Date"'
        # As naive UTC, which casts nothing: arithmetic on it needs no calendar.
        moments = [f'make_timestamp(epoch_us("{name}"))' for name in ("Created at", "First reply at", "Solved at")]
    # A text that is scanned once is kept; Parquet is read again for less than that costs.
    kept = "temp table" if files.format == "csv" else "view"
    segment = ', "Region" as region' if cut else ""
    customer = ', "Associated Company IDs" as customer_id' if "buyers" in asked else ""
    organization = ', "Organization" as customer_id' if cut else ""
    db.execute(f"""
        create {kept} customers as select {'id, region, ' if cut else ''}started_at, ended_at
          from {scan("customers", files.customers)};
        create view deals as select "Deal Stage" as stage, {amount} as amount, "Create Date" as created_at,
          {closed_at} as closed_at{segment}{customer} from {scan("deals", files.deals)};
        create {kept} tickets as select {moments[0]} as opened_at, {moments[1]} as first_response_at,
          {moments[2]} as resolved_at{organization} from {scan("tickets", files.tickets)};
    """)
    found: dict = {name: {} for name in asked}
    groups: dict = {}
    for name in (name for name in asked if name in OF_ROWS):
        groups.setdefault(OF_ROWS[name][:2], []).append(name)
    for (table, time), names in groups.items():
        sql = of_rows(names, cut)
        if table == "tickets":
            sql = sql.replace(f"date_trunc('month', {time})", f"date_trunc('month', {local_day(time)})")
        collect(found, names, db.execute(sql).fetchall())
    of_them = [name for name in asked if name in OF_CUSTOMERS]
    if of_them:
        values = ", ".join(OF_CUSTOMERS[name] for name in of_them)
        collect(found, of_them, db.execute(of_customers(values, cut)).fetchall())
    return found


# --- Polars -----------------------------------------------------------------


def polars_fused(files: Files, asked: list[str], cut: bool) -> dict:
    """One lazy query per table and time column, collected together."""
    import polars as pl

    def scan(path: str):
        if files.format == "csv":
            return pl.scan_csv(path, infer_schema=False)
        return pl.scan_parquet(path)

    def day(column: str, form: str = "%Y-%m-%d"):
        return pl.col(column).str.to_date(form, strict=False) if files.format == "csv" else pl.col(column)

    def moment(column: str):
        if files.format != "csv":
            return pl.col(column)
        return pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False, time_zone="UTC")

    def money(column: str):
        if files.format != "csv":
            return pl.col(column)
        return pl.col(column).str.replace_all("[,$]", "").cast(pl.Decimal(18, 2), strict=False)

    def month(column: str):
        return pl.col(column).dt.truncate("1mo")

    def local_month(column: str):
        return pl.col(column).dt.convert_time_zone(ZONE).dt.date().dt.truncate("1mo")

    key = [pl.col("region").alias("k")] if cut else []
    won, lost = pl.col("stage") == "Closed Won", pl.col("stage") == "Closed Lost"
    cycle = (pl.col("closed_at") - pl.col("created_at")).dt.total_days()
    cycles = cycle.filter(won & (cycle >= 0))
    amount = pl.col("amount")
    of_deals = {
        "won": won.sum(), "ended": (won | lost).sum(), "won_revenue": amount.filter(won).sum(),
        "lost_revenue": amount.filter(lost).sum(), "priced": amount.filter(won).count(),
        "sales_cycle_length_mean": cycles.mean(), "sales_cycle_length_median": cycles.median(),
        "buyers": pl.col("customer_id").filter(won).drop_nulls().n_unique(),
    }
    if "big_deals" in asked:
        of_deals = {"big_deals": (won & (amount >= 20000)).sum(), "quick_ends": ((won | lost) & (cycle <= 28)).sum()}
    deals = (
        scan(files.deals)
        .select(stage="Deal Stage", amount=money("Amount"), created_at=day("Create Date", "%d/%m/%Y"),
                closed_at=day("Close Date", "%d/%m/%Y"), customer_id="Associated Company IDs", region="Region")
        .filter(pl.col("closed_at").is_not_null()).group_by(month("closed_at").alias("m"), *key).agg(**of_deals)
    )
    customers = scan(files.customers).select("id", "region", started_at=day("started_at"), ended_at=day("ended_at"))
    times = scan(files.tickets).select(opened_at=moment("Created at"), first=moment("First reply at"),
                                       resolved_at=moment("Solved at"), customer_id="Organization")
    if cut:
        times = times.join(customers.select("id", "region"), left_on="customer_id", right_on="id", how="left")

    def spent(until: str):
        length = (pl.col(until) - pl.col("opened_at")).dt.total_microseconds() / 3.6e9
        return length.filter(length >= 0)

    def tickets(time: str, **values):
        rows = times.filter(pl.col(time).is_not_null())
        return rows.group_by(local_month(time).alias("m"), *key).agg(**values)

    first, resolved = spent("first"), spent("resolved_at")
    if "big_deals" in asked:
        frames = [deals, tickets("first", quick_answers=((pl.col("first") - pl.col("opened_at")) <= pl.duration(hours=1)).sum()),
                  tickets("resolved_at", longest_solution=resolved.max())]
    else:
        known = customers.filter(pl.col("started_at").is_not_null()
                                 & (pl.col("ended_at") < pl.col("started_at")).fill_null(False).not_())

        def flow(column: str, name: str):
            rows = known.filter(pl.col(column).is_not_null())
            return rows.group_by(month(column).alias("m"), *key).agg(pl.len().alias(name))

        frames = [
            deals, tickets("opened_at", ticket_volume=pl.len()),
            tickets("first", first_response_time_mean=first.mean(), first_response_time_median=first.median()),
            tickets("resolved_at", resolution_time_mean=resolved.mean(),
                    resolution_time_p90=resolved.quantile(0.9, "linear")),
            flow("started_at", "new"), flow("ended_at", "lost"),
        ]
    rows = [frame.to_dicts() for frame in pl.collect_all(frames, engine="streaming")]
    found: dict = {name: {} for name in asked}

    def put(name: str, row: dict, value) -> None:
        collect(found, [name], [(row["m"], row.get("k"), value)])

    for row in rows[0]:
        if "big_deals" in row:
            continue
        ended = row["won_revenue"] + row["lost_revenue"]
        put("close_rate", row, row["won"] / row["ended"] if row["ended"] else None)
        put("close_rate_by_value", row, row["won_revenue"] / ended if ended else None)
        put("average_deal_size", row, row["won_revenue"] / row["priced"] if row["priced"] else None)
    for one in rows:
        for row in one:
            for name in row.keys() & found.keys():
                put(name, row, row[name])
    if "churn_rate" in asked:
        came = {(row["m"], row.get("k")): row["new"] for row in rows[-2]}
        went = {(row["m"], row.get("k")): row["lost"] for row in rows[-1]}
        there: dict = {}
        for at in sorted(came.keys() | went.keys(), key=lambda at: at[0]):
            before = there.get(at[1], 0)
            there[at[1]] = before + came.get(at, 0) - went.get(at, 0)
            row = {"m": at[0], "k": at[1]}
            put("new_customers", row, came.get(at, 0))
            put("churn_rate", row, went.get(at, 0) / before if before else None)
    return found


def main() -> None:
    how, what, *where = sys.argv[1:]
    compute = {"duckdb-each": duckdb_each, "duckdb-fused": duckdb_fused, "duckdb-tuned": duckdb_tuned,
               "polars-fused": polars_fused}[how]
    asked = list(OTHERS if what == "other" else KPIS)
    print(json.dumps(compute(Files(*where), asked, what == "cut")))


if __name__ == "__main__":
    main()
