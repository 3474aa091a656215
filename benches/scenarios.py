"""What is asked in each scenario, of whom, and what it may take.

The bars are those of the project's goals for speed; ratios are against a peer
of the same call.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import gate
import peers
import projects
from measure import Answer, Bar, Contender, Scenario, remove
from projects import Project

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
COLD, FIRST, WARM, UNCHANGED, NEW = (
    "goalpost, no cache", "goalpost, writing the cache", "goalpost, from the snapshot", "goalpost, unchanged",
    "goalpost, one file new")
POLARS, TUNED, FUSED, EACH = "polars, fused", "duckdb, tuned", "duckdb, fused", "duckdb, a query per KPI"
PEERS = {FUSED: "duckdb-fused", TUNED: "duckdb-tuned", EACH: "duckdb-each", POLARS: "polars-fused"}
TABLES = ("deals", "tickets", "customers")
# Months that are asked for: all of the data's.
WHEN = ("--from", peers.FROM, "--to", peers.TO, "--as-of", peers.TO, "--format", "json")


@dataclass(frozen=True)
class Bench:
    """What a call of the bench was told."""

    goalpost: Path
    data: Path
    # The interpreter of Soda's environment, where there is one.
    soda: Path | None
    # Whether the program keeps anything from one run to the next.
    caches: bool

    def run(self, folder: Path, metrics: tuple[str, ...], *options: str) -> tuple[str, ...]:
        return (str(self.goalpost), "run", "-C", str(folder), *metrics, *WHEN, *options)

    def check(self, folder: Path, *options: str) -> tuple[str, ...]:
        return (str(self.goalpost), "check", "-C", str(folder), "--as-of", peers.TO, "--format", "json", *options)

    @property
    def cold(self) -> tuple[str, ...]:
        return ("--no-cache",) if self.caches else ()

    def project(self, deals: int, form: str, *, monthly: bool = False) -> Project:
        return projects.project(self.goalpost, self.data, deals, form, monthly=monthly)


# --- What outputs say --------------------------------------------------------


def of_run(output: bytes) -> Answer:
    found: Answer = {}
    for cell in json.loads(output)["cells"]:
        if cell["value"] is not None:
            segment = next(iter(cell["segment"].values()), None) or ""
            found.setdefault(cell["metric"], {})[f"{cell['period']['start']}|{segment}"] = float(cell["value"])
    return found


def of_check(output: bytes) -> Answer:
    verdicts = {"met": 1.0, "missed": 0.0}
    return {verdict["goal"]: {"value": float(verdict["value"]), "met": verdicts.get(verdict["verdict"], -1.0)}
            for verdict in json.loads(output)["verdicts"]}


def of_peer(output: bytes) -> Answer:
    # Soda says something before its answer.
    return json.loads(output.decode().strip().rsplit("\n", 1)[-1])


def exactly(output: bytes) -> Answer:
    """For outputs that only have to be the same again."""
    return {"bytes": {hashlib.sha256(output).hexdigest(): 1.0}}


# --- Contenders --------------------------------------------------------------


def cache(folder: Path) -> Path:
    return folder / ".goalpost" / "cache"


def by_hand(project: Project, what: str, names: tuple[str, ...]) -> list[Contender]:
    files = [project.files(table) for table in TABLES]
    return [Contender(name, (sys.executable, str(HERE / "peers.py"), PEERS[name], what, project.format, *files), of_peer)
            for name in names]


def quietly(command: tuple[str, ...]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}\n{done.stderr.decode(errors='replace')[-4000:]}")


def months(bench: Bench, deals: int, form: str) -> Scenario:
    """Fifteen KPIs by month."""
    project = bench.project(deals, form)
    command = bench.run(project.folder, peers.KPIS)
    contenders = [Contender(COLD, command + bench.cold, of_run)]
    if bench.caches:
        contenders.append(Contender(FIRST, command, of_run, lambda: remove(cache(project.folder))))
    contenders += by_hand(project, "months", (POLARS, TUNED, FUSED, EACH))
    bars = {"doubles": [Bar(COLD, 0.8, POLARS)], "decimals": [], "csv": [Bar(COLD, 0.65, TUNED)]}[form]
    bars = bars + [Bar(FIRST, 1.15, COLD)]
    return Scenario(f"15 KPIs by month, {said(deals, form)}", contenders, bars, {COLD: 500})


def cut(bench: Bench, deals: int, form: str) -> Scenario:
    """The same by month and region, which tickets have from their customers."""
    project = bench.project(deals, form)
    command = bench.run(project.folder, peers.KPIS, "--by", "region", *bench.cold)
    contenders = [Contender(COLD, command, of_run), *by_hand(project, "cut", (POLARS, TUNED, FUSED))]
    bars = [Bar(COLD, 0.8, POLARS)] if form == "doubles" else []
    return Scenario(f"15 KPIs by month and region, {said(deals, form)}", contenders, bars, {COLD: 500})


def snapshot(bench: Bench, deals: int, form: str) -> Scenario:
    """Another question, after the first one was answered."""
    project = bench.project(deals, form)

    def warm() -> None:
        remove(cache(project.folder))
        quietly(bench.run(project.folder, peers.KPIS))

    contenders = [Contender(WARM, bench.run(project.folder, peers.OTHERS), of_run, warm)]
    contenders += by_hand(project, "other", (POLARS, TUNED))
    return Scenario(f"four other KPIs from the snapshot, {said(deals, form)}", contenders, [Bar(WARM, 0.5, POLARS)])


def unchanged(bench: Bench, deals: int, form: str) -> Scenario:
    """The same question of the same data, and the same gate."""
    project = bench.project(deals, form)
    write_goals(project)
    commands = {"run": bench.run(project.folder, peers.KPIS), "check": bench.check(project.folder)}
    contenders, bars = [], []
    for name, command in commands.items():
        # What is kept must answer with the bytes of a run that keeps nothing.
        for how, options in ((COLD, bench.cold), (UNCHANGED, ())):
            contenders.append(Contender(f"{how}, {name}", command + options, exactly, codes=(0, 1), question=name))
        bars.append(Bar(f"{UNCHANGED}, {name}", more=0.05))
    return Scenario(f"unchanged, {said(deals, form)}", contenders, bars)


def appended(bench: Bench, deals: int, form: str) -> Scenario:
    """One monthly file of deals and of tickets comes to 47."""
    project = bench.project(deals, form, monthly=True)
    command = bench.run(project.folder, peers.KPIS)
    last = [project.folder / "data" / f"{table}-{projects.MONTHS}.{project.extension}" for table in ("deals", "tickets")]
    aside = [path.with_suffix(".aside") for path in last]

    def without_the_last() -> None:
        for path, other in zip(last, aside):
            path.rename(other)
        try:
            remove(cache(project.folder))
            quietly(command)
        finally:
            for path, other in zip(last, aside):
                other.rename(path)

    contenders = [Contender(COLD, command + bench.cold, of_run), Contender(NEW, command, of_run, without_the_last),
                  *by_hand(project, "months", (POLARS,))]
    return Scenario(f"one of {projects.MONTHS} monthly files appended, {said(deals, form)}", contenders,
                    [Bar(NEW, 1 / 20, COLD, more=0.05)])


def write_goals(project: Project) -> Path:
    """Goals with levels from DuckDB's values, as a script and for the peers."""
    path, script = project.folder / "levels.json", project.folder / "metrics.d" / "goals.rhai"
    if not (path.exists() and script.exists()):
        fused = next(one for one in by_hand(project, "months", (FUSED,)))
        values = of_peer(subprocess.run(fused.command, check=True, capture_output=True).stdout)
        wanted = gate.levels({name: cells[f"{gate.MONTH}|"] for name, cells in values.items()})
        path.write_text(json.dumps(wanted))
        script.write_text(gate.goals(wanted))
    return path


