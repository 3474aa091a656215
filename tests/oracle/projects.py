"""The projects that both engines are asked about.

Each is written by `goalpost demo`, whose data has the dirt of a real export.
`elsewhere` is the same with another calendar and more holes: blanks in every
column that a metric looks at, lives that end before they begin, white space.
`moments` knows the time of day where the others know the day.
"""

import csv
import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from periods import Calendar
from rows import Hours


@dataclass(frozen=True)
class Project:
    name: str
    calendar: Calendar
    hours: Hours
    # In the middle of a month, of a day, and of every kind of period.
    middle: str
    # What is changed in the folder that `goalpost demo` has written.
    change: Callable[[Path, int], None] | None = None
    # Tables whose days are moments.
    moments: frozenset[str] = frozenset()
    # Dimensions that are asked for; all where absent.
    dimensions: frozenset[str] | None = None


def write(project: Project, folder: Path, program: Path, deals: int, seed: int, form: str, until: date) -> None:
    demo = [str(program), "demo", str(folder), "--deals", str(deals), "--seed", str(seed), "--format", form,
            "--until", str(until)]
    subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
    if project.change:
        project.change(folder, seed)


BLANKED = {
    "deals": ["Pipeline", "Amount", "Deal owner", "Team", "Create Date", "Close Date", "Expected Close Date",
              "Deal Probability", "Original Source", "Campaign ID", "Product", "Region", "Deal Type",
              "Associated Company IDs"],
    "tickets": ["Organization", "Assignee", "Via", "Priority", "Created at", "First reply at", "Solved at"],
    "customers": ["segment", "region", "plan", "source", "campaign_id", "started_at"],
    "spend": ["date", "amount", "category", "campaign_id"],
    "stage_changes": ["deal_id", "stage", "entered_at"],
    "leads": ["owner", "source", "campaign_id", "created_at", "first_response_at", "qualified_at", "converted_at",
              "customer_id"],
    "orders": ["customer_id", "ordered_at", "amount", "cost", "campaign_id", "product"],
    "subscriptions": ["customer_id", "plan", "mrr", "started_at"],
    "campaigns": ["channel"],
    "visits": ["visitor_id", "at", "source", "campaign_id", "converted"],
    "touches": ["customer_id", "at", "channel", "campaign_id"],
    "email_events": ["contact_id", "campaign_id", "at", "kind"],
    "subscribers": ["list", "subscribed_at"],
    "surveys": ["kind", "score", "customer_id", "agent", "at"],
    "upsell_offers": ["customer_id", "offered_at"],
    "quotas": ["owner", "team", "starts_at", "ends_at", "amount"],
    "users": ["team", "licensed_from"],
    "logins": ["user_id", "at"],
    "contacts": ["email", "phone", "company", "country", "owner", "created_at", "updated_at"],
}
# Beginning and end, exchanged in some rows.
EXCHANGED = {
    "customers": ("started_at", "ended_at"), "subscriptions": ("started_at", "ended_at"),
    "subscribers": ("subscribed_at", "unsubscribed_at"), "users": ("licensed_from", "licensed_until"),
    "stage_changes": ("entered_at", "left_at"), "leads": ("created_at", "first_response_at"),
    "quotas": ("starts_at", "ends_at"),
}


def make_holes(folder: Path, seed: int) -> None:
    """One cell in 33 of every column is blanked, one row in 50 runs
    backwards, some touches fall on the day of an order, some tickets came twice."""
    chance = random.Random(seed)
    ordered: dict[str, list[str]] = {}
    with (folder / "data" / "orders.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            ordered.setdefault(row["customer_id"], []).append(row["ordered_at"])
    for table, columns in BLANKED.items():
        path = folder / "data" / f"{table}.csv"
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            if table in EXCHANGED and chance.random() < 0.02:
                since, until = EXCHANGED[table]
                if row[since] and row[until]:
                    row[since], row[until] = row[until], row[since]
            for column in columns:
                if chance.random() < 0.03:
                    row[column] = ""
            if table == "contacts":
                for column in ("email", "phone", "country"):
                    if row[column] and chance.random() < 0.03:
                        row[column] = chance.choice([f"\t{row[column]}", row[column].upper(), "\t", f"{row[column]}\u00a0"])
            if table == "touches" and row["customer_id"] in ordered and chance.random() < 0.2:
                row["at"] = f"{chance.choice(ordered[row['customer_id']])}T{chance.randrange(24):02}:30:00Z"
        if table == "tickets":
            rows += [dict(row) for row in rows if chance.random() < 0.01]
        if table == "stage_changes":
            leave_open(rows, chance)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)


