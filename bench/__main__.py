"""`python -m bench [--size 1] [--rounds 3] [--growth 1/10 1/3] [--ratios FILE [--keep]]`: what gen
costs in a city, beside the floor.

The floor is what nobody can do without: libyaml over the same input, and `git fast-import` of the
same output (which hashes it; hashing alone stands beside it). All is measured in one run, each
command in a fresh process, in rounds that go through all of them, so that a machine that is slow
for a while is slow for all. Ends with 1 if a limit is missed, or a ratio is clearly worse than the
one that is kept.

Limits are seconds on an idle machine, one that starts Python with the libraries in `START`. A
slower or busy machine has more in proportion to what that start takes there, a faster one not less.
Where the machine is idle the clock counts, elsewhere the processor's time alone. The city stands in
memory: a disk on which much was deleted takes ten times as long for each new file, for a while.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from bench import work
from bench.city import Size

TOP = Path(__file__).parent.parent
MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of its own is made there)
STARTS = (
    ("start of click", "import click"),
    ("start of Python and libraries", "import click, yaml; from pydantic import BaseModel"),
)
# Seconds of the last one, on the idle machine of two processors that the limits were written on.
START = 0.14
SECONDS = {
    "build, one tenant": 0.5,
    "validate, one tenant": 0.5,
    "publish, one tenant": 1.0,
    "help": 0.15,
    "validate, demo": 0.4,
    "validate, demo, no cache": 0.4,
}
TIMES = {"build, cold": 3, "build, no cache": 3}  # the floor and one start
MOST_MEMORY, MOST_CHANGED, STEEPEST = 500, 3, 1.1  # MB of one city, files, exponent
IDLE = 1.1  # of the processor's time: so much the clock may show on an idle machine
# Times the kept ratio: on a shared machine one command may be slow for a moment in each round.
WORSE = 1.5


@dataclass
class Row:
    """What one thing cost, round by round: processor and clock in seconds, the most memory in
    MB."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    memory: float = 0

    def add(self, cpu: float, wall: float, memory: float = 0) -> None:
        self.cpu.append(cpu)
        self.wall.append(wall)
        self.memory = max(self.memory, memory)

    @property
    def cost(self) -> float:
        return statistics.median(self.cpu)

    @property
    def spread(self) -> float:
        return max(self.cpu) - min(self.cpu)


class Table(dict[str, Row]):
    @property
    def floor(self) -> float:
        return self["floor: parse"].cost + self["floor: import"].cost

    @property
    def start(self) -> Row:
        return self["start of Python and libraries"]

    @property
    def slow(self) -> float:
        """How much slower than on the idle machine that the seconds are for."""
        return max(1, self.start.cost / START)

    @property
    def idle(self) -> bool:
        return statistics.median(self.start.wall) <= IDLE * self.start.cost

    def least(self, name: str) -> float:
        """The best round: what disturbs only ever adds."""
        row = self[name]
        if self.idle:
            return min(map(max, row.cpu, row.wall))
        return min(row.cpu)

    def best(self, *names: str) -> float:
        return sum(min(self[name].cpu) for name in names)

    def ratios(self) -> dict[str, float]:
        """Of all that gen does, over the floor and a start: the best rounds of each."""
        beside = self.best("floor: parse", "floor: import", "start of Python and libraries")
        return {
            name: round(self.best(name) / beside, 3)
            for name in self
            if not name.startswith(("floor", "start"))
        }


def measure(place: Path, size: Fraction, rounds: int, published: bool) -> tuple[Table, work.Facts]:
    """The table of one size. Nothing is deleted before the end: file systems are slow for a while
    after many deletions."""
    job, table = work.Job(place, Size.of(size), published), Table()

    def run(name: str, *command: str, env: dict[str, str] | None = None) -> None:
        table.setdefault(name, Row()).add(*work.spent(command, env, expect=(0, 16)))

    for number in range(rounds):
        for name, code in STARTS * 3:
            run(name, sys.executable, "-c", code)
        run("help", *work.GEN, "--help")
        run("validate, demo", *work.GEN, "-C", str(TOP), "validate")
        run("validate, demo, no cache", *work.GEN, "--no-cache", "-C", str(TOP), "validate")
        for name, command, before in job.commands(number):
            before()
            run(name, *work.GEN, *command, env=job.env(number))
        for name, cpu, wall in job.floor(number):
            table.setdefault(name, Row()).add(cpu, wall)
        print(f"  round {number + 1} of {rounds}", file=sys.stderr)
    return table, job.facts()


def show(table: Table, facts: work.Facts, size: Fraction) -> None:
    print(
        f"\nsize {size}: {facts.inputs:,} files in, {facts.outputs:,} files out, "
        f"{facts.bytes / 1e6:.1f} MB; floor {table.floor:.2f} s"
    )
    print(f"  {'':32} {'cpu s':>8} {'± s':>6} {'wall s':>8} {'× floor':>8} {'MB':>5}")
    for name, row in table.items():
        memory = f"{row.memory:5.0f}" if row.memory else ""
        print(
            f"  {name:32} {row.cost:8.2f} {row.spread:6.2f} {statistics.median(row.wall):8.2f} "
            f"{row.cost / table.floor:8.2f} {memory}"
        )


