"""`python -m tests.schedules [--count 1000] [--seed 1]`: random schedules in random topologies, followed through days on which
clocks change; people send to sleep and wake between. At no time is an answer a unit that sleeps, and those that sleep are
those of which a table of every minute says so."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from generator.compiler.compile import Compiled
from generator.edits.edit import Edit
from generator.edits.sleep import Due, Sleep, Wake, written
from generator.edits.state import State
from generator.io.tree import read_sources
from generator.plan.units import Unit
from generator.views.explain import explain_lane
from tests.mesh.topology import generate

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
# Weeks in which clocks change, each with a zone of which they are; and one in which none does.
CHANGES = {(3, 26): "Europe/Berlin", (10, 29): "Europe/Berlin", (3, 12): "America/New_York", (11, 5): "America/New_York", (4, 2): "Australia/Lord_Howe", (10, 1): "Australia/Lord_Howe", (7, 7): "UTC"}  # fmt: skip
WEEKS = {dt.datetime(2027, *day, tzinfo=dt.UTC): zone for day, zone in CHANGES.items()}
MINUTE, BEFORE, AFTER, MOMENTS = dt.timedelta(minutes=1), 4, 21, 8


@cache
def clock(zone: str, week: dt.datetime) -> dict[dt.datetime, dt.datetime]:
    """What a wall clock shows → the first minute at which it does."""
    shown: dict[dt.datetime, dt.datetime] = {}
    place, now = ZoneInfo(zone), week - dt.timedelta(days=BEFORE)
    while now < week + dt.timedelta(days=AFTER):
        shown.setdefault(now.astimezone(place).replace(tzinfo=None), now)
        now += MINUTE
    return shown


def moment(zone: str, week: dt.datetime, wall: dt.datetime) -> dt.datetime:
    """When a clock shows it; what it skips comes as long after the last that it showed as it would have."""
    shown, late = clock(zone, week), dt.timedelta()
    while wall - late not in shown:
        late += MINUTE
    return shown[wall - late] + late


def nights(span: dict[str, Any], week: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """Each night of a span, around a week."""
    found = []
    for ahead in range(1 - BEFORE, AFTER - 3):
        day = (week + dt.timedelta(days=ahead)).date()
        if DAYS[day.weekday()] not in span.get("days", DAYS):
            continue
        start, end = (dt.datetime.combine(day, dt.time.fromisoformat(span[word])) for word in ("at", "until"))  # fmt: skip
        end += dt.timedelta(days=end <= start)
        zone = span.get("zone", "UTC")
        found.append((moment(zone, week, start), moment(zone, week, end)))
    return found


@dataclass
class Sleeper:
    """A unit: its nights, and what somebody said last, with until when it holds."""

    spans: list[tuple[dt.datetime, dt.datetime]]
    flag: bool = False
    until: dt.datetime | None = None

    def scheduled(self, now: dt.datetime) -> bool:
        return any(start <= now < end for start, end in self.spans)

    def told(self, to: bool, now: dt.datetime) -> None:
        """A person's word, until the schedule says the next thing."""
        self.flag, self.until = to, None
        if self.spans and self.scheduled(now) != to:
            edges = sorted(edge for span in self.spans for edge in span if edge > now)
            others = [edge for edge in edges if self.scheduled(edge) != self.scheduled(now)]
            # At the end of the table all sleep, of which nothing is known any more.
            known = [edge for edge in others if edge - now < dt.timedelta(days=8)]
            self.until = known[0] if known else edges[0]

    def due(self, now: dt.datetime) -> None:
        if self.spans and (self.until is None or self.until <= now):
            self.flag, self.until = self.scheduled(now), None


@dataclass
class Night:
    """A topology with its sleepers, at a time."""

    dice: random.Random
    week: dt.datetime
    state: State
    sleepers: dict[str, Sleeper] = field(default_factory=dict)

    def edit(self, edit: Edit) -> None:
        files = edit.change(self.state).on(self.state.sources)
        if files:
            self.state = self.state.with_files(files)

    def at(self, now: dt.datetime) -> Compiled:
        """What is there after the clock was asked, and perhaps somebody before."""
        if self.dice.random() < 0.3:
            unit, to = self.dice.choice(sorted(self.sleepers)), self.dice.random() < 0.5
            self.edit((Sleep if to else Wake)((unit,), written(now)))
            self.sleepers[unit].told(to, now)
        self.edit(Due(written(now)))
        for sleeper in self.sleepers.values():
            sleeper.due(now)
        return self.state.compiled

    def asleep(self) -> set[Unit]:
        """As the table says."""
        units = {Unit.parse(name): one.flag for name, one in self.sleepers.items()}
        return {unit for unit, flag in units.items() if flag or units[Unit(unit.environment)]}


