"""Which databases, caches and buckets units write, and who writes the same one.

A store that has the name of a service is what answers there, as for any call of the unit's own
pods; one of an external's name is everybody's. All others an environment has for itself: a branch
runs the bases of its environment, and so writes what the baseline writes, unless a component of it
brings one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.plan import journey
from generator.plan.plan import Plan
from generator.plan.services import Store
from generator.plan.units import Unit

Writer = tuple[str, Unit]  # a service in a unit


class Kept(NamedTuple):
    """One store: of a unit, or outside the mesh; `own` of one that a component brings."""

    name: str
    unit: Unit | None
    own: bool = False

    def __str__(self) -> str:
        if self.unit is None:
            return f"{self.name} outside the mesh"
        return f"{self.unit}'s own {self.name}" if self.own else f"{self.name} of {self.unit}"

    @property
    def order(self) -> tuple[str, str, bool]:
        return self.name, str(self.unit or ""), self.own


def written(plan: Plan, service: str, unit: Unit) -> Iterator[tuple[Store, Kept]]:
    """The stores that the pods of a service in a unit write."""
    for store in plan.services[service].stores:
        if (kept := _kept(plan, service, unit, store)) is not None:
            yield store, kept


def _kept(plan: Plan, service: str, unit: Unit, store: Store) -> Kept | None:
    """None where the store is a service that nobody answers for."""
    if store.component in plan.runs[unit][service].components:
        return Kept(store.name, unit, own=True)
    if store.name in plan.externals:
        return Kept(store.name, None)
    if store.name not in plan.services:
        return Kept(store.name, Unit(unit.environment))
    caller, called = plan.services[service], plan.services[store.name]
    lane = journey.call(caller, unit, called, None).lane
    answering = plan.answers[lane].get(store.name)
    return None if answering is None else Kept(store.name, answering)


def writers(plan: Plan) -> dict[Kept, tuple[Writer, ...]]:
    """Each store, with all that write it."""
    found: dict[Kept, list[Writer]] = {}
    writing = [name for name, service in plan.services.items() if service.stores]
    for unit, runs in sorted(plan.runs.items() if writing else ()):
        for service in writing:
            for _, kept in written(plan, service, unit) if service in runs else ():
                found.setdefault(kept, []).append((service, unit))
    return {kept: tuple(found[kept]) for kept in sorted(found, key=lambda kept: kept.order)}


def words(writer: Writer) -> str:
    service, unit = writer
    return f"{service} in {unit}"
