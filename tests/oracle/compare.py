#!/usr/bin/env python3
"""Compares Goalpost with a second engine: every metric on generated data.

Writes a demo project with `goalpost demo`, asks `goalpost run` for every metric
by period and segment, computes the same from the catalogue's definitions with
DuckDB, and compares: counts and amounts to the last digit, everything else to
1e-9. README.md beside this file says how to run it and how to add a metric.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import definitions
import tables
from definitions import Metric, Part, Undefined
from periods import Calendar, Period, periods

NEAR = Fraction(1, 10**9)
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Question:
    """What is asked of both engines."""

    grain: str
    by: tuple[str, ...] = ()
    as_of: str = ""
    # Only the last days of the data; all of it where absent.
    days: int | None = None

    def __str__(self) -> str:
        return " ".join([f"by {self.grain}", *self.by, f"as of {self.as_of}"])


@dataclass
class Tally:
    """What came of comparing a metric."""

    cells: int = 0
    values: int = 0
    differences: list[str] = field(default_factory=list)


Key = tuple[str, tuple[str | None, ...]]


class Oracle:
    """The second engine over one generated project."""

    def __init__(self, project: Path, calendar: Calendar):
        self.db = tables.load(project)
        self.calendar = calendar
        self.ranges: dict[tuple[str, str, str], tuple | None] = {}

    def ask(self, periods: list[Period]) -> None:
        """Sets the periods of the next questions."""
        self.db.execute(
            "create or replace table periods (grain text, label text, first_day date, end_day date, upto_day date,"
            " first_at timestamp, end_at timestamp, upto_at timestamp)"
        )
        self.db.executemany(
            "insert into periods values (?, ?, ?, ?, ?, ?, ?, ?)",
            [(p.grain, p.label, p.first_day, p.end_day, p.upto_day, p.first_at, p.end_at, p.upto_at) for p in periods],
        )

    def part(self, part: Part, segments: tuple[str, ...]) -> dict[Key, Fraction]:
        listed = "".join(f"{segment}, " for segment in segments)
        rows = self.db.execute(part.sql.format(segment=listed)).fetchall()
        return {(row[0], row[1:-1]): exact(row[-1]) for row in rows if row[-1] is not None}

    def has_data(self, part: Part, period: Period, as_of: datetime) -> bool:
        """Whether the table's rows reach the period, on the part's axis or on the table's usual time."""
        reaches = [self.reach(part.table, column, period, as_of)
                   for column in {part.axis, tables.USUAL_TIME.get(part.table, part.axis)}]
        if period.grain == "all":
            return any(rows > 0 for _, _, rows in reaches)
        known = [(first, last) for first, last, _ in reaches if first is not None]
        if not known:
            return False
        first, last = min(first for first, _ in known), max(last for _, last in known)
        return period.end_day > first and period.first_day <= (period.upto_day if part.stock else last)

    def reach(self, table: str, column: str, period: Period, as_of: datetime) -> tuple:
        """First and last local day of a column up to as-of, and the number of rows."""
        upto = as_of if tables.is_moment(table, column) else period_of_nothing(self.calendar, as_of)
        key = (table, column, str(upto))
        if key not in self.ranges:
            first, last, rows = self.db.execute(
                f"select min({column}), max({column}), count(*) from {table} where {column} is null or {column} < ?",
                [upto],
            ).fetchone()
            self.ranges[key] = (self.calendar.day(first), self.calendar.day(last), rows)
        return self.ranges[key]


def period_of_nothing(calendar: Calendar, as_of: datetime) -> date:
    return periods("all", date.min, date.max, as_of, calendar)[0].upto_day


def exact(value) -> Fraction:
    return Fraction(value) if isinstance(value, (int, Decimal)) else Fraction(float(value))


def expected(oracle: Oracle, metric: Metric, question: Question, asked: list[Period], as_of: datetime):
    """The value of each period and segment: a fraction, "undefined" or "no_data"."""
    parts: dict[str, dict[Key, Fraction]] = {}
    for name, part in metric.parts.items():
        cuts = [metric.by[dimension] for dimension in question.by]
        segments = tuple(cut if isinstance(cut, str) else cut[name] for cut in cuts)
        parts[name] = oracle.part(part, segments)
    keys = {key[1] for part in parts.values() for key in part} if question.by else {()}

    def cell(period: Period, segment: tuple[str | None, ...]):
        given = {}
        for name, part in metric.parts.items():
            if not oracle.has_data(part, period, as_of):
                return "no_data"
        for name, part in metric.parts.items():
            value = parts[name].get((period.label, segment), part.empty)
            if value is None:
                return "undefined"
            given[name] = Fraction(value)
        try:
            return metric.value(**given)
        except Undefined:
            return "undefined"

    return keys, cell


def goalpost(binary: Path, project: Path, metrics: list[str], question: Question, span: tuple[date, date]) -> list[dict]:
    command = [str(binary), "run", "-C", str(project), *metrics, "--grain", question.grain,
               "--as-of", question.as_of, "--format", "json"]
    if question.by:
        command += ["--by", ",".join(question.by)]
    if question.grain != "all":
        command += ["--from", str(span[0]), "--to", str(span[1])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\nexit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout, parse_float=Decimal)["cells"]


