#!/usr/bin/env python3
"""Times whole processes: Goalpost, and the same answers by hand with its peers.

Makes the projects that are not there yet, runs every contender of a scenario in
turn for so many rounds (so that a drift of the machine meets all alike), and
prints a table with medians, peaks and whether the bars are met. Answers are
compared first: a fast wrong answer is none.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from measure import measure
from projects import FORMATS
from scenarios import ALL, ROOT, Bench, chosen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--goalpost", type=Path, default=ROOT / "target/release/goalpost", help="the program")
    parser.add_argument("--scenario", nargs="+", choices=ALL, default=list(ALL))
    parser.add_argument("--deals", nargs="+", type=int, default=[1_000_000], help="and as many tickets; several sizes one after the other")
    parser.add_argument("--format", nargs="+", choices=FORMATS, default=list(FORMATS),
                        help="Parquet with amounts as doubles or as decimals, or CSV")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "goalpost-bench",
                        help="where projects are kept between calls")
    parser.add_argument("--soda", type=Path, help="the Python of an environment with Soda; the gate goes without it otherwise")
    parser.add_argument("--without", nargs="*", default=[], help="contenders to leave out, by the start of their name")
    args = parser.parse_args()

    listed = subprocess.run([args.goalpost, "run", "--help"], capture_output=True, text=True, check=True).stdout
    version = subprocess.run([args.goalpost, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    bench = Bench(args.goalpost.resolve(), args.data, args.soda, "--no-cache" in listed)
    print(f"{date.today()}, {version}, {os.cpu_count()} cores")
    wrong = 0
    for scenario in chosen(bench, args.scenario, args.deals, args.format):
        scenario.contenders = [one for one in scenario.contenders
                               if not any(one.name.startswith(name) for name in args.without)]
        wrong += measure(scenario, args.rounds)
        sys.stdout.flush()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
