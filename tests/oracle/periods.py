"""Periods in a second implementation: Python's own calendar, no Goalpost code.

A period is half-open. Dates are compared with its first days, moments (UTC)
with the local midnights of those days. `upto` is the period's end, or as-of
where that is earlier: what lies at or after it has not happened.
"""

import calendar as days_of_months
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

    def clock(self, at: datetime) -> datetime:
        """What the clock of the zone shows at a moment (naive UTC)."""
        return at.replace(tzinfo=timezone.utc).astimezone(self.zone).replace(tzinfo=None)

    def day(self, at: date | datetime | None) -> date | None:
        """The local day of a moment (naive UTC); a day is itself."""
        if isinstance(at, datetime):
            return self.clock(at).date()
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
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, days_of_months.monthrange(year, month + 1)[1]))


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


def hidden_from(as_of: datetime, calendar: Calendar) -> date:
    """The first local day of which nothing has happened."""
    day = as_of.date() - timedelta(days=1)
    while calendar.midnight(day) < as_of:
        day += timedelta(days=1)
    return day


def period(grain: str, label: str, start: date, end: date, as_of: datetime, calendar: Calendar) -> Period:
    end_at = calendar.midnight(end)
    return Period(grain, label, start, end, min(end, hidden_from(as_of, calendar)), calendar.midnight(start), end_at,
                  min(end_at, as_of))


def periods(grain: str, first: date, last: date, as_of: datetime, calendar: Calendar) -> list[Period]:
    """Periods of a grain that overlap the days from `first` up to, not including, `last`."""
    if grain == "all":
        return [period("all", "all", BEGINNING, hidden_from(as_of, calendar), as_of, calendar)]
    found = []
    start = start_of(grain, first, calendar)
    while start < last:
        end = end_of(grain, start)
        # The start stands for the period: labels are the program's own affair.
        found.append(period(grain, start.isoformat(), start, end, as_of, calendar))
        start = end
    return found


def year_to(start: date, end: date, grain: str) -> tuple[date, date]:
    """The 12 months that end with the period."""
    return months_later(end, -12), end


def before(start: date, end: date, grain: str) -> tuple[date, date] | None:
    """The period before. All time has none."""
    if grain == "all":
        return None
    if grain in ("day", "week"):
        return start - (end - start), start
    return months_later(start, -{"month": 1, "quarter": 3, "year": 12}[grain]), start


def year_before(start: date, end: date, grain: str) -> tuple[date, date]:
    """The same period a year before: as many days from the same date, or the whole month, quarter, year."""
    if grain == "all":
        return start, months_later(end, -12)
    first = months_later(start, -12)
    return first, first + (end - start) if grain in ("day", "week") else months_later(end, -12)


WINDOWS = {"itself": lambda start, end, grain: (start, end), "year_to": year_to, "before": before,
           "year_before": year_before}


def window(name: str, one: Period, as_of: datetime, calendar: Calendar) -> Period | None:
    """A window of a period, under the period's label."""
    span = WINDOWS[name](one.first_day, one.end_day, one.grain)
    return None if span is None else period(one.grain, one.label, *span, as_of, calendar)
