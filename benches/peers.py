#!/usr/bin/env python3
"""The first metrics by month as a practitioner computes them without Goalpost.

One process per call, like `goalpost run`: reads the files of a generated
project, prints {metric: {month: value}} as JSON. `whole_process.py` times these
and checks that all of them answer alike.

    peers.py duckdb-each|duckdb-fused|polars-fused PROJECT
"""

import json
import sys
from pathlib import Path

ZONE = "Europe/London"


def duckdb_tables(project: Path):
    """Views over the files, typed in the query as analysts do it."""
    import duckdb

    db = duckdb.connect()
    # Months are local, durations are not: they must not gain or lose the hour of a change of clocks.
    db.execute(f"set timezone = '{ZONE}'")
    parquet = (project / "data" / "deals.parquet").exists()

    def scan(name: str) -> str:
        if parquet:
            return f"read_parquet('{project}/data/{name}.parquet')"
        return f"read_csv('{project}/data/{name}.csv', all_varchar = true, header = true)"

    if parquet:
        day, iso_day, money = '"{}"', '"{}"', '"{}"'
        moment = '"{}"'
    else:
        day = """cast(try_strptime("{}", '%d/%m/%Y') as date)"""
        iso_day = 'try_cast("{}" as date)'
        money = """try_cast(replace(replace("{}", ',', ''), '$', '') as decimal(18, 2))"""
        moment = 'try_cast("{}" as timestamptz)'
    db.execute(f"""
        create view deals as select "Deal Stage" as stage, {money.format("Amount")} as amount,
          {day.format("Create Date")} as created_at, {day.format("Close Date")} as closed_at from {scan("deals")};
        create view tickets as select {moment.format("Created at")} as opened_at,
          {moment.format("First reply at")} as first_response_at, {moment.format("Solved at")} as resolved_at
          from {scan("tickets")};
        create view customers as select {iso_day.format("started_at")} as started_at,
          {iso_day.format("ended_at")} as ended_at from {scan("customers")};
        create view spend as select {iso_day.format("date")} as date, {money.format("amount")} as amount, category
          from {scan("spend")};
    """)
    return db


WON, LOST = "stage = 'Closed Won'", "stage = 'Closed Lost'"
CYCLE = "(closed_at - created_at)"


def of_deals(value: str) -> str:
    return f"select date_trunc('month', closed_at) as m, {value} as v from deals where closed_at is not null group by 1"


def of_tickets(time: str, value: str) -> str:
    return f"select date_trunc('month', {time})::date as m, {value} as v from tickets where {time} is not null group by 1"


def hours(until: str, how: str) -> str:
    length = f"((epoch({until}) - epoch(opened_at)) / 3600.0)"
    call = {"mean": f"avg({length})", "median": f"median({length})", "p90": f"quantile_cont({length}, 0.9)"}[how]
    return f"{call} filter ({until} >= opened_at)"


FLOWS = """with
 s as (select date_trunc('month', started_at) as m, count(*) as n from customers where started_at is not null group by 1),
 e as (select date_trunc('month', ended_at) as m, count(*) as n from customers where ended_at is not null group by 1),
 f as (select m, coalesce(s.n, 0) as new, coalesce(e.n, 0) as lost from s full join e using (m)),
 a as (select m, new, lost, sum(new - lost) over (order by m) as at_end from f),
 c as (select m, new, lost, at_end, at_end - new + lost as at_start from a),
 p as (select date_trunc('month', date) as m, sum(amount) as spent from spend
       where category in ('sales', 'marketing') group by 1)
"""

