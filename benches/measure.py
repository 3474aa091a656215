"""Whole processes: how long they take, what they hold, and whether answers agree."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# {metric: {"month|segment": value}}
Answer = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Contender:
    """A process that answers what a scenario asks."""

    name: str
    command: tuple[str, ...]
    # What its output says.
    read: Callable[[bytes], Answer]
    # Makes the state that it is timed in, before each time.
    before: Callable[[], None] = lambda: None
    # A failed gate is an answer.
    codes: tuple[int, ...] = (0,)
    # Answers to the same question are compared.
    question: str = ""


@dataclass(frozen=True)
class Bar:
    """What a contender may take."""

    of: str
    # Of another contender's time ...
    times: float = 0.0
    against: str = ""
    # ... and so many seconds more.
    more: float = 0.0

    def limit(self, seconds: dict[str, list[float]]) -> float | None:
        """Seconds; nothing where the other one was not timed."""
        if self.against and self.against not in seconds:
            return None
        return self.more + (self.times * statistics.median(seconds[self.against]) if self.against else 0.0)

    def __str__(self) -> str:
        parts = [f"{self.times:g} × {self.against}"] if self.against else []
        return " + ".join(parts + ([f"{self.more * 1000:.0f} ms"] if self.more else []))


@dataclass
class Scenario:
    """Contenders that answer the same question."""

    title: str
    contenders: list[Contender]
    bars: list[Bar] = field(default_factory=list)
    # MiB that contenders may hold.
    memory: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    seconds: float
    # Of all processors together; it is nearly the same on a busy machine.
    processor: float
    peak_mib: float


def once(contender: Contender) -> tuple[Cost, bytes]:
    """What a run took, and its output."""
    contender.before()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(contender.command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        # The peak of this process, not of all children so far.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in contender.codes:
            errors.seek(0)
            said = errors.read().decode(errors="replace")
            raise SystemExit(f"{' '.join(contender.command)}\nexit {process.returncode}\n{said[-4000:]}")
        out.seek(0)
        return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), out.read()


def disagreements(ours: Answer, theirs: Answer) -> list[str]:
    """Cells of which two answers differ by more than rounding, from either side."""
    found = []
    for metric in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(metric, {}), theirs.get(metric, {})
        for cell in sorted(here.keys() | there.keys()):
            a, b = here.get(cell), there.get(cell)
            # A sum over a quiet month is 0 to one and absent from the groups of another.
            if (a or 0) == 0 and (b or 0) == 0:
                continue
            if a is None or b is None or abs(a - b) > 1e-6 * max(1.0, abs(a)):
                found.append(f"{metric} {cell}: {a}, not {b}")
    return found


def differences(scenario: Scenario, answers: dict[str, Answer]) -> list[tuple[str, str]]:
    """Who answers nothing, or otherwise than the first who was asked the same."""
    found = []
    first: dict[str, str] = {}
    for one in scenario.contenders:
        against = first.setdefault(one.question, one.name)
        if not any(answers[one.name].values()):
            found.append((one.name, "answers nothing"))
        cells = disagreements(answers[against], answers[one.name])
        found += [(one.name, f"disagrees with {against} in {len(cells)} cells: {'; '.join(cells[:5])}")] if cells else []
    return found


def measure(scenario: Scenario, rounds: int) -> int:
    """Times a scenario's contenders in turn, prints its table, and counts what is wrong with their answers."""
    costs: dict[str, list[Cost]] = {one.name: [] for one in scenario.contenders}
    answers: dict[str, Answer] = {}
    load = os.getloadavg()[0]
    for round_ in range(rounds + 1):
        for one in scenario.contenders:
            cost, output = once(one)
            # The first round warms the page cache and is compared, not counted.
            if round_ == 0:
                answers[one.name] = one.read(output)
                continue
            costs[one.name].append(cost)
            if one.name.startswith("goalpost") and one.read(output) != answers[one.name]:
                raise SystemExit(f"{one.name} answered differently in round {round_}")
    wrong = 0
    for name, text in differences(scenario, answers):
        wrong += 1
        print(f"{name} {text}")
    show(scenario, costs, rounds, load)
    return wrong


def show(scenario: Scenario, costs: dict[str, list[Cost]], rounds: int, load: float) -> None:
    cores = os.cpu_count() or 1
    busy = f", load {load:.1f} before it began: ratios only" if load > cores / 2 else ""
    print(f"\n### {scenario.title}\n\nMedians of {rounds}{busy}.\n")
    print("| | seconds | least | most | processor s | peak MiB |\n|---|---:|---:|---:|---:|---:|")
    seconds = {name: [cost.seconds for cost in all_] for name, all_ in costs.items()}
    peaks = {name: max(cost.peak_mib for cost in all_) for name, all_ in costs.items()}
    for name, all_ in seconds.items():
        processor = statistics.median(cost.processor for cost in costs[name])
        print(f"| {name} | {statistics.median(all_):.3f} | {min(all_):.3f} | {max(all_):.3f} | {processor:.3f} "
              f"| {peaks[name]:.0f} |")
    print()
    for bar in scenario.bars:
        limit = bar.limit(seconds)
        if limit is None or bar.of not in seconds:
            continue
        took = statistics.median(seconds[bar.of])
        ratio = f" ({took / statistics.median(seconds[bar.against]):.2f} ×)" if bar.against else ""
        said = "met" if took <= limit else "**missed**"
        print(f"- {bar.of}: at most {bar}, {limit:.3f} s; took {took:.3f} s{ratio}: {said}")
    for name, most in scenario.memory.items():
        if name in peaks:
            print(f"- {name}: at most {most} MiB; took {peaks[name]:.0f} MiB: {'met' if peaks[name] <= most else '**missed**'}")


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