def gates(bench: Bench, deals: int, form: str) -> Scenario:
    """Fifteen goals of the month that is over, five of them missed."""
    project = bench.project(deals, form)
    levels = write_goals(project)
    files = [project.files(table) for table in TABLES]
    contenders = [Contender(COLD, bench.check(project.folder, *bench.cold), of_check, codes=(0, 1))]
    checks = {EACH: (Path(sys.executable), "duckdb-each"), "soda": (bench.soda, "soda")}
    contenders += [Contender(name, (str(python), str(HERE / "gate.py"), how, form, *files, str(levels)), of_peer)
                   for name, (python, how) in checks.items() if python]
    bars = [Bar(COLD, 0.6, "soda") if form == "csv" else Bar(COLD, 0.4, EACH)]
    return Scenario(f"gate of 15 with causes, {said(deals, form)}", contenders, bars, {COLD: 500})


def catalogue(bench: Bench, deals: int, form: str) -> Scenario:
    """Every built-in metric over all tables, twelve months."""
    folder = projects.demo(bench.goalpost, bench.data, deals, "csv" if form == "csv" else "parquet")
    script = str(HERE / "catalogue.py")
    listed = subprocess.run([sys.executable, script, "names"], check=True, capture_output=True)
    names = tuple(json.loads(listed.stdout))
    when = ("2025-07-01", peers.TO, peers.TO)
    command = (str(bench.goalpost), "run", "-C", str(folder), *names, "--from", when[0], "--to", when[1],
               "--as-of", when[2], "--format", "json")
    contenders = [Contender(COLD, command + bench.cold, of_run)]
    contenders += [Contender(UNCHANGED, command, of_run)] if bench.caches else []
    oracle = "duckdb, the oracle's SQL one by one"
    contenders.append(Contender(oracle, (sys.executable, script, "answer", str(folder), *when), of_peer))
    bars = [Bar(COLD, more=4.0)] if deals == 1_000_000 else []
    bars += [Bar(COLD, 1.0, oracle), Bar(UNCHANGED, more=0.06)]
    return Scenario(f"the whole catalogue ({len(names)} metrics), {said(deals, form)}", contenders, bars)


