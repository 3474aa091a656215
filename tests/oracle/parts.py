"""What metrics are made of: aggregates over the rows of a period, in SQL.

A period is joined to every row that lies in it, so that each part reads like
its definition; nothing is clever here. `t` is the row, `p` the period. A column of
times holds days or moments, whichever the project has: `first`, `upto` and `elapsed`
(see `rows.py`) do the right thing with either.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from figures import Figure

DAY, HOUR, MINUTE, YEAR = 86_400, 3_600, 60, 31_556_952  # seconds; a year is 365.2425 days


@dataclass(frozen=True)
class Part:
    """An aggregate: SQL that gives period, segments, a value and its sample.

    `{segment}` stands for the columns of the segments, `{named}` for their names
    in a query around it, `{periods}` for the table of periods.
    """

    sql: str
    # Whose reach in time decides what is no data, and by which column beside the usual one; all where absent.
    table: str | None
    axis: str | None
    # Rows that live at a moment go on living: they reach until as-of.
    stock: bool = False
    # The value where there is no row: 0 for counts and sums, None where it is undefined.
    empty: int | None = 0
    # Which window of the period: the period itself, or one of `periods.WINDOWS`.
    window: str = "itself"

    def over(self, window: str) -> "Part":
        return replace(self, window=window)


@dataclass(frozen=True)
class Metric:
    name: str
    parts: dict[str, Part]
    value: Callable[..., Figure]
    # Dimensions; every table has a column of the name.
    by: tuple[str, ...] = ()
    # Whether it must agree to the last digit: counts and money.
    exact: bool = False
    # Grains for which the definition says nothing.
    without: tuple[str, ...] = ()


def itself(value: Figure) -> Figure:
    return value


def begin(column: str) -> str:
    """The period's first moment, beside a column of days its first day."""
    return f"bound({column}, p.first_day, p.first_at)"


def upto(column: str) -> str:
    """Its end, or as-of where that is earlier: what lies there or later has not happened."""
    return f"bound({column}, p.upto_day, p.upto_at)"


def lies_in(column: str) -> str:
    """Rows in the period. The metrics name their time column, so a row without
    that time is in no period, all time included."""
    return f"t.{column} >= {begin(f't.{column}')} and t.{column} < {upto(f't.{column}')}"


def flow(table: str, time: str, aggregate: str, where: str = "true", *, n: str = "count(*)",
         empty: int | None = 0, rows: str | None = None) -> Part:
    """Rows whose time lies in the period."""
    sql = (f"select p.label, {{segment}} {aggregate} as value, {n} as n from {{periods}} p join {rows or table} t"
           f" on {lies_in(time)} where {where} group by all")
    return Part(sql, table, time, empty=empty)


def count(table: str, time: str, where: str = "true", **more) -> Part:
    return flow(table, time, "count(*)", where, **more)


def total(table: str, time: str, column: str, where: str = "true", **more) -> Part:
    """A sum; its sample are the rows where the column is known."""
    return flow(table, time, f"sum({column})", where, n=f"count({column})", **more)


def distinct(table: str, time: str, column: str, where: str = "true", **more) -> Part:
    return flow(table, time, f"count(distinct {column})", where, n=f"count(distinct {column})", **more)


def share(table: str, time: str, condition: str, where: str = "true", **more) -> Part:
    """Rows where the condition is true ÷ rows; null is not true."""
    return flow(table, time, f"count(*) filter (where {condition})::double / count(*)", where, empty=None, **more)


def average(kind: str, table: str, time: str, column: str, where: str = "true", **more) -> Part:
    """Mean, median or 90th percentile of what is known."""
    aggregate = {"mean": "avg({})", "median": "quantile_cont({}::double, 0.5)", "p90": "quantile_cont({}::double, 0.9)"}[kind]
    return flow(table, time, aggregate.format(column), where, n=f"count({column})", empty=None, **more)


def stock(table: str, since: str, until: str | None, moment: str, aggregate: str = "count(*)", where: str = "true", *,
          n: str = "count(*)", empty: int | None = 0) -> Part:
    """Rows that live at a moment: strictly before it they began, and did not end."""
    begun, ended = {"start": (begin, begin), "end": (upto, upto), "during": (upto, begin)}[moment]
    lives = f"t.{since} < {begun(f't.{since}')}"
    if until:
        lives += f" and (t.{until} is null or (t.{until} >= {ended(f't.{until}')} and t.{until} >= t.{since}))"
    sql = (f"select p.label, {{segment}} {aggregate} as value, {n} as n from {{periods}} p join {table} t"
           f" on {lives} where {where} group by all")
    return Part(sql, table, since, stock=True, empty=empty)


def span(since: str, until: str) -> str:
    """Seconds between two columns; null where unknown or negative, which is dirt."""
    return f"(case when t.{until} >= t.{since} then elapsed(t.{since}, t.{until}) end)"
