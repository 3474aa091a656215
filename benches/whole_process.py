#!/usr/bin/env python3
"""Times whole processes: Goalpost in one run, one metric at a time, and its peers.

Generates a project where it is not there yet, runs every contender in turn for
so many rounds (so that a drift of the machine meets all alike), and prints the
median of the wall clock, its ratio to one fused run, and the peak of the
resident memory. The answers are compared first: a fast wrong answer is none.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from peers import EACH

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).resolve().parent
# Everything that has begun; the data ends on 2026-06-30.
AS_OF, FROM, TO = "2026-07-01", "2023-07-01", "2026-07-01"


def timed(commands: list[list[str]]) -> tuple[float, float, list[bytes]]:
    """Seconds, MiB of the largest process, and the outputs of commands in turn."""
    seconds, peak, outputs = 0.0, 0.0, []
    for command in commands:
        with tempfile.TemporaryFile() as out:
            begun = time.perf_counter()
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
            errors = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            seconds += time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            outputs.append(out.read())
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)}\nexit {process.returncode}\n{errors.decode()}")
        peak = max(peak, usage.ru_maxrss / 1024)
    return seconds, peak, outputs


def goalpost_answer(outputs: list[bytes]) -> dict:
    found: dict[str, dict[str, float]] = {}
    for output in outputs:
        for cell in json.loads(output)["cells"]:
            if cell["value"] is not None:
                found.setdefault(cell["metric"], {})[cell["period"]["start"]] = float(cell["value"])
    return found


def every_metric(goalpost: Path, project: Path) -> list[str]:
    """All metrics that the project's data allows."""
    listed = subprocess.run([goalpost, "list", "metrics", "-C", project, "--format", "json"],
                            check=True, capture_output=True).stdout
    return [metric["name"] for metric in json.loads(listed)["metrics"] if not metric.get("missing")]


def disagreements(ours: dict, theirs: dict) -> list[str]:
    """Months of which two answers differ by more than rounding."""
    found = []
    for metric, months in ours.items():
        for month, value in months.items():
            other = theirs.get(metric, {}).get(month)
            # A sum over a quiet month is 0 here, and absent from a group by.
            if other is None and value == 0:
                continue
            if other is None or abs(value - other) > 1e-6 * max(1.0, abs(value)):
                found.append(f"{metric} {month}: {value}, not {other}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--goalpost", type=Path, default=ROOT / "target/release/goalpost")
    parser.add_argument("--deals", type=int, default=1_000_000, help="and as many tickets")
    parser.add_argument("--format", choices=["csv", "parquet"], default="parquet")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "goalpost-bench",
                        help="where projects are kept between calls")
    parser.add_argument("--without", nargs="*", default=[], help="contenders to leave out, by the start of their name")
    parser.add_argument("--catalogue", action="store_true",
                        help="every metric instead of the first 21, without peers")
    parser.add_argument("--by", help="cut Goalpost's runs by this dimension too (peers are not cut)")
    args = parser.parse_args()

    project = args.data / f"{args.format}-{args.deals}"
    if not (project / "goalpost.toml").exists():
        args.data.mkdir(parents=True, exist_ok=True)
        subprocess.run([args.goalpost, "demo", project, "--deals", str(args.deals), "--format", args.format],
                       check=True, stdout=subprocess.DEVNULL)
    metrics = every_metric(args.goalpost, project) if args.catalogue else list(EACH)
    run = [str(args.goalpost), "run", "-C", str(project)]
    options = ["--from", FROM, "--to", TO, "--as-of", AS_OF, "--format", "json"]
    peer = [sys.executable, str(HERE / "peers.py")]
    contenders = {
        "goalpost, one run": [[*run, *metrics, *options]],
        "goalpost, one by one": [[*run, metric, *options] for metric in metrics],
    }
    contenders |= {} if args.catalogue else {
        "duckdb, a query per KPI": [[*peer, "duckdb-each", str(project)]],
        "duckdb, fused by hand": [[*peer, "duckdb-fused", str(project)]],
        "polars, fused by hand": [[*peer, "polars-fused", str(project)]],
    }
    if args.by:
        of_deals = [metric for metric in metrics if "from deals" in EACH[metric]]
        contenders[f"goalpost, deals by {args.by}"] = [[*run, *of_deals, "--by", args.by, *options]]
    contenders = {name: commands for name, commands in contenders.items()
                  if not any(name.startswith(left_out) for left_out in args.without)}

    answers, seconds, peaks = {}, {name: [] for name in contenders}, {name: 0.0 for name in contenders}
    for round_ in range(args.rounds + 1):
        for name, commands in contenders.items():
            took, peak, outputs = timed(commands)
            peaks[name] = max(peaks[name], peak)
            # The first round warms the page cache and is compared, not counted.
            if round_ > 0:
                seconds[name].append(took)
            elif ", deals by" not in name:
                is_ours = name.startswith("goalpost")
                answers[name] = goalpost_answer(outputs) if is_ours else json.loads(outputs[-1])

    wrong = 0
    ours = answers.get("goalpost, one run", {})
    for name, theirs in answers.items():
        found = disagreements(ours, theirs)
        wrong += len(found)
        for text in found[:5]:
            print(f"{name} disagrees: {text}")
    base = statistics.median(seconds["goalpost, one run"]) if "goalpost, one run" in seconds else None
    print(f"{date.today()}, {args.deals:,} deals and tickets, {args.format}, {len(metrics)} metrics by month, "
          f"median of {args.rounds}, {os.cpu_count()} cores")
    print(f"{'':24}  {'seconds':>8}  {'min':>8}  {'max':>8}  {'ratio':>6}  {'peak MiB':>8}")
    for name, all_ in seconds.items():
        middle = statistics.median(all_)
        ratio = f"{middle / base:6.2f}" if base else f"{'':6}"
        print(f"{name:24}  {middle:8.3f}  {min(all_):8.3f}  {max(all_):8.3f}  {ratio}  {peaks[name]:8.0f}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
