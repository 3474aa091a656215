#!/usr/bin/env python3
"""A gate of fifteen goals, as it is written without Goalpost.

One process per call, like `goalpost check`: computes each KPI for the month
that the goals are about, holds it against its level, and prints
{metric: {"value": …, "met": 0 or 1}} as JSON.

    gate.py duckdb-each|soda FORMAT DEALS TICKETS CUSTOMERS LEVELS

LEVELS is a file of JSON: {metric: ["at least" or "at most", level]}, in the
unit of the KPI (days of deals, hours of tickets). Soda runs in an environment of
its own, because it asks for another DuckDB.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from peers import KNOWN, KPIS, OF_ROWS, Files, duckdb_views

# The last month that is over.
MONTH, NEXT = "2026-06-01", "2026-07-01"
def in_month(time: str) -> str:
    """Bounds that a reader of Parquet can skip row groups by."""
    kind = "timestamptz" if time not in ("closed_at", "started_at", "ended_at") else "date"
    return f"{time} >= {kind} '{MONTH}' and {time} < {kind} '{NEXT}'"


# KPIs of which less is better.
LOW = {"lost_revenue", "sales_cycle_length_mean", "sales_cycle_length_median", "ticket_volume", "first_response_time_mean",
       "first_response_time_median", "resolution_time_mean", "resolution_time_p90", "churn_rate"}
OF_CUSTOMERS = {
    "new_customers": f"count(*) filter ({in_month('started_at')})",
    "churn_rate": f"count(*) filter ({in_month('ended_at')})"
                  f" / count(*) filter (started_at < date '{MONTH}' and (ended_at is null or ended_at >= date '{MONTH}'))",
}
DURATIONS = {"sales_cycle_length_mean": 24 * 60, "sales_cycle_length_median": 24 * 60, "first_response_time_mean": 60,
             "first_response_time_median": 60, "resolution_time_mean": 60, "resolution_time_p90": 60}


def of_month(metric: str) -> tuple[str, str, str]:
    """A KPI's table, the rows that it is about, and the aggregate."""
    if metric in OF_ROWS:
        table, time, aggregate = OF_ROWS[metric]
        return table, in_month(time), aggregate
    return "customers", f"started_at is not null and {KNOWN}", OF_CUSTOMERS[metric]


def levels(values: dict[str, float]) -> dict[str, tuple[str, float]]:
    """Levels by the values that are there, so that every third goal is missed."""
    found = {}
    for number, metric in enumerate(KPIS):
        is_low, is_missed = metric in LOW, number % 3 == 2
        level = values[metric] * (1.1 if is_low != is_missed else 0.9)
        # Durations are written in whole minutes, shares with four digits.
        minutes = DURATIONS.get(metric)
        level = round(level * minutes) / minutes if minutes else float(f"{level:.4g}")
        found[metric] = ("at most" if is_low else "at least", level)
    return found


def goals(wanted: dict[str, tuple[str, float]]) -> str:
    """The same levels as a script of goals."""
    found = []
    for metric, (_, level) in wanted.items():
        minutes = DURATIONS.get(metric)
        written = f"{round(level * minutes)}.minutes" if minutes else f"{level:.10f}".rstrip("0").rstrip(".")
        found.append(f'goal("{metric}", #{{ target: {written}, every: "month", max_dropped: 0.5 }});\n')
    return "".join(found)


def is_met(value: float, how: str, level: float) -> int:
    return int(value <= level if how == "at most" else value >= level)


def duckdb_each(files: Files, wanted: dict[str, tuple[str, float]]) -> dict:
    """A query for each check, as gates are written by hand."""
    db = duckdb_views(files)
    found = {}
    for metric, (how, level) in wanted.items():
        table, where, aggregate = of_month(metric)
        value = float(db.execute(f"select {aggregate} from {table} where {where}").fetchone()[0])
        found[metric] = {"value": value, "met": is_met(value, how, level)}
    return found


def soda(files: Files, wanted: dict[str, tuple[str, float]]) -> dict:
    """A check for each goal; Soda asks for those of one table and month together."""
    home = tempfile.mkdtemp()
    # No statistics are sent: there may be nobody to take them.
    (Path(home) / ".soda").mkdir()
    (Path(home) / ".soda" / "config.yml").write_text("send_anonymous_usage_stats: false\n")
    os.environ["HOME"] = home
    from soda.scan import Scan

    lines = []
    groups: dict[tuple[str, str], list[str]] = {}
    for metric in wanted:
        groups.setdefault(of_month(metric)[:2], []).append(metric)
    for number, ((table, where), metrics) in enumerate(groups.items()):
        lines += [f"filter {table} [part{number}]:", f"  where: {where}", f"checks for {table} [part{number}]:"]
        for metric in metrics:
            how, level = wanted[metric]
            lines += [f"  - {metric} {'<=' if how == 'at most' else '>='} {level!r}:", f"      name: {metric}",
                      f"      {metric} expression: {of_month(metric)[2]}"]
    scan = Scan()
    scan.add_duckdb_connection(duckdb_views(files), "bench")
    scan.set_data_source_name("bench")
    scan.set_scan_definition_name("gate")
    scan.add_sodacl_yaml_str("\n".join(lines))
    scan.execute()
    found = {}
    for check in scan.get_scan_results()["checks"]:
        value = check["diagnostics"]["value"]
        if value is None:
            raise SystemExit(f"{check['name']}: no value\n{scan.get_error_logs_text()}")
        found[check["name"]] = {"value": float(value), "met": int(check["outcome"] == "pass")}
    return found


def main() -> None:
    how, form, deals, tickets, customers, path = sys.argv[1:]
    compute = {"duckdb-each": duckdb_each, "soda": soda}[how]
    print(json.dumps(compute(Files(form, deals, tickets, customers), json.loads(Path(path).read_text()))))


if __name__ == "__main__":
    main()