def compare(oracle: Oracle, metrics: list[Metric], question: Question, cells: list[dict], asked: list[Period],
            as_of: datetime, tallies: dict[str, Tally]) -> None:
    by_metric = defaultdict(list)
    for cell in cells:
        by_metric[cell["metric"]].append(cell)
    starts = {period.label: period for period in asked}
    for metric in metrics:
        tally = tallies[metric.name]
        keys, value_of = expected(oracle, metric, question, asked, as_of)
        seen = set()
        for cell in by_metric[metric.name]:
            period = starts.get(cell["period"]["start"] or "all")
            segment = tuple(cell["segment"][name] for name in question.by)
            where = f"{metric.name} {question} {cell['period']['label']} {'/'.join(map(str, segment))}"
            if period is None:
                tally.differences.append(f"{where}: a period that was not asked for")
                continue
            seen.add((period.label, segment))
            tally.cells += 1
            difference = check(metric, cell, value_of(period, segment))
            if difference:
                tally.differences.append(f"{where}: {difference}")
            elif cell["value"] is not None:
                tally.values += 1
        for period in asked:
            for segment in keys:
                if (period.label, segment) not in seen:
                    tally.differences.append(f"{metric.name} {question} {period.label} {segment}: no cell")


def check(metric: Metric, cell: dict, wanted) -> str | None:
    """What is different, if anything."""
    if isinstance(wanted, str):
        return None if cell["status"] == wanted else f"{cell['status']} {cell['value']}, not {wanted}"
    if cell["value"] is None:
        return f"{cell['status']} ({cell['reason']}), not {float(wanted)}"
    got = Fraction(Decimal(cell["amount"]) if "amount" in cell else Decimal(cell["value"]))
    off = abs(got - wanted)
    near = off == 0 if metric.exact else off <= NEAR * max(1, abs(wanted))
    return None if near else f"{float(got)!r}, not {float(wanted)!r}"


def questions(metrics: list[Metric], end: str, middle: str) -> list[tuple[Question, list[Metric]]]:
    """Everything by every grain, and by month cut by each dimension that a metric offers."""
    found = [(Question(grain, as_of=end), metrics) for grain in ("month", "quarter", "year", "week", "all")]
    found.append((Question("day", as_of=end, days=150), metrics))
    # A moment in the middle of the data, of a day, and of every kind of period.
    found += [(Question(grain, as_of=middle), metrics) for grain in ("month", "week", "all")]
    dimensions = sorted({name for metric in metrics for name in metric.by})
    for name in dimensions:
        cut = [metric for metric in metrics if name in metric.by]
        found += [(Question(grain, (name,), end), cut) for grain in ("month", "all")]
        found.append((Question("quarter", (name,), middle), cut))
    for pair in (("owner", "product"), ("channel", "priority"), ("segment", "region")):
        cut = [metric for metric in metrics if set(pair) <= set(metric.by)]
        if cut:
            found.append((Question("quarter", pair, end), cut))
    return found


def report(tallies: dict[str, Tally], shown: int) -> bool:
    """The table of what was compared; whether all of it agrees."""
    width = max(map(len, tallies))
    print(f"{'metric':{width}}  {'cells':>8}  {'values':>8}  {'differences':>11}")
    for name, tally in tallies.items():
        print(f"{name:{width}}  {tally.cells:8}  {tally.values:8}  {len(tally.differences):11}")
    cells, values = (sum(getattr(tally, kind) for tally in tallies.values()) for kind in ("cells", "values"))
    differences = [text for tally in tallies.values() for text in tally.differences]
    print(f"{'all':{width}}  {cells:8}  {values:8}  {len(differences):11}")
    for tally in tallies.values():
        for text in tally.differences[:shown]:
            print(text)
    unseen = [name for name, tally in tallies.items() if tally.values == 0]
    if unseen:
        print(f"no value was compared for {', '.join(unseen)}: that proves nothing")
    return not differences and not unseen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--goalpost", type=Path, default=ROOT / "target/debug/goalpost", help="the program")
    parser.add_argument("--deals", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv")
    parser.add_argument("--only", nargs="*", help="only these metrics")
    parser.add_argument("--keep", type=Path, help="write the project here and leave it")
    parser.add_argument("--show", type=int, default=3, help="differences shown of each metric")
    args = parser.parse_args()

    metrics = [metric for metric in definitions.METRICS if not args.only or metric.name in args.only]
    end = date(2026, 6, 30)
    with tempfile.TemporaryDirectory() as folder:
        project = args.keep or Path(folder) / "project"
        if not project.exists():
            demo = [str(args.goalpost), "demo", str(project), "--deals", str(args.deals), "--seed", str(args.seed),
                    "--format", args.format, "--until", str(end)]
            subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
        calendar = Calendar(ZoneInfo("Europe/London"))
        oracle = Oracle(project, calendar)
        tallies = {metric.name: Tally() for metric in metrics}
        for question, asked_of in questions(metrics, str(end + timedelta(days=1)), "2025-11-12T15:30"):
            as_of = calendar.moment(question.as_of)
            last = min(end + timedelta(days=1), as_of.date() + timedelta(days=1))
            # Before the data begins, too: nothing may be made up there.
            first = last - timedelta(days=question.days) if question.days else date(2023, 5, 20)
            asked = periods(question.grain, first, last, as_of, calendar)
            oracle.ask(asked)
            names = [metric.name for metric in asked_of]
            cells = goalpost(args.goalpost, project, names, question, (first, last))
            compare(oracle, asked_of, question, cells, asked, as_of, tallies)
        return 0 if report(tallies, args.show) else 1


if __name__ == "__main__":
    sys.exit(main())
