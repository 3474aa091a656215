#!/usr/bin/env python3
"""Compares Goalpost with a second engine: every built-in metric on generated data.

Writes projects with `goalpost demo`, asks `goalpost run` for every metric by
period and segment, computes the same from the catalogue's definitions with
DuckDB, and compares: counts and amounts to the last digit, everything else to
1e-9; what is no data or undefined must be that, and samples must be equal.
README.md beside this file says how to run it and how to add a metric.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import crm
import customers
import marketing
import projects
import quality
import sales
import service
import tables
from engine import Oracle, catalogue
from figures import VALUE, Figure
from parts import Metric
from periods import Period, periods
from projects import Project

NEAR = Fraction(1, 10**9)
ROOT = Path(__file__).resolve().parents[2]
AREAS = (sales, marketing, customers, service, crm, quality)
# The last day of the data.
LAST = date(2026, 6, 30)


@dataclass(frozen=True)
class Question:
    """What is asked of both engines."""

    metrics: tuple[Metric, ...]
    grain: str
    # From the day on; of no meaning over all time.
    first: date
    as_of: str
    by: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([f"by {self.grain}", *self.by, f"as of {self.as_of}"])

    def last(self) -> date:
        """The day after the last one asked for."""
        return min(LAST, date.fromisoformat(self.as_of[:10])) + timedelta(days=1)


@dataclass
class Tally:
    """What came of comparing a metric."""

    cells: int = 0
    values: int = 0
    # Values by a segment; every metric has a dimension that is asked for.
    cut: int = 0
    differences: list[str] = field(default_factory=list)


def questions(metrics: list[Metric], project: Project) -> Iterator[Question]:
    """Everything by every grain, and by month cut by each dimension that a metric offers."""
    middle, end = project.middle, str(LAST + timedelta(days=1))
    # Clocks change shortly before the middle: weeks and days show it.
    now = date.fromisoformat(middle[:10])

    def question(grain: str, first: date, as_of: str, *by: str) -> Question | None:
        chosen = tuple(metric for metric in metrics if set(by) <= set(metric.by) and grain not in metric.without)
        return Question(chosen, grain, first, as_of, by) if chosen else None

    asked = [question("month", date(2025, 10, 1), end), question("quarter", date(2024, 10, 1), end),
             # Before the data begins, too: nothing may be made up there.
             question("year", date(2022, 6, 1), end), question("all", LAST, end),
             question("month", now - timedelta(days=70), middle), question("all", now, middle),
             question("week", now - timedelta(days=20), middle), question("day", now - timedelta(days=4), middle)]
    dimensions = {name for metric in metrics for name in metric.by}
    for name in sorted(dimensions & (project.dimensions or dimensions)):
        first, as_of = (date(2026, 3, 20), end) if project.change is None else (now - timedelta(days=70), middle)
        asked.append(question("month", first, as_of, name))
    for pair in (("owner", "product"), ("channel", "priority"), ("segment", "region")) if project.change is None else ():
        asked.append(question("quarter", date(2025, 11, 1), end, *pair))
    return (one for one in asked if one)


def goalpost(program: Path, folder: Path, question: Question) -> list[dict]:
    command = [str(program), "run", "-C", str(folder), *(metric.name for metric in question.metrics),
               "--grain", question.grain, "--as-of", question.as_of, "--format", "json"]
    if question.by:
        command += ["--by", ",".join(question.by)]
    if question.grain != "all":
        command += ["--from", str(question.first), "--to", str(question.last())]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\nexit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout, parse_float=Decimal)["cells"]


def compare(oracle: Oracle, project: Project, question: Question, cells: list[dict], tallies: dict[str, Tally]) -> None:
    as_of = project.calendar.moment(question.as_of)
    asked = periods(question.grain, question.first, question.last(), as_of, project.calendar)
    oracle.ask(asked, question.by, as_of)
    by_start = {period.label: period for period in asked}
    for metric in question.metrics:
        tally = tallies[metric.name]
        # A segment without a value in any period may be left away.
        missing = {(period.label, segment) for segment in oracle.segments(metric)
                   if any(oracle.value(metric, period, segment).kind == VALUE for period in asked) for period in asked}
        for cell in (cell for cell in cells if cell["metric"] == metric.name):
            period: Period | None = by_start.get(cell["period"]["start"] or "all")
            segment = tuple(cell["segment"][name] for name in question.by)
            where = f"{metric.name} ({project.name}) {question} {cell['period']['label']} {'/'.join(map(str, segment))}"
            if period is None:
                tally.differences.append(f"{where}: a period that was not asked for")
                continue
            missing.discard((period.label, segment))
            tally.cells += 1
            difference = check(metric, cell, oracle.value(metric, period, segment))
            if difference:
                tally.differences.append(f"{where}: {difference}")
            elif cell["value"] is not None:
                tally.values += 1
                tally.cut += bool(question.by)
        for label, segment in sorted(missing, key=str):
            tally.differences.append(f"{metric.name} ({project.name}) {question} {label} {segment}: no cell")


def check(metric: Metric, cell: dict, wanted: Figure) -> str | None:
    """What is different, if anything."""
    kind = VALUE if cell["value"] is not None else cell["status"]
    if kind != wanted.kind:
        got = cell["value"] if kind == VALUE else f"{kind} ({cell['reason']})"
        return f"{got}, not {float(wanted.value) if wanted.kind == VALUE else wanted.kind}"
    if kind == VALUE:
        got = Fraction(Decimal(cell["amount"]) if "amount" in cell else Decimal(cell["value"]))
        off = abs(got - wanted.value)
        if off > (0 if metric.exact else NEAR * max(1, abs(wanted.value))):
            return f"{float(got)!r}, not {float(wanted.value)!r}"
        if cell["n"] != wanted.n:
            return f"n = {cell['n']}, not {wanted.n}"
    return None


def report(tallies: dict[str, Tally], cut: set[str], shown: int) -> bool:
    """The table of what was compared; whether all of it agrees. `cut` are the metrics that offer dimensions."""
    width = max(map(len, tallies))
    print(f"{'metric':{width}}  {'cells':>8}  {'values':>8}  {'cut':>8}  {'differences':>11}")
    sums = [0, 0, 0, 0]
    for name, tally in tallies.items():
        counts = [tally.cells, tally.values, tally.cut, len(tally.differences)]
        sums = [sum(pair) for pair in zip(sums, counts)]
        print(f"{name:{width}}  {counts[0]:8}  {counts[1]:8}  {counts[2]:8}  {counts[3]:11}")
    print(f"{f'{len(tallies)} metrics':{width}}  {sums[0]:8}  {sums[1]:8}  {sums[2]:8}  {sums[3]:11}")
    for tally in tallies.values():
        for text in tally.differences[:shown]:
            print(text)
    unseen = [name for name, tally in tallies.items() if tally.values == tally.cut or (tally.cut == 0 and name in cut)]
    if unseen:
        print(f"no value was compared, or none by a segment, for {', '.join(unseen)}: that proves nothing")
    return sums[3] == 0 and not unseen


def built_in(program: Path, folder: Path) -> list[str]:
    """The names of all built-in metrics."""
    done = subprocess.run([str(program), "list", "metrics", "-C", str(folder), "--format", "json"],
                          capture_output=True, text=True, check=True)
    return [metric["name"] for metric in json.loads(done.stdout)["metrics"] if metric["layer"] == "built-in"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--goalpost", type=Path, default=ROOT / "target/debug/goalpost", help="the program")
    parser.add_argument("--deals", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv", help="of the plain project; the other has CSV")
    parser.add_argument("--project", choices=[project.name for project in projects.PROJECTS], help="only this one")
    parser.add_argument("--only", nargs="*", help="only these metrics")
    parser.add_argument("--keep", type=Path, help="write the projects into this folder and leave them")
    parser.add_argument("--show", type=int, default=3, help="differences shown of each metric")
    args = parser.parse_args()

    metrics = [metric for metric in catalogue(AREAS) if not args.only or metric.name in args.only]
    tallies = {metric.name: Tally() for metric in metrics}
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        for project in projects.PROJECTS:
            if args.project not in (None, project.name):
                continue
            folder = (args.keep or Path(temporary)) / project.name
            if not folder.exists():
                form = "csv" if project.change else args.format
                projects.write(project, folder, args.goalpost, args.deals, args.seed, form, LAST)
            undefined = set(built_in(args.goalpost, folder)) - {metric.name for metric in catalogue(AREAS)}
            if undefined:
                raise SystemExit(f"no definition here for {', '.join(sorted(undefined))}")
            oracle = Oracle(tables.load(folder, project.calendar, project.hours, project.moments), project.calendar)
            asked = list(questions(metrics, project))
            answers = pool.map(lambda question: goalpost(args.goalpost, folder, question), asked)
            for question, cells in zip(asked, answers):
                compare(oracle, project, question, cells, tallies)
    return 0 if report(tallies, {metric.name for metric in metrics if metric.by}, args.show) else 1


if __name__ == "__main__":
    sys.exit(main())
