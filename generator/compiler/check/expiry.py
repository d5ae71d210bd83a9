"""Units past their last day that something still names. The one rule that asks which day it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from generator.compiler.resolve import Resolved
from generator.plan.units import Lane, Unit
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

CODE = "GEN310"


def check(resolved: Resolved, today: date) -> Iterator[Finding]:
    over = {str(unit): day for unit, day in resolved.expires.items() if day < today}
    for place, name in _named(resolved) if over else ():
        if name in over:
            yield Finding(
                CODE,
                place,
                f"{name} expired on {over[name]}, and is still named here",
                "name another unit here, or give it a later day",
                ((resolved.place_of_unit(Unit.parse(name)).at("expires"), "its last day"),),
            )


def _named(resolved: Resolved) -> Iterator[tuple[Place, str]]:
    """Every place that names a unit, with the name."""
    project = resolved.project
    for name, environment in sorted(project.environments.items()):
        if environment.extends:
            yield project.place("environment", name).at("extends"), environment.extends
    for name in sorted(project.lanes):
        yield from _lane(resolved.lanes[name], project.place("lane", name))
    for name, tenant in sorted(resolved.tenants.items()):
        place = project.place("tenant", name).at("lane")
        for index, (choice, _) in enumerate(tenant.choices):
            here, lane = (
                place if len(tenant.choices) == 1 else place.at(index, "lane"),
                resolved.lanes[choice],
            )
            if lane.kind == "unit":
                yield here, choice
            elif lane.kind == "inline":
                yield from _lane(lane, here)


def _lane(lane: Lane, place: Place) -> Iterator[tuple[Place, str]]:
    for index, unit in enumerate(lane.through):
        yield place.at("through", index), str(unit)
    for service, unit in sorted(lane.pin.items()):
        yield place.at("pin", service), str(unit)
