"""Databases, caches and buckets that units share and are not meant to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.compiler.resolve import Resolved
from generator.plan import stores
from generator.plan.plan import Plan
from generator.plan.services import Store
from generator.plan.stores import Kept, Writer
from generator.vocabulary.findings import Finding
from generator.vocabulary.plural import some

SHOWN = 5  # of those that share
Writers = Mapping[Kept, tuple[Writer, ...]]


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    everybody = stores.writers(plan)
    for kept, those in everybody.items():
        for writer in those:
            yield from _together(resolved, plan, writer, kept, everybody)
    for name, lane in plan.lanes.items() if everybody else ():
        if lane.strict:
            yield from _strict(resolved, plan, name, everybody)


def _together(
    resolved: Resolved, plan: Plan, writer: Writer, kept: Kept, everybody: Writers
) -> Iterator[Finding]:
    """A unit that writes what is another's, or everybody's, where the service wants it apart."""
    service, unit = writer
    others = [other for other in everybody[kept] if other[1] != unit]
    store = next(store for store, its in stores.written(plan, service, unit) if its == kept)
    if store.shared or unit == kept.unit or not others:
        return
    said = [one.name for one in plan.services[service].stores].index(store.name)
    place = resolved.project.place("service", service).at("stores", said)
    yield Finding(
        "GEN329",
        resolved.place_of_unit(unit).key("runs", service),
        f"{service} in {unit} writes {kept}, which it is to keep apart and shares with "
        f"{some([stores.words(other) for other in others], SHOWN)}",
        _apart(store),
        ((place, "the service says so here"),),
        about=f"{service} in {unit}",
    )


def _apart(store: Store) -> str:
    if store.component:
        return f"switch on the component `{store.component}`, which brings one of its own"
    return f"bring one by a component, and name it as `component` of {store.name} in the catalogue"


def _strict(resolved: Resolved, plan: Plan, lane: str, everybody: Writers) -> Iterator[Finding]:
    """Stores that units beyond a strict lane's own list write too."""
    own = {*plan.lanes[lane].through, *plan.lanes[lane].pin.values()}
    mine: dict[Kept, list[str]] = {}
    for service, unit in sorted(plan.answers[lane].items()):
        for _, kept in stores.written(plan, service, unit):
            mine.setdefault(kept, []).append(stores.words((service, unit)))
    for kept, by in mine.items():
        others = [stores.words(other) for other in everybody[kept] if other[1] not in own]
        if others:
            yield Finding(
                "GEN330",
                resolved.places[lane],
                f"the strict lane {lane} writes {kept} ({some(by, SHOWN)}), and so does "
                f"{some(others, SHOWN)}, which it never goes through",
                "give its units stores of their own by a component, or accept it here",
            )