# One query per KPI.
EACH = {
    "close_rate": of_deals(f"count(*) filter ({WON}) / count(*) filter ({WON} or {LOST})"),
    "close_rate_by_value": of_deals(f"sum(amount) filter ({WON}) / sum(amount) filter ({WON} or {LOST})"),
    "average_deal_size": of_deals(f"sum(amount) filter ({WON}) / count(amount) filter ({WON})"),
    "won_revenue": of_deals(f"sum(amount) filter ({WON})"),
    "lost_revenue": of_deals(f"sum(amount) filter ({LOST})"),
    "sales_cycle_length_mean": of_deals(f"avg({CYCLE}) filter ({WON} and closed_at >= created_at)"),
    "sales_cycle_length_median": of_deals(f"median({CYCLE}) filter ({WON} and closed_at >= created_at)"),
    "ticket_volume": of_tickets("opened_at", "count(*)"),
    **{f"first_response_time_{how}": of_tickets("first_response_at", hours("first_response_at", how))
       for how in ("mean", "median", "p90")},
    **{f"resolution_time_{how}": of_tickets("resolved_at", hours("resolved_at", how))
       for how in ("mean", "median", "p90")},
    "active_customers": FLOWS + "select m, at_end from c",
    "new_customers": FLOWS + "select m, new from c",
    "lost_customers": FLOWS + "select m, lost from c",
    "churn_rate": FLOWS + "select m, lost / at_start from c",
    "net_churn_rate": FLOWS + "select m, (at_start - at_end) / at_start from c",
    "customer_retention_rate": FLOWS + "select m, (at_end - new) / at_start from c",
    "customer_acquisition_cost": FLOWS + "select m, spent / new from c join p using (m)",
}


def duckdb_each(project: Path) -> dict:
    db = duckdb_tables(project)
    return {name: dict(db.execute(sql).fetchall()) for name, sql in EACH.items()}


def duckdb_fused(project: Path) -> dict:
    """One query per table and time column, as one would fuse them by hand."""
    db = duckdb_tables(project)

    def fused(source: str, time: str, values: dict[str, str]) -> dict:
        listed = ", ".join(f"{value} as {name}" for name, value in values.items())
        sql = f"select date_trunc('month', {time})::date as m, {listed} from {source} where {time} is not null group by 1"
        rows = db.execute(sql).fetchall()
        return {name: {row[0]: row[place + 1] for row in rows} for place, name in enumerate(values)}

    aggregate = {name: sql.split(" as m, ", 1)[1].rsplit(" as v ", 1)[0] for name, sql in EACH.items()
                 if not sql.startswith("with")}
    groups = {
        ("deals", "closed_at"): [name for name, sql in EACH.items() if "from deals" in sql],
        ("tickets", "opened_at"): ["ticket_volume"],
        ("tickets", "first_response_at"): [name for name in EACH if name.startswith("first_response_time")],
        ("tickets", "resolved_at"): [name for name in EACH if name.startswith("resolution_time")],
    }
    found = {}
    for (source, time), names in groups.items():
        found |= fused(source, time, {name: aggregate[name] for name in names})
    rows = db.execute(FLOWS + "select m, new, lost, at_end, at_start, spent from c left join p using (m)").fetchall()
    return found | of_customers(rows)


def of_customers(rows: list[tuple]) -> dict:
    found: dict[str, dict] = {name: {} for name in EACH if "customer" in name or "churn" in name}
    for month, new, lost, end, start, spent in rows:
        found["active_customers"][month] = end
        found["new_customers"][month] = new
        found["lost_customers"][month] = lost
        if start:
            found["churn_rate"][month] = lost / start
            found["net_churn_rate"][month] = (start - end) / start
            found["customer_retention_rate"][month] = (end - new) / start
        if new and spent is not None:
            found["customer_acquisition_cost"][month] = spent / new
    return found