def memory(bench: Bench, deals: int, form: str) -> Scenario:
    """The same within 256 MiB, of which the whole process may take 200 MiB more."""
    whole = catalogue(bench, deals, form)
    usual = whole.contenders[0]
    contenders = [Contender("goalpost, in 256 MiB", (*usual.command, "--memory-limit", "256MiB"), of_run), usual]
    return Scenario(f"the whole catalogue in 256 MiB, {said(deals, form)}", contenders, [], {contenders[0].name: 456})


def acme(bench: Bench, deals: int, form: str) -> Scenario:
    """What a small project waits for: mostly the program itself."""
    folder = ROOT / "examples" / "acme"
    run = (str(bench.goalpost), "run", "-C", str(folder), "close_rate", "--as-of", peers.TO, "--format", "json")
    contenders = [Contender("goalpost, check", bench.check(folder, *bench.cold), exactly, codes=(0, 1), question="check"),
                  Contender("goalpost, run close_rate", run + bench.cold, of_run, question="run")]
    bars = [Bar("goalpost, check", more=0.045), Bar("goalpost, run close_rate", more=0.030)]
    return Scenario("examples/acme", contenders, bars)


# By name: how it is made, and whether it needs a cache.
ALL: dict[str, tuple[Callable[[Bench, int, str], Scenario], bool]] = {
    "months": (months, False), "cut": (cut, False), "gate": (gates, False), "snapshot": (snapshot, True),
    "unchanged": (unchanged, True), "appended": (appended, True), "catalogue": (catalogue, False),
    "memory": (memory, False), "acme": (acme, False),
}
# Of all tables of a demo there are no doubles, and of the example there is one form.
FORMS_OF = {"catalogue": {"decimals", "csv"}, "memory": {"decimals", "csv"}, "acme": {"csv"}}
# Scenarios that do not depend on the number of deals.
OF_ONE_SIZE = {"acme"}


def said(deals: int, form: str) -> str:
    kind = {"doubles": "Parquet, amounts as doubles", "decimals": "Parquet, amounts as decimals", "csv": "CSV"}[form]
    return f"{deals:,} deals, {kind}"


def chosen(bench: Bench, names: list[str], sizes: list[int], formats: list[str]) -> Iterator[Scenario]:
    """The scenarios that were asked for and that this program can be asked."""
    for name in names:
        make, needs_cache = ALL[name]
        if needs_cache and not bench.caches:
            print(f"\n{name}: this program keeps nothing from one run to the next")
            continue
        for deals in sizes[:1] if name in OF_ONE_SIZE else sizes:
            for form in (form for form in formats if form in FORMS_OF.get(name, formats)):
                yield make(bench, deals, form)
