#!/usr/bin/env python3
"""Every built-in metric with DuckDB, one after the other, from the SQL of `tests/oracle`.

One process per call: loads the tables of a whole demo project once, then asks
for each metric by month, and prints {metric: {month: value}} as JSON.

    catalogue.py answer PROJECT FROM TO AS_OF
    catalogue.py names
"""

import json
import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "oracle"))

import crm  # noqa: E402
import customers  # noqa: E402
import marketing  # noqa: E402
import quality  # noqa: E402
import sales  # noqa: E402
import service  # noqa: E402
import tables  # noqa: E402
from engine import Oracle, catalogue  # noqa: E402
from figures import VALUE  # noqa: E402
from periods import Calendar, periods  # noqa: E402
from rows import Hours  # noqa: E402

METRICS = catalogue((sales, marketing, customers, service, crm, quality))


def answer(project: Path, first: date, last: date, as_of: str) -> dict:
    calendar = Calendar(ZoneInfo("Europe/London"))
    oracle = Oracle(tables.load(project, calendar, Hours(), frozenset()), calendar)
    moment = calendar.moment(as_of)
    asked = periods("month", first, last, moment, calendar)
    oracle.ask(asked, (), moment)
    found: dict = {}
    for metric in METRICS:
        figures = {period.label: oracle.value(metric, period, ()) for period in asked}
        found[metric.name] = {f"{label}|": float(figure.value) for label, figure in figures.items() if figure.kind == VALUE}
    return found


def main() -> None:
    if sys.argv[1] == "names":
        print(json.dumps([metric.name for metric in METRICS]))
        return
    project, first, last, as_of = sys.argv[2:]
    print(json.dumps(answer(Path(project), date.fromisoformat(first), date.fromisoformat(last), as_of)))


if __name__ == "__main__":
    main()
