"""`python -m bench [--size 1] [--rounds 3] [--growth 1/10 1/3] [--ratios FILE]`: what gen costs in a city, beside the floor.

The floor is what nobody can do without: libyaml over the same input, and `git fast-import` of the same output. All is
measured in one run, each command in a fresh process, in rounds that go through all of them, so that a machine that is
slow for a while is slow for all. What is compared is the processor's time (user and system); the clock's stands beside
it. Ends with 1 if a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from bench import city, work

TOP = Path(__file__).parent.parent


@dataclass
class Row:
    """What one thing cost, round by round: processor and clock in seconds, the most memory in MB."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    memory: float = 0

    @property
    def cost(self) -> float:
        return statistics.median(self.cpu)

    @property
    def spread(self) -> float:
        return max(self.cpu) - min(self.cpu)


Table = dict[str, Row]


@dataclass(frozen=True)
class Limit:
    """`row` may cost `most`, which is counted from what this very run measured of something else."""

    row: str
    most: Callable[[Table], float]
    words: str


def floor(table: Table) -> float:
    return table["floor: parse"].cost + table["floor: import"].cost


def start(table: Table) -> float:
    return table["start of Python and libraries"].cost


# Half a second for the whole city on a machine that starts Python in 0.08 s and has a floor of 2.2 s.
def small(table: Table) -> float:
    return 3 * start(table) + 0.12 * floor(table)


LIMITS = (
    Limit("build, cold", lambda table: 3 * (floor(table) + start(table)), "3 × the floor and a start"),
    Limit("build, no cache", lambda table: 3 * (floor(table) + start(table)), "3 × the floor and a start"),
    Limit("build, one tenant", small, "3 × start + 0.12 × floor"),
    Limit("validate, one tenant", small, "3 × start + 0.12 × floor"),
    Limit("publish, one tenant", lambda table: 2 * small(table), "twice that"),
    Limit("help", lambda table: 2 * table["start of click"].cost + 0.02, "2 × click + 20 ms"),
    Limit("validate, demo", lambda table: 4 * start(table), "4 × start"),
)
MOST_MEMORY, MOST_CHANGED, STEEPEST = 500, 3, 1.1


def measure(place: Path, size: Fraction, rounds: int) -> tuple[Table, work.Facts]:
    """The table of one size. Nothing is deleted before the end: file systems are slow for a while after many deletions."""
    job = work.Job(place, city.Size.of(size))
    table: Table = {}

    def run(name: str, *command: str, **more: object) -> None:
        row = table.setdefault(name, Row())
        cpu, wall, memory = work.spent(command, **more)  # type: ignore[arg-type]
        row.cpu.append(cpu)
        row.wall.append(wall)
        row.memory = max(row.memory, memory)

    for number in range(rounds):
        for name, code in (("start of click", "import click"), ("start of Python and libraries", "import click, yaml; from pydantic import BaseModel")):
            run(name, sys.executable, "-c", code)
        run("help", *work.GEN, "--help")
        run("validate, demo", *work.GEN, "-C", str(TOP), "validate")
        for name, (cpu, wall) in job.floor().items():
            row = table.setdefault(name, Row())
            row.cpu.append(cpu)
            row.wall.append(wall)
        for name, command, before in job.commands(number):
            before()
            run(name, *work.GEN, *command, env=job.env(number), expect=(0, 16))
        print(f"  round {number + 1} of {rounds}", file=sys.stderr)
    return table, job.facts()


def show(table: Table, facts: work.Facts, size: Fraction) -> None:
    print(f"\nsize {size}: {facts.inputs:,} files in, {facts.outputs:,} files out, {facts.bytes / 1e6:.1f} MB; floor {floor(table):.2f} s")
    print(f"  {'':32} {'cpu s':>8} {'± s':>6} {'wall s':>8} {'× floor':>8} {'MB':>5}")
    for name, row in table.items():
        print(f"  {name:32} {row.cost:8.2f} {row.spread:6.2f} {statistics.median(row.wall):8.2f} {row.cost / floor(table):8.2f} {row.memory:5.0f}")


def missed(table: Table, facts: work.Facts) -> list[str]:
    """Limits that do not hold. Each has the least of its rounds to show: what disturbs only ever adds."""
    found = []
    for limit in LIMITS:
        least, most = min(table[limit.row].cpu), limit.most(table)
        print(f"  {'held  ' if least <= most else 'MISSED'} {limit.row}: {least:.2f} s of at most {most:.2f} s ({limit.words})")
        found += [limit.row] if least > most else []
    for what, is_, most in (("memory in MB", max(row.memory for row in table.values()), MOST_MEMORY), ("files changed by one tenant", facts.changed, MOST_CHANGED)):
        print(f"  {'held  ' if is_ <= most else 'MISSED'} {what}: {is_:.0f} of at most {most}")
        found += [what] if is_ > most else []
    return found


def slope(points: list[tuple[float, float]]) -> float:
    """The exponent of y over x, by least squares of the logarithms."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    x, y = statistics.mean(xs), statistics.mean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=Fraction, default=Fraction(1))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--growth", type=Fraction, nargs="*", default=[], help="further sizes, one round each, for the exponent")
    parser.add_argument("--ratios", type=Path, help="write the ratios to this file, as JSON")
    options = parser.parse_args()
    place, found, points, ratios = Path(tempfile.mkdtemp(prefix="gen-city-")), [], [], {}
    try:
        for size in sorted({options.size, *options.growth}):
            table, facts = measure(place / str(size).replace("/", "_"), size, options.rounds if size == options.size else 1)
            show(table, facts, size)
            points.append((floor(table), table["build, no cache"].cost))
            ratios[str(size)] = {name: round(row.cost / floor(table), 3) for name, row in table.items()}
            if size == options.size:
                found += missed(table, facts)
        if len(points) > 1:
            print(f"\ngrowth from {min({options.size, *options.growth})} to {max({options.size, *options.growth})}: a cold build grows with the floor's power {slope(points):.2f}, at most {STEEPEST}")
            found += ["growth"] if slope(points) > STEEPEST else []
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if options.ratios:
        options.ratios.write_text(json.dumps({"when": time.strftime("%Y-%m-%d"), "processors": os.cpu_count(), "ratios": ratios}, indent=2) + "\n")
    if found:
        sys.exit(f"missed: {', '.join(found)}")


if __name__ == "__main__":
    main()
