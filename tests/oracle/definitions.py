"""What each metric means, as SQL written from the catalogue's definition.

A metric is made of parts, each an aggregate over the rows of one table in a
period. Nothing is clever here: a period is joined to every row that lies in it,
so that each part reads like its definition.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from tables import is_moment

SECONDS = {"days": 86_400, "hours": 3_600, "minutes": 60, "years": 31_557_600}


class Undefined(Exception):
    """A formula without a value."""


@dataclass(frozen=True)
class Part:
    """An aggregate: SQL with `{segment}`, giving period, segments and a value."""

    sql: str
    table: str
    axis: str
    stock: bool = False
    # The value where there is no row: 0 for counts and sums, None where it is undefined.
    empty: int | None = 0


@dataclass(frozen=True)
class Metric:
    name: str
    parts: dict[str, Part]
    value: Callable[..., Fraction]
    # Whether it must agree to the last digit.
    exact: bool = False
    # Dimensions: name, then the SQL of the segment for each part (or one for all).
    by: dict[str, str | dict[str, str]] = field(default_factory=dict)


def lies_in(table: str, column: str) -> str:
    """Rows in the period. The metrics name their time column, so a row without
    that time is in no period, all time included."""
    first, upto = ("first_at", "upto_at") if is_moment(table, column) else ("first_day", "upto_day")
    return f"(t.{column} >= p.{first} and t.{column} < p.{upto})"


def flow(table: str, column: str, aggregate: str, where: str = "true", empty: int | None = 0) -> Part:
    """Rows whose time lies in the period."""
    sql = (f"select p.label, {{segment}} {aggregate} as value from periods p join {table} t"
           f" on {lies_in(table, column)} where {where} group by all")
    return Part(sql, table, column, empty=empty)


def stock(table: str, since: str, until: str, moment: str, aggregate: str = "count(*)", where: str = "true") -> Part:
    """Rows that live at a moment: strictly before it they began, and did not end."""
    kind = "at" if is_moment(table, since) else "day"
    begun, ended = {
        "start": (f"p.first_{kind}", f"p.first_{kind}"),
        "end": (f"p.upto_{kind}", f"p.upto_{kind}"),
        "during": (f"p.upto_{kind}", f"p.first_{kind}"),
    }[moment]
    sql = (f"select p.label, {{segment}} {aggregate} as value from periods p join {table} t"
           f" on t.{since} < {begun} and not coalesce(t.{until} < {ended}, false)"
           f" where not coalesce(t.{until} < t.{since}, false) and {where} group by all")
    return Part(sql, table, since, stock=True)


def ratio(above: Fraction, below: Fraction) -> Fraction:
    if below == 0:
        raise Undefined
    return above / below


def seconds(table: str, since: str, until: str) -> str:
    """The time between two columns, in microseconds or in seconds of whole days."""
    if is_moment(table, until):
        return f"date_diff('microsecond', t.{since}, t.{until}) / 1000000.0"
    return f"(t.{until} - t.{since}) * 86400"


def durations(name: str, unit: str, table: str, time: str, since: str, until: str, by: dict,
              averages: tuple[str, ...], where: str = "true") -> list[Metric]:
    """Mean, median and percentiles of a time span; negative ones are left out."""
    length = seconds(table, since, until)
    micros = f"date_diff('microsecond', cast(t.{since} as timestamp), cast(t.{until} as timestamp))"
    known = f"{where} and t.{until} >= t.{since}"
    found = []
    for average in averages:
        if average == "mean":
            parts = {
                "sum": flow(table, time, f"sum({micros})", known),
                "count": flow(table, time, "count(*)", known),
            }
            value = lambda sum, count, per=SECONDS[unit]: ratio(sum, count) / 1_000_000 / per
        else:
            share = {"median": "0.5", "p90": "0.9"}[average]
            parts = {"value": flow(table, time, f"quantile_cont({length}::double, {share})", known, empty=None)}
            value = lambda value, per=SECONDS[unit]: value / per
        found.append(Metric(f"{name}_{average}", parts, value, by=by))
    return found


WON = "t.outcome = 'won'"
LOST = "t.outcome = 'lost'"
ENDED = "t.outcome in ('won', 'lost')"
MANAGER = "(select r.manager from reps r where r.name = t.owner)"
REP_REGION = "(select r.region from reps r where r.name = t.owner)"

OF_DEALS = {"owner": "t.owner", "product": "t.product", "region": "t.region", "source": "t.source", "team": "t.team"}
OF_TICKETS = {"channel": "t.channel", "priority": "t.priority", "agent": "t.agent"}
OF_CUSTOMERS = {"region": "t.region", "segment": "t.segment", "plan": "t.plan", "source": "t.source"}


def deals(aggregate: str, where: str) -> Part:
    """Deals by close date."""
    return flow("deals", "closed_at", aggregate, where)


def customers(moment: str) -> Part:
    return stock("customers", "started_at", "ended_at", moment)


# Who is never alive neither comes nor goes.
LIVED = "t.started_at is not null and not coalesce(t.ended_at < t.started_at, false)"
NEW = flow("customers", "started_at", "count(*)", LIVED)
GONE = flow("customers", "ended_at", "count(*)", f"{LIVED} and t.ended_at is not null")
CAMPAIGN = "(select c.name from campaigns c where c.id = t.campaign_id)"

METRICS: list[Metric] = [
    Metric("close_rate", {"won": deals("count(*)", WON), "ended": deals("count(*)", ENDED)},
           lambda won, ended: ratio(won, ended), by=OF_DEALS),
    Metric("close_rate_by_value", {"won": deals("sum(t.amount)", WON), "ended": deals("sum(t.amount)", ENDED)},
           lambda won, ended: ratio(won, ended), by=OF_DEALS),
    # An amount that nobody knows makes no deal smaller: it is left out of both.
    Metric("average_deal_size", {"won": deals("sum(t.amount)", WON), "deals": deals("count(t.amount)", WON)},
           lambda won, deals: ratio(won, deals), by=OF_DEALS),
    Metric("won_revenue", {"won": deals("sum(t.amount)", WON)}, lambda won: won, exact=True, by=OF_DEALS),
    Metric("lost_revenue", {"lost": deals("sum(t.amount)", LOST)}, lambda lost: lost, exact=True, by=OF_DEALS),
    *durations("sales_cycle_length", "days", "deals", "closed_at", "created_at", "closed_at", OF_DEALS,
               ("mean", "median"), WON),
    Metric("ticket_volume", {"opened": flow("tickets", "opened_at", "count(*)")}, lambda opened: opened,
           exact=True, by=OF_TICKETS),
    # By the day of the answer: a closed period does not change when late answers come in.
    *durations("first_response_time", "hours", "tickets", "first_response_at", "opened_at", "first_response_at", OF_TICKETS,
               ("mean", "median", "p90")),
    *durations("resolution_time", "hours", "tickets", "resolved_at", "opened_at", "resolved_at", OF_TICKETS,
               ("mean", "median", "p90")),
    Metric("active_customers", {"end": customers("end")}, lambda end: end, exact=True, by=OF_CUSTOMERS),
    Metric("new_customers", {"new": NEW}, lambda new: new, exact=True, by=OF_CUSTOMERS),
    Metric("lost_customers", {"gone": GONE}, lambda gone: gone, exact=True, by=OF_CUSTOMERS),
    Metric("churn_rate", {"gone": GONE, "start": customers("start")},
           lambda gone, start: ratio(gone, start), by=OF_CUSTOMERS),
    Metric("net_churn_rate", {"start": customers("start"), "end": customers("end")},
           lambda start, end: ratio(start - end, start), by=OF_CUSTOMERS),
    Metric("customer_retention_rate", {"end": customers("end"), "new": NEW, "start": customers("start")},
           lambda end, new, start: ratio(end - new, start), by=OF_CUSTOMERS),
    Metric("customer_acquisition_cost",
           {"spent": flow("spend", "date", "sum(t.amount)", "t.category in ('sales', 'marketing')"), "new": NEW},
           lambda spent, new: ratio(spent, new),
           by={"campaign": CAMPAIGN}),
]