def polars_fused(project: Path) -> dict:
    import polars as pl

    parquet = (project / "data" / "deals.parquet").exists()

    def scan(name: str):
        if parquet:
            return pl.scan_parquet(project / "data" / f"{name}.parquet")
        return pl.scan_csv(project / "data" / f"{name}.csv", infer_schema=False)

    def day(column: str, form: str = "%Y-%m-%d"):
        return pl.col(column) if parquet else pl.col(column).str.to_date(form, strict=False)

    def moment(column: str):
        if parquet:
            at = pl.col(column)
        else:
            at = pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False, time_zone="UTC")
        return at.dt.convert_time_zone(ZONE)

    def money(column: str):
        if parquet:
            return pl.col(column)
        return pl.col(column).str.replace_all("[,$]", "").cast(pl.Decimal(18, 2), strict=False)

    won, lost = pl.col("stage") == "Closed Won", pl.col("stage") == "Closed Lost"
    cycle = (pl.col("closed_at") - pl.col("created_at")).dt.total_days()
    cycles = cycle.filter(won & (cycle >= 0))
    deals = (
        scan("deals")
        .select(stage="Deal Stage", amount=money("Amount"), created_at=day("Create Date", "%d/%m/%Y"),
                closed_at=day("Close Date", "%d/%m/%Y"))
        .filter(pl.col("closed_at").is_not_null())
        .group_by(m=pl.col("closed_at").dt.truncate("1mo"))
        .agg(won=won.sum(), ended=(won | lost).sum(), won_revenue=pl.col("amount").filter(won).sum(),
             lost_revenue=pl.col("amount").filter(lost).sum(), priced=pl.col("amount").filter(won).count(),
             sales_cycle_length_mean=cycles.mean(), sales_cycle_length_median=cycles.median())
    )
    times = scan("tickets").select(opened_at=moment("Created at"), first=moment("First reply at"),
                                   resolved_at=moment("Solved at"))

    def durations(name: str, until: str):
        length = (pl.col(until) - pl.col("opened_at")).dt.total_microseconds() / 3.6e9
        length = length.filter(length >= 0)
        return {f"{name}_mean": length.mean(), f"{name}_median": length.median(),
                f"{name}_p90": length.quantile(0.9, "linear")}

    opened = times.group_by(m=pl.col("opened_at").dt.truncate("1mo")).agg(ticket_volume=pl.len())
    answered = times.filter(pl.col("first").is_not_null()).group_by(
        m=pl.col("first").dt.truncate("1mo")).agg(**durations("first_response_time", "first"))
    resolved = times.filter(pl.col("resolved_at").is_not_null()).group_by(
        m=pl.col("resolved_at").dt.truncate("1mo")).agg(**durations("resolution_time", "resolved_at"))
    customers = scan("customers").select(started_at=day("started_at"), ended_at=day("ended_at"))

    def flow(column: str, name: str):
        known = customers.filter(pl.col(column).is_not_null())
        return known.group_by(m=pl.col(column).dt.truncate("1mo")).agg(pl.len().alias(name))

    spend = (scan("spend").filter(pl.col("category").is_in(["sales", "marketing"]))
             .group_by(m=day("date").dt.truncate("1mo")).agg(spent=money("amount").sum()))
    frames = pl.collect_all([deals, opened, answered, resolved, flow("started_at", "new"), flow("ended_at", "lost"), spend])
    deals, opened, answered, resolved, new, lost_, spend = [{row["m"]: row for row in frame.to_dicts()} for frame in frames]

    found: dict[str, dict] = {name: {} for name in EACH}
    for month, row in deals.items():
        ended = row["won_revenue"] + row["lost_revenue"]
        found["close_rate"][month] = row["won"] / row["ended"] if row["ended"] else None
        found["close_rate_by_value"][month] = row["won_revenue"] / ended if ended else None
        found["average_deal_size"][month] = row["won_revenue"] / row["priced"] if row["priced"] else None
        for name in ("won_revenue", "lost_revenue", "sales_cycle_length_mean", "sales_cycle_length_median"):
            found[name][month] = row[name]
    for rows in (opened, answered, resolved):
        for month, row in rows.items():
            for name in row.keys() - {"m"}:
                found[name][month] = row[name]
    rows, at_end = [], 0
    for month in sorted(new.keys() | lost_.keys()):
        came, went = new.get(month, {}).get("new", 0), lost_.get(month, {}).get("lost", 0)
        at_start, at_end = at_end, at_end + came - went
        rows.append((month, came, went, at_end, at_start, spend.get(month, {}).get("spent")))
    return found | of_customers(rows)


def main() -> None:
    how = {"duckdb-each": duckdb_each, "duckdb-fused": duckdb_fused, "polars-fused": polars_fused}[sys.argv[1]]
    found = how(Path(sys.argv[2]))
    print(json.dumps({name: {str(month)[:10]: float(value) for month, value in values.items()
                             if value is not None and value == value} for name, values in found.items()}))


if __name__ == "__main__":
    main()