@dataclass(frozen=True)
class Limit:
    """What something cost, and what it may cost at most."""

    name: str
    is_: float
    most: float
    unit: str

    @property
    def held(self) -> bool:
        return self.is_ <= self.most

    def __str__(self) -> str:
        verdict = "held  " if self.held else "MISSED"
        return f"{verdict} {self.name}: {self.is_:.3g} of at most {self.most:.3g} {self.unit}"


def limits(table: Table, facts: work.Facts, size: Fraction) -> Iterator[Limit]:
    # Of less than a city, what each command needs before its first file is most of the time: there
    # the kept ratios say what is too much.
    for name, times in TIMES.items() if size >= 1 else ():
        most = times * (table.floor + table.start.cost)
        yield Limit(name, table.least(name), most, f"s, {times} × the floor and a start")
    for name, seconds in SECONDS.items():
        unit = f"s, {seconds} s × {table.slow:.2f}"
        yield Limit(name, table.least(name), seconds * table.slow, unit)
    if size <= 1:
        yield Limit("memory", max(row.memory for row in table.values()), MOST_MEMORY, "MB")
    yield Limit("files changed by one tenant", facts.changed, MOST_CHANGED, "files")


def missed(table: Table, facts: work.Facts, size: Fraction) -> list[str]:
    """Limits that do not hold."""
    counts = "idle: the clock counts" if table.idle else "busy: the processor counts"
    print(
        f"  {counts}; seconds × {table.slow:.2f}, "
        f"as Python and libraries start in {table.start.cost:.3f} s"
    )
    found = list(limits(table, facts, size))
    for limit in found:
        print(f"  {limit}")
    return [limit.name for limit in found if not limit.held]


def worse(ratios: dict[str, float], kept: dict[str, float]) -> list[str]:
    """What costs clearly more, over the floor and a start, than when the ratios were kept."""
    found = []
    for name in sorted(ratios.keys() & kept.keys()):
        now, before = ratios[name], kept[name]
        if now > WORSE * before:
            print(f"  WORSE  {name}: {now:.2f} × the floor and a start, kept is {before:.2f}")
            found.append(f"{name} (ratio)")
    return found


def slope(points: list[tuple[float, float]]) -> float:
    """The exponent of y over x, by least squares of the logarithms."""
    return statistics.linear_regression(
        [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    ).slope


def grown(tables: dict[Fraction, tuple[Table, work.Facts]]) -> list[str]:
    """Growth of a cold build without the start, over the floor: the output does not grow with one
    number. Of each the best round, since sizes are measured one after the other."""
    floors, files = [], []
    for table, facts in tables.values():
        cost = table.best("build, no cache") - table.best("start of Python and libraries")
        floors.append((table.best("floor: parse", "floor: import"), cost))
        files.append((float(facts.inputs), cost))
    power = slope(floors)
    print(
        f"\ngrowth from {min(tables)} to {max(tables)}: "
        f"a cold build grows with the floor's power {power:.2f}, at most {STEEPEST}; "
        f"with the power {slope(files):.2f} of the number of files in"
    )
    return ["growth"] if power > STEEPEST else []


def compared(ratios: dict[str, float], size: str, file: Path, keep: bool) -> list[str]:
    """What is worse than the ratios in a file; or keeps these there."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    print(json.dumps({size: ratios}))
    if not keep:
        return worse(ratios, kept.get(size, {}))
    file.write_text(json.dumps(kept | {size: ratios}, indent=2) + "\n")
    return []


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=Fraction, default=Fraction(1))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--growth",
        type=Fraction,
        nargs="*",
        default=[],
        help="further sizes for the exponent; one round each beyond 1",
    )
    parser.add_argument("--ratios", type=Path, help="JSON with the ratios to compare with")
    parser.add_argument(
        "--keep", action="store_true", help="write this run's ratios there instead of comparing"
    )
    return parser.parse_args()


def main() -> None:
    asked = options()
    memory = MEMORY if MEMORY.is_dir() else None
    place = Path(tempfile.mkdtemp(prefix="gen-city-", dir=memory))
    tables = {}
    try:
        for size in sorted({asked.size, *asked.growth}):
            own = size == asked.size
            rounds = asked.rounds if own or size < 1 else 1
            folder = place / str(size).replace("/", "_")
            tables[size] = measure(folder, size, rounds, published=own)
            show(*tables[size], size)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    table, facts = tables[asked.size]
    found = missed(table, facts, asked.size)
    if len(tables) > 1:
        found += grown(tables)
    if asked.ratios:
        found += compared(table.ratios(), str(asked.size), asked.ratios, asked.keep)
    if found:
        sys.exit(f"missed: {', '.join(found)}")


if __name__ == "__main__":
    main()
