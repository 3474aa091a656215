"""The projects that contenders are timed on.

Every one is made from `goalpost demo` by copying columns in DuckDB, and is kept
between calls. What no KPI of a scenario looks at is left away, so that ten
million deals take gigabytes and not tens of them.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# Amounts as doubles (what most exports have), as exact decimals, or as text.
FORMATS = ("doubles", "decimals", "csv")
# Files of a table that grows by one a month.
MONTHS = 48

CONFIG = """[project]
name = "Bench"
currency = "USD"
time_zone = "Europe/London"

[tables.deals]
from = "{deals}"
key = "id"
time = "closed_at"
on_bad_value = "null"

[tables.deals.columns]
id = {{ from = "Record ID" }}
stage = {{ from = "Deal Stage" }}
outcome = {{ from = "Deal Stage", values = {{ "Closed Won" = "won", "Closed Lost" = "lost", "*" = "open" }} }}
amount = {{ from = "Amount", type = "money" }}
owner = {{ from = "Deal owner" }}
created_at = {{ from = "Create Date", type = "date"{by_hand} }}
closed_at = {{ from = "Close Date", type = "date"{by_hand} }}
customer_id = {{ from = "Associated Company IDs" }}

[tables.deals.refs]
customer = {{ table = "customers", on = "customer_id" }}

[tables.tickets]
from = "{tickets}"
on_bad_value = "null"

[tables.tickets.columns]
customer_id = {{ from = "Organization" }}
agent = {{ from = "Assignee" }}
channel = {{ from = "Via" }}
opened_at = {{ from = "Created at", type = "datetime" }}
first_response_at = {{ from = "First reply at", type = "datetime" }}
resolved_at = {{ from = "Solved at", type = "datetime" }}

[tables.customers]
from = "{customers}"
"""

# A KPI of the project's own, and the questions that come after the first ones.
SCRIPT = """let won      = deals.where(deals.outcome == "won");
let ended    = deals.where(deals.outcome in ["won", "lost"]);
let answered = tickets.where(tickets.first_response_at != null);
let solved   = tickets.where(tickets.resolved_at != null);

/// Different customers who bought.
metric("buyers", #{
    value: won.count_distinct(deals.customer_id), time: deals.closed_at, unit: "count", better: "higher", by: ["region"],
});
/// Large deals that were won.
metric("big_deals", #{
    value: won.where(deals.amount >= 20000).count(), time: deals.closed_at, unit: "count", better: "higher",
});
/// Deals that ended within four weeks.
metric("quick_ends", #{
    value: ended.where(deals.closed_at - deals.created_at <= 28.days).count(), time: deals.closed_at,
    unit: "count", better: "higher",
});
/// Tickets answered within the hour.
metric("quick_answers", #{
    value: answered.where(tickets.first_response_at - tickets.opened_at <= 1.hours).count(),
    time: tickets.first_response_at, unit: "count", better: "higher",
});
/// The longest solution.
metric("longest_solution", #{
    value: solved.max(tickets.resolved_at - tickets.opened_at), time: tickets.resolved_at, unit: "hours", better: "lower",
});
"""


@dataclass(frozen=True)
class Project:
    """A project on disk."""

    folder: Path
    # One of `FORMATS`.
    format: str
    deals: int
    # Whether deals and tickets lie in a file for each month.
    monthly: bool = False

    @property
    def extension(self) -> str:
        return "csv" if self.format == "csv" else "parquet"

    def files(self, table: str) -> str:
        """The files of a table, as a glob."""
        many = self.monthly and table != "customers"
        return str(self.folder / "data" / (f"{table}-*.{self.extension}" if many else f"{table}.{self.extension}"))


def demo(goalpost: Path, data: Path, deals: int, kind: str) -> Path:
    """The whole demo in a format of its own, from which the others are made."""
    folder = data / f"demo-{kind}-{deals}"
    if not (folder / "goalpost.toml").exists():
        shutil.rmtree(folder, ignore_errors=True)
        data.mkdir(parents=True, exist_ok=True)
        subprocess.run([goalpost, "demo", folder, "--deals", str(deals), "--format", kind],
                       check=True, stdout=subprocess.DEVNULL)
    return folder


def project(goalpost: Path, data: Path, deals: int, form: str, *, monthly: bool = False) -> Project:
    """Deals, as many tickets, and their customers."""
    name = f"{form}-{deals}" + ("-monthly" if monthly else "")
    made = Project(data / name, form, deals, monthly)
    if (made.folder / "goalpost.toml").exists():
        return made
    shutil.rmtree(made.folder, ignore_errors=True)
    source = demo(goalpost, data, deals, made.extension)
    (made.folder / "data").mkdir(parents=True)
    (made.folder / "metrics.d").mkdir()
    # In a process of its own: what this one holds would count for every contender that it starts.
    told = [str(source), str(made.folder), form, str(deals), "monthly" if monthly else "whole"]
    subprocess.run([sys.executable, __file__, *told], check=True)
    (made.folder / "metrics.d" / "bench.rhai").write_text(SCRIPT)
    patterns = {table: str(Path(made.files(table)).relative_to(made.folder)) for table in ("deals", "tickets", "customers")}
    by_hand = ', format = "%d/%m/%Y"' if form == "csv" else ""
    (made.folder / "goalpost.toml").write_text(CONFIG.format(**patterns, by_hand=by_hand))
    return made


def write(source: Path, made: Project, table: str) -> None:
    """Copies a table into the format and the files of a project."""
    file = source / "data" / f"{table}.{made.extension}"
    many = made.monthly and table != "customers"
    if not many and made.format != "doubles":
        shutil.copyfile(file, made.files(table))
        return
    import duckdb

    db = duckdb.connect()
    db.execute("set preserve_insertion_order = true")
    if made.format == "csv":
        # Bytes of cells stay as they are: what is dirty stays dirty.
        rows, options = f"read_csv('{file}', all_varchar = true, header = true)", "format csv, header"
    else:
        rows, options = f"read_parquet('{file}')", "format parquet, compression snappy"
    columns = "*"
    if made.format == "doubles":
        types = db.execute(f"describe select * from {rows}").fetchall()
        exact = [name for name, kind, *_ in types if kind.startswith("DECIMAL")]
        if exact:
            columns = "* replace (" + ", ".join(f'"{name}"::double as "{name}"' for name in exact) + ")"
    if not many:
        db.execute(f"copy (select {columns} from {rows}) to '{made.files(table)}' ({options})")
        return
    # The demo's rows are in the order in which they were made.
    total = db.execute(f"select count(*) from {rows}").fetchone()[0]
    for month in range(MONTHS):
        first, last = total * month // MONTHS, total * (month + 1) // MONTHS
        path = made.folder / "data" / f"{table}-{month + 1:02}.{made.extension}"
        db.execute(f"copy (select {columns} from {rows} limit {last - first} offset {first}) to '{path}' ({options})")


if __name__ == "__main__":
    where, into, kind, rows, split = sys.argv[1:]
    for name in ("deals", "tickets", "customers"):
        write(Path(where), Project(Path(into), kind, int(rows), split == "monthly"), name)