def leave_open(rows: list[dict[str, str]], chance: random.Random) -> None:
    """Blanks the ends of stays that the next change of the deal ends, where it is clear which comes next."""
    entered: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row["deal_id"], row["entered_at"])
        entered[key] = entered.get(key, 0) + 1
    for row in rows:
        if row["deal_id"] and row["entered_at"] and entered[row["deal_id"], row["entered_at"]] == 1 and chance.random() < 0.3:
            row["left_at"] = ""


def elsewhere(folder: Path, seed: int) -> None:
    make_holes(folder, seed)
    path = folder / "goalpost.toml"
    text = path.read_text()
    text = text.replace('time_zone = "Europe/London"', 'time_zone = "America/New_York"\nfiscal_year_start = "april"')
    text = text.replace('week_start = "monday"', 'week_start = "sunday"')
    # A key that occurs twice is an error unless the project says what it means.
    text = text.replace("[tables.tickets]\n", '[tables.tickets]\nduplicates = "count"\n')
    text += ('\n[business]\ndays = ["monday", "tuesday", "wednesday", "thursday", "saturday"]\nhours = "08:30-17:15"\n'
             'holidays = ["2025-12-25", "2026-01-01", "2026-03-08", "2026-05-25"]\n')
    path.write_text(text)


# Columns of days that are written as moments, and the column whose rows share the time of a day.
OF_MOMENTS = {
    "deals": ("Record ID", ["Create Date", "Close Date", "Expected Close Date"]),
    "stage_changes": ("deal_id", ["entered_at", "left_at"]),
    "customers": ("id", ["started_at", "ended_at"]),
    "orders": ("id", ["ordered_at"]),
    "subscriptions": ("customer_id", ["started_at", "ended_at"]),
    "subscribers": ("contact_id", ["subscribed_at", "unsubscribed_at"]),
    "upsell_offers": ("customer_id", ["offered_at", "accepted_at"]),
    "users": ("id", ["licensed_from", "licensed_until"]),
    "spend": ("date", ["date"]),
}
SYDNEY = Calendar(ZoneInfo("Australia/Sydney"))


def know_the_time(folder: Path, seed: int) -> None:
    """Writes days as moments of them, at any time of the day."""
    for table, (key, columns) in OF_MOMENTS.items():
        path = folder / "data" / f"{table}.csv"
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            # The same day of the same thing is the same moment: a stay ends when the next begins.
            times = {column: moment_of(row[column], f"{seed}/{row[key]}/{row[column]}") for column in columns}
            row.update(times)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    path = folder / "goalpost.toml"
    text = path.read_text().replace('type = "date", format = "%d/%m/%Y"', 'type = "datetime"')
    path.write_text(text.replace('time_zone = "Europe/London"', 'time_zone = "Australia/Sydney"'))


def moment_of(written: str, seed: str) -> str:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(written, form)
        except ValueError:
            continue
        clock = random.Random(seed).randrange(86_400)
        wall = datetime.combine(day, time(clock // 3600, clock // 60 % 60, clock % 60), SYDNEY.zone)
        return wall.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    # No day: left as it is, dirt or blank.
    return written


PROJECTS = [
    # Clocks went back on 26 October 2025.
    Project("plain", Calendar(ZoneInfo("Europe/London")), Hours(), "2025-10-28T15:30"),
    # Clocks went forward on 8 March 2026, a Sunday, three hours before this as-of.
    Project("elsewhere", Calendar(ZoneInfo("America/New_York"), week_start=6, fiscal_month=4),
            Hours((0, 1, 2, 3, 5), time(8, 30), time(17, 15),
                  frozenset(map(date.fromisoformat, ("2025-12-25", "2026-01-01", "2026-03-08", "2026-05-25")))),
            "2026-03-08T06:10", elsewhere),
    # Clocks went forward that night, on a coast where the day begins while UTC has the day before.
    Project("moments", SYDNEY, Hours(), "2025-10-05T15:30", know_the_time, frozenset(OF_MOMENTS),
            frozenset({"owner", "segment", "campaign"})),
]
