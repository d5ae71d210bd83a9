"""Who answers: DESIGN §3 in code.

1. the unit that the lane pins for the service;
2. else the first unit of `through` that runs it;
3. else, unless the lane is strict: of each unit of `through`, its environment and what that one
extends;
4. else nobody.

A unit that sleeps runs nothing, and what is pinned to it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from generator.plan.units import Lane, Unit

Runs = Mapping[Unit, AbstractSet[str] | Mapping[str, object]]
Extends = Mapping[str, tuple[str, ...]]
NONE: frozenset[Unit] = frozenset()


def way(
    lane: Lane, service: str, extends: Extends, asleep: AbstractSet[Unit] = NONE
) -> Iterator[tuple[Unit, str]]:
    """The units that are asked for a service, in order, each with the reason in words. A unit may
    come twice."""
    if service in lane.pin:
        yield lane.pin[service], f"lane {lane.name} pins it"
        if lane.pin[service] not in asleep:
            return
    for unit in lane.through:
        yield unit, f"lane {lane.name} goes through {unit}"
    if lane.strict:
        return
    for unit in lane.through:
        yield Unit(unit.environment), f"baseline of {unit}'s environment"
        for environment in extends[unit.environment]:
            yield Unit(environment), f"{unit.environment} extends {environment}"


def target(
    lane: Lane, service: str, runs: Runs, extends: Extends, asleep: AbstractSet[Unit] = NONE
) -> Unit | None:
    """The unit that answers a request for the service in this lane, or None."""
    asked = (unit for unit, _ in way(lane, service, extends, asleep) if unit not in asleep)
    return next((unit for unit in asked if service in runs[unit]), None)


def answers(
    lane: Lane, runs: Runs, extends: Extends, asleep: AbstractSet[Unit] = NONE
) -> dict[str, Unit]:
    """`target` for every service that has one: the same search path, walked once from its end."""
    units: dict[str, Unit] = {}
    for unit in reversed(path(lane, extends)):
        if unit not in asleep:
            units.update(dict.fromkeys(runs[unit], unit))
    units.update({service: unit for service, unit in lane.pin.items() if unit not in asleep})
    return units


def candidates(
    lane: Lane, runs: Runs, extends: Extends, rests: AbstractSet[tuple[Unit, str]]
) -> dict[str, tuple[Unit, ...]]:
    """For every service who may answer as versions that rest come back one by one: those, in the
    order in which they are asked, up to the first that does not rest."""
    found: dict[str, tuple[Unit, ...]] = {}
    for unit in reversed(path(lane, extends)):
        for service in runs[unit]:
            found[service] = _before(unit, service, found, rests)
    for service, unit in lane.pin.items():
        found[service] = _before(unit, service, found, rests)
    return found


def _before(
    unit: Unit,
    service: str,
    found: Mapping[str, tuple[Unit, ...]],
    rests: AbstractSet[tuple[Unit, str]],
) -> tuple[Unit, ...]:
    if (unit, service) not in rests:
        return (unit,)
    return (unit, *(other for other in found.get(service, ()) if other != unit))


def path(lane: Lane, extends: Extends) -> list[Unit]:
    """The units that are asked for any service that is not pinned. One may come twice."""
    unpinned = Lane(lane.name, lane.through, {}, lane.strict, lane.kind)
    return [unit for unit, _ in way(unpinned, "", extends)]


def unit_lane(unit: Unit) -> Lane:
    """Every unit is a lane by itself: a branch goes on to its environment's baseline."""
    through = (unit,) if unit.branch is None else (unit, Unit(unit.environment))
    return Lane(str(unit), through, {}, strict=False, kind="unit")


def point(text: str) -> float:
    """Where a user stands between 0 and 1; the edge's table computes the same, so that a choice
    stays."""
    number = 5381
    for byte in text.encode():
        number = (number * 33 + byte) % 4294967296
    for _ in range(3):
        number = number * 16807 % 2147483647
    return number / 2147483647
