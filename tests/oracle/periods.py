"""Periods in a second implementation: Python's own calendar, no Goalpost code.

A period is half-open. Dates are compared with its first days, moments (UTC)
with the local midnights of those days. `upto` is the period's end, or as-of
where that is earlier: what lies at or after it has not happened.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

BEGINNING = date(1, 1, 1)


@dataclass(frozen=True)
class Calendar:
    zone: ZoneInfo
    week_start: int = 0  # Monday
    fiscal_month: int = 1

    def midnight(self, day: date) -> datetime:
        """The first moment of a local day, as naive UTC."""
        if day == BEGINNING:
            return datetime(1, 1, 1)
        local = datetime.combine(day, time(), self.zone)
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    def day(self, at: date | datetime | None) -> date | None:
        """The local day of a moment (naive UTC); a day is itself."""
        if isinstance(at, datetime):
            return at.replace(tzinfo=timezone.utc).astimezone(self.zone).date()
        return at

    def moment(self, text: str) -> datetime:
        """As-of as it is written on the command line, as naive UTC."""
        local = datetime.fromisoformat(text).replace(tzinfo=self.zone)
        return local.astimezone(timezone.utc).replace(tzinfo=None)


@dataclass(frozen=True)
class Period:
    grain: str
    label: str
    first_day: date
    end_day: date
    upto_day: date
    first_at: datetime
    end_at: datetime
    upto_at: datetime


def months_later(day: date, months: int) -> date:
    """The first of a month so many months later; `day` is a first of a month."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def start_of(grain: str, day: date, calendar: Calendar) -> date:
    if grain == "day":
        return day
    if grain == "week":
        return day - timedelta(days=(day.weekday() - calendar.week_start) % 7)
    first = day.replace(day=1)
    into_year = (first.month - calendar.fiscal_month) % 12
    back = {"month": 0, "quarter": into_year % 3, "year": into_year}[grain]
    return months_later(first, -back)


def end_of(grain: str, start: date) -> date:
    if grain == "day":
        return start + timedelta(days=1)
    if grain == "week":
        return start + timedelta(days=7)
    return months_later(start, {"month": 1, "quarter": 3, "year": 12}[grain])


def periods(grain: str, first: date, last: date, as_of: datetime, calendar: Calendar) -> list[Period]:
    """Periods of a grain that overlap the days from `first` up to, not including, `last`."""
    # The first local day of which nothing has happened.
    hidden = as_of.date() - timedelta(days=1)
    while calendar.midnight(hidden) < as_of:
        hidden += timedelta(days=1)
    if grain == "all":
        return [Period("all", "all", BEGINNING, hidden, hidden, datetime(1, 1, 1), as_of, as_of)]
    found = []
    start = start_of(grain, first, calendar)
    while start < last:
        end = end_of(grain, start)
        end_at = calendar.midnight(end)
        # The start stands for the period: labels are the program's own affair.
        found.append(
            Period(grain, start.isoformat(), start, end, min(end, hidden),
                   calendar.midnight(start), end_at, min(end_at, as_of))
        )
        start = end
    return found
