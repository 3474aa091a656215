"""Whether the data can be trusted: fresh, once, with dates and amounts that make sense."""

from parts import DAY, Metric, Part, share, upto
from sales import ENDED, WON

OF_DEALS = ("owner", "team", "region")

# The date of a row by table.
MADE = {"deals": "created_at", "leads": "created_at", "orders": "ordered_at", "tickets": "opened_at"}


def staleness(table: str, made: str) -> Metric:
    """From the newest row before the end of the period (or now) to it, however old that row is."""
    column = f"t.{made}"
    # Beside a day, now is read off the clock.
    now = f"case when typeof(max({column})) = 'DATE' then any_value(p.upto_clock) else any_value(p.upto_at) end"
    newest = Part(
        f"select p.label, {{segment}} date_diff('microsecond', max({column})::timestamp, {now}) / 1000000.0 as value,"
        f" count(*) as n from {{periods}} p join {table} t on {column} < {upto(column)} group by all",
        # It says how old the data is, so it has a value outside of it, too.
        None, None, empty=None)
    return Metric(f"{table}_staleness", {"age": newest}, lambda age: age / DAY)


def duplicates(table: str, made: str) -> Metric:
    # `copies` are the rows of the same id, in whatever period.
    return Metric(f"duplicate_{table}_rate", {"rate": share(table, made, "(t.id is not null and t.copies > 1)")},
                  lambda rate: rate)


METRICS = [
    *(staleness(table, made) for table, made in MADE.items()),
    *(duplicates(table, made) for table, made in MADE.items()),
    Metric("blank_amount_rate", {"rate": share("deals", "closed_at", "t.amount is null", WON)}, lambda rate: rate, OF_DEALS),
    Metric("negative_sales_cycle_rate",
           {"rate": share("deals", "closed_at", "t.closed_at < t.created_at", f"{ENDED} and t.created_at is not null")},
           lambda rate: rate, OF_DEALS),
    Metric("negative_response_rate",
           {"rate": share("tickets", "first_response_at", "t.first_response_at < t.opened_at", "t.opened_at is not null")},
           lambda rate: rate, ("agent",)),
]