def drawn(dice: random.Random, week: dt.datetime, root: Path) -> dict[str, Sleeper]:
    """Schedules, written into the files of units."""
    sleepers = {}
    for path in sorted((root / "environments").rglob("*.yaml")):
        place = path.relative_to(root / "environments").parts
        if place[1:] == ("environment.yaml",):
            name = place[0]
        elif "branches" in place:
            name = f"{place[0]}/{path.stem}"
        else:
            continue
        spans = [span(dice, WEEKS[week]) for _ in range(dice.choice((0, 1, 1, 2)))]
        if spans:
            said = json.loads(path.read_text())
            path.write_text(json.dumps(said | {"sleeps": spans if dice.random() < 0.5 or len(spans) > 1 else spans[0]}))  # fmt: skip
        sleepers[name] = Sleeper([night for one in spans for night in nights(one, week)])
    return sleepers


def span(dice: random.Random, zone: str) -> dict[str, Any]:
    """Often at the hours in which clocks change."""
    hours = [dice.choice((dice.randrange(24), dice.randrange(4))) for _ in range(2)]
    at, until = (f"{hour:02}:{dice.choice((0, 15, 30, 45)):02}" for hour in hours)
    said: dict[str, Any] = {"at": at, "until": until, "zone": dice.choice((zone, *ZONES))}
    if dice.random() < 0.5:
        said["days"] = dice.sample(DAYS, dice.randint(1, 6))
    return said


def moments(dice: random.Random, night: Night) -> list[dt.datetime]:
    """Some of a week, most of them where something begins or ends."""
    edges = [edge for one in night.sleepers.values() for span in one.spans for edge in span]
    near = [edge for edge in edges if dt.timedelta(0) <= edge - night.week < dt.timedelta(days=7)]
    some = [night.week + dice.randrange(7 * 1440) * MINUTE for _ in range(2)]
    some += [
        dice.choice(near) - dice.choice((0, 0, 1)) * MINUTE for _ in range(MOMENTS - 2) if near
    ]
    return sorted(some)


def wrong(night: Night, done: Compiled, printed: bool) -> list[str]:
    """What leads to a unit that sleeps, or sleeps and should not."""
    plan = done.plan
    said = [] if set(plan.asleep) == night.asleep() else [f"asleep: {plan.asleep} and by the table {night.asleep()}"]  # fmt: skip
    for lane, answers in plan.answers.items():
        if answering := set(answers.values()) & plan.asleep:
            said.append(f"{lane} is answered by {answering}")
        come = {hop.target for hop in explain_lane(plan, lane).hops} & plan.asleep
        said += [f"{lane} comes to {unit}" for unit in come]
    if printed:
        pods = {plan.kubernetes_host(service, unit) for unit in plan.asleep for service in plan.runs[unit]}  # fmt: skip
        for path, content in done.files.items():
            if (
                path.startswith("overlays/lanes/")
                or "/mesh/services/" in path
                or path.endswith("hosts.yaml")
            ):
                said += [f"{path} leads to {host}" for host in sorted({*led(content)} & pods)]
    return said


def led(content: bytes) -> Iterator[str]:
    """The hosts that routes of a file lead to; what stands there without weight gets nothing."""
    for item in yaml.load_all(content, yaml.CSafeLoader):
        spec = item["spec"] if item["kind"] == "VirtualService" else {}
        for entry in (*spec.get("http", ()), *spec.get("tcp", ())):
            for one in entry.get("route", ()):
                if one.get("weight") != 0:
                    yield one["destination"]["host"]


def held(seed: int, root: Path) -> int:
    """How many moments of a topology were looked at; none of one that is invalid."""
    dice = random.Random(f"schedules {seed}")
    if not generate(seed, root, "1.40.0", sleeps=False):
        return 0
    week = dice.choice([*WEEKS])
    sleepers = drawn(dice, week, root)
    night = Night(dice, week, State(read_sources(root)), sleepers)
    times = moments(dice, night)
    for now in times:
        if faults := wrong(night, night.at(now), printed=now == times[-1]):
            raise AssertionError(f"seed {seed}, {now}: {faults[:3]}")
    return len(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="topologies")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    begun, looked, there, seed = time.monotonic(), 0, 0, asked.seed
    while there < asked.count:
        with tempfile.TemporaryDirectory(prefix="gen-schedules-") as name:
            number = held(seed, Path(name))
        looked, there, seed = looked + number, there + bool(number), seed + 1
    print(
        f"{there:,} topologies with schedules, {looked:,} moments in {time.monotonic() - begun:.0f} s: no answer is a unit"
        " that sleeps, and those sleep that should",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
