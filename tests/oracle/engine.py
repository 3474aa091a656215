"""The second engine: DuckDB over one project, asked for figures by period and segment."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import duckdb

import tables
from figures import NO_DATA, UNDEFINED, VALUE, Figure
from parts import Metric, Part
from periods import WINDOWS, Calendar, Period, hidden_from, window

Segment = tuple[str | None, ...]
# What a part comes to by label and segment: the number, if any, and the rows behind it.
Found = dict[tuple[str, Segment], tuple[Fraction | None, int]]


class Oracle:
    """Answers for the periods, segments and as-of it was last told of."""

    def __init__(self, db: duckdb.DuckDBPyConnection, calendar: Calendar):
        self.db = db
        self.calendar = calendar
        self.reaches: dict[tuple[str, str, str], tuple] = {}
        for name in WINDOWS:
            db.execute(f"create table {table_of(name)} (label text, first_day date, end_day date, upto_day date,"
                       " first_at timestamp, end_at timestamp, upto_at timestamp, upto_clock timestamp)")

    def ask(self, periods: list[Period], by: tuple[str, ...], as_of: datetime) -> None:
        """Sets what the next figures are asked by."""
        self.by, self.as_of = by, as_of
        self.found: dict[Part, Found] = {}
        self.windows: dict[tuple[str, str], Period | None] = {}
        for name in WINDOWS:
            self.db.execute(f"delete from {table_of(name)}")
            moved = [window(name, period, as_of, self.calendar) for period in periods]
            self.windows.update({(name, period.label): one for period, one in zip(periods, moved)})
            rows = [(one.label, one.first_day, one.end_day, one.upto_day, one.first_at, one.end_at, one.upto_at,
                     self.calendar.clock(one.upto_at)) for one in moved if one]
            if rows:
                marks = ", ".join("(?, ?, ?, ?, ?, ?, ?, ?)" for _ in rows)
                self.db.execute(f"insert into {table_of(name)} values {marks}", [value for row in rows for value in row])

    def segments(self, metric: Metric) -> set[Segment]:
        """All segments in which a part of the metric has rows, in any of the periods."""
        return {segment for part in metric.parts.values() for _, segment in self.part(part)} if self.by else {()}

    def value(self, metric: Metric, period: Period, segment: Segment) -> Figure:
        return metric.value(**{name: self.figure(part, period, segment) for name, part in metric.parts.items()})

    def figure(self, part: Part, period: Period, segment: Segment) -> Figure:
        moved = self.windows[part.window, period.label]
        if moved is None:
            return Figure(UNDEFINED)
        if not self.has_data(part, moved):
            return Figure(NO_DATA)
        value, n = self.part(part).get((period.label, segment), (None, 0))
        if value is None:
            value = None if part.empty is None else Fraction(part.empty)
        return Figure(UNDEFINED if value is None else VALUE, value, n)

    def part(self, part: Part) -> Found:
        if part not in self.found:
            sql = part.sql.format(segment="".join(f"t.{name}, " for name in self.by),
                                  named="".join(f"{name}, " for name in self.by), periods=table_of(part.window))
            rows = self.db.execute(sql).fetchall()
            self.found[part] = {(row[0], row[1:-2]): (exact(row[-2]), int(row[-1] or 0)) for row in rows}
        return self.found[part]

    def has_data(self, part: Part, period: Period) -> bool:
        """Whether the table's rows reach the period, on the part's axis or on the table's usual time."""
        if part.table is None:
            return True
        axes = {part.axis} if part.stock else {part.axis, tables.USUAL_TIME.get(part.table, part.axis)}
        reaches = [self.reach(part.table, axis) for axis in axes]
        if period.grain == "all":
            return any(rows > 0 for _, _, rows in reaches)
        known = [(first, last) for first, last, _ in reaches if first is not None]
        if not known:
            return False
        first, last = min(first for first, _ in known), max(last for _, last in known)
        if part.stock:
            last = hidden_from(self.as_of, self.calendar)
            return period.end_day > first and period.first_day < last
        return period.end_day > first and period.first_day <= last

    def reach(self, table: str, column: str) -> tuple:
        """First and last local day of a column up to as-of, and the number of rows."""
        key = (table, column, str(self.as_of))
        if key not in self.reaches:
            kind = self.db.execute(f"select typeof(t.{column}) from {table} t limit 1").fetchone()
            upto = hidden_from(self.as_of, self.calendar) if kind == ("DATE",) else self.as_of
            first, last, rows = self.db.execute(
                f"select min(t.{column}), max(t.{column}), count(*) from {table} t where t.{column} is null or t.{column} < ?",
                [upto]).fetchone()
            self.reaches[key] = (self.calendar.day(first), self.calendar.day(last), rows)
        return self.reaches[key]


def table_of(window: str) -> str:
    return f"periods_{window}"


def exact(value: int | Decimal | float | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def catalogue(areas: Iterable) -> list[Metric]:
    """The metrics of all areas, by name."""
    metrics = [metric for area in areas for metric in area.METRICS]
    assert len({metric.name for metric in metrics}) == len(metrics)
    return sorted(metrics, key=lambda metric: metric.name)
