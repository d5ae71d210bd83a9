"""Who is let in: what policies say (M7).

They say it by service and environment, since Envoy closes every open connection to a pod whose
policy changes. A service in an environment is let in with all its branches, and so is what a branch
of any environment could call, whether there is one or not: no branch's coming and going changes
what a baseline's pods are told. Only a branch in a strict lane lets in exactly who calls it, and
smoke tests are let in to what they ask: to entries always, to others when a test asks them.

What sleeps, or drains, keeps its callers: policies come before routes, and routes lead there until
they change. As they change one by one, whoever answers in its place may call it, too (`moving.py`).
Whom a lane leads from elsewhere is let in a second time, by a policy that comes and goes after
routes: where an edited lane leads its requests away, the first is gone before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from generator.plan.services import Handling, Service
from generator.plan.units import ANY, Caller, Lane, Unit
from generator.vocabulary import names

Callers = Mapping[Caller, Iterable[Caller | None]]
Allowed = Mapping[Caller, tuple[Caller | None, ...]]
Candidates = Mapping[str, Mapping[str, Sequence[Unit]]]  # lane → service → who may answer


def allowed(
    callers: Callers,
    lanes: Mapping[str, Lane],
    candidates: Candidates,
    services: Mapping[str, Service],
    handling: Mapping[tuple[str, str], Handling],
) -> dict[Caller, tuple[Caller | None, ...]]:
    """(service, unit) → who is let in, sorted: identities, or with the branch ANY those of all
    units of an environment; None is the ingress. `callers` are those that some lane takes, and
    `candidates` who may answer in the lanes of environments."""
    exact = _strict(lanes.values())
    let_in: dict[Caller, set[Caller | None]] = {}
    for callee, who in callers.items():
        named = who if callee[1] in exact else map(whole, who)
        let_in.setdefault(callee, set()).update(named)
    environments = {unit.environment for lane in lanes.values() for unit in lane.through}
    for environment in environments:
        for caller, callee in _possible(environment, candidates[environment], services, handling):
            let_in.setdefault(callee, set()).add(caller)
    return {callee: tuple(sorted(who, key=_order)) for callee, who in let_in.items()}


def united(*sides: Callers) -> dict[Caller, set[Caller | None]]:
    """Whom any of them lets in."""
    let_in: dict[Caller, set[Caller | None]] = {}
    for callers in sides:
        for callee, who in callers.items():
            let_in.setdefault(callee, set()).update(who)
    return let_in


def from_elsewhere(callee: Unit, callers: Iterable[Caller | None]) -> tuple[Caller | None, ...]:
    """Those among callers whom a lane leads there, and may lead elsewhere tomorrow: not the
    services of the callee's own environment, nor the ingress, where its own lane begins."""
    here = Unit(callee.environment, ANY)
    return tuple(caller for caller in callers if caller is not None and caller[1] != here)


def _strict(lanes: Iterable[Lane]) -> frozenset[Unit]:
    """Branches that a strict lane goes through or pins."""
    units = set[Unit]()
    for lane in lanes:
        if lane.strict:
            units.update(lane.through, lane.pin.values())
    return frozenset(unit for unit in units if unit.branch is not None)


def whole(caller: Caller | None) -> Caller | None:
    """A caller as policies name it that tell no branches apart."""
    return None if caller is None else (caller[0], Unit(caller[1].environment, ANY))


def _possible(
    environment: str,
    here: Mapping[str, Sequence[Unit]],
    services: Mapping[str, Service],
    handling: Mapping[tuple[str, str], Handling],
) -> Iterator[tuple[Caller, Caller]]:
    """(caller, callee) of each call to a baseline that the environment's lane, or that of any
    branch of it, could take: by the catalogue, whatever runs today."""
    for name, service in services.items():
        runners = _runners(name, environment, here, handling)
        places = {environment, *(unit.environment for unit in runners)}
        callees = [(callee, unit) for callee in service.calls for unit in here.get(callee, ())]
        for place, callee in product(places, callees):
            yield (name, Unit(place, ANY)), callee
    for name, units in here.items():
        if services[name].entry:  # which everybody can reach from outside
            for unit in units:
                yield (names.TESTER, Unit(environment, ANY)), (name, unit)


def _runners(
    service: str,
    lane: str,
    here: Mapping[str, Sequence[Unit]],
    handling: Mapping[tuple[str, str], Handling],
) -> Iterator[Unit]:
    """The units where a service handles requests or messages of an environment's lane."""
    yield from here.get(service, ())
    for (_, consumer), handled in handling.items():
        unit = handled.of(lane)
        if consumer == service and unit is not None:
            yield unit


def _order(caller: Caller | None) -> tuple[str, str]:
    return ("", "") if caller is None else (caller[0], str(caller[1]))
