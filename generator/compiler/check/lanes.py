"""Lanes that lead nowhere, and overrides that a request loses on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from generator.compiler.resolve import Resolved
from generator.plan import journey
from generator.plan.plan import Plan
from generator.plan.services import Service
from generator.plan.units import Lane, Unit
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

Behind = Mapping[str, frozenset[str]]


class _Ways(NamedTuple):
    """Service → all `behind` it, over others too, and what of that is behind `plain` TCP."""

    behind: Behind
    plain: Behind


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    # What an environment's own lane is told, its branches need not hear again.
    said: dict[str, set[str]] = {}
    ways, assumed = _ways(plan), set[str]()
    for name, lane in sorted(plan.lanes.items(), key=_units_first):
        reached = plan.reached(name)
        missing = {
            service for service in reached if _missing(plan, name, service, reached[service])
        }
        is_branch = lane.kind == "unit" and lane.through[0].branch
        known = said.get(lane.through[0].environment, set()) if is_branch else set()
        said[name] = missing
        for service in sorted(missing - known):
            yield _unanswered(resolved, plan, name, service, reached[service])
        for finding in _propagation(resolved, plan, name, reached, ways, assumed):
            yield finding
            assumed.add(finding.about)


def _units_first(named: tuple[str, Lane]) -> tuple[bool, str]:
    name, lane = named
    return lane.kind != "unit", name


def _missing(plan: Plan, lane: str, service: str, caller: str | None) -> bool:
    return service not in plan.answers[lane] and not _handled(plan, lane, service, caller)


def _handled(plan: Plan, lane: str, service: str, caller: str | None) -> bool:
    """Whether a service that only a message leads to has somebody else who handles it."""
    unit = plan.answers[lane].get(caller or "")
    return (
        unit is not None
        and caller is not None
        and service not in plan.services[caller].calls
        and plan.handling[unit.environment, service].of(lane) is not None
    )


def _unanswered(
    resolved: Resolved, plan: Plan, lane: str, service: str, caller: str | None
) -> Finding:
    units = [str(unit) for unit, runs in plan.runs.items() if service in runs]
    hint = (
        f"run {service} in a unit of the lane"
        + (f", go through or pin {units[0]} as well" if units else "")
        + (", or extend an environment that runs it" if not plan.lanes[lane].strict else "")
    )
    related: list[tuple[Place, str]] = []
    if caller:
        place = resolved.project.place("service", caller)
        if service in plan.services[caller].calls:
            related.append((place.at("calls"), f"{caller} calls {service}"))
        else:
            what = f"{caller} publishes what is read by {service}"
            related.append((place.at("publishes"), what))
    return Finding(
        "GEN301",
        resolved.places[lane],
        f"the lane {lane} can reach {service}, and nobody answers there",
        hint,
        tuple(related),
    )


def _propagation(
    resolved: Resolved,
    plan: Plan,
    lane: str,
    reached: Iterable[str],
    ways: _Ways,
    assumed: AbstractSet[str],
) -> Iterator[Finding]:
    """A hop that drops the colour sends what it calls to the lane of its own unit instead, and so
    does one that calls over raw TCP. Hops of which nobody says whether they forward it, and which
    were told, are `assumed` to."""
    answers = plan.answers[lane]
    differ: dict[str, set[str]] = {}
    for hop in sorted(reached):
        service, unit = plan.services[hop], answers.get(hop)
        plain, forwards = ways.plain[hop], service.forwards_colour or hop in assumed
        beyond = plain if forwards else ways.behind[hop]
        if unit is None or not beyond:
            continue
        instead = journey.without_colour(unit, unit.environment)
        if instead not in differ:
            differ[instead] = _different(answers, plan.answers[instead])
        if not (lost := sorted(beyond & differ[instead])):
            continue
        if not forwards:
            yield _loses(resolved, plan, lane, hop, lost)
        if not service.drops_colour and (gone := [name for name in lost if name in plain]):
            yield _carries_none(resolved, plan, lane, hop, gone)


def _plain(plan: Plan, service: Service, behind: Behind) -> frozenset[str]:
    """What a service calls over raw TCP, and all behind it."""
    callees = [callee for callee in service.calls if _is_plain(plan.services[callee])]
    return frozenset(callees).union(*(behind[callee] for callee in callees))


def _is_plain(callee: Service) -> bool:
    """Whether no port carries a colour; calling a service without ports is told elsewhere."""
    return bool(callee.ports) and not callee.takes_colour


def _different(answers: Mapping[str, Unit], others: Mapping[str, Unit]) -> set[str]:
    """Services that another unit answers."""
    return {service for service, unit in answers.items() if others.get(service) != unit}


def _loses(resolved: Resolved, plan: Plan, lane: str, hop: str, lost: list[str]) -> Finding:
    place, what = resolved.project.place("service", hop), _named(plan, lane, lost)
    if not plan.services[hop].drops_colour:
        return Finding(
            "GEN317",
            place,
            f"{hop} does not say whether it forwards the colour, and in the lane {lane} {what} "
            f"{'depends' if len(lost) == 1 else 'depend'} on it",
            "write `forwardsColour: true` or `false` in the service's file",
            ((resolved.places[lane], f"the lane {lane}"),),
            about=hop,
        )
    return Finding(
        "GEN304",
        resolved.places[lane],
        f"in the lane {lane}, {hop} does not forward the colour: behind it {what} "
        f"{'is' if len(lost) == 1 else 'are'} not reached",
        f"make {hop} forward the colour, or override {hop} in the same branch",
        ((place.at("forwardsColour"), f"{hop} says so here"),),
    )


def _carries_none(resolved: Resolved, plan: Plan, lane: str, hop: str, lost: list[str]) -> Finding:
    return Finding(
        "GEN304",
        resolved.places[lane],
        f"in the lane {lane}, {hop} of {plan.answers[lane][hop]} calls over TCP, which carries no "
        f"colour: {_named(plan, lane, lost)} {'is' if len(lost) == 1 else 'are'} not reached",
        f"override {hop} in the same branch: its pods are known by their labels",
        ((resolved.project.place("service", hop).at("calls"), f"{hop} says so here"),),
    )


def _named(plan: Plan, lane: str, lost: list[str]) -> str:
    return ", ".join(f"{service} ({plan.answers[lane][service]})" for service in lost[:5])


def _ways(plan: Plan) -> _Ways:
    calls = {name: service.calls for name, service in plan.services.items()}
    behind = {
        name: frozenset(journey.walk(callees, calls.__getitem__)) for name, callees in calls.items()
    }
    plain = {name: _plain(plan, service, behind) for name, service in plan.services.items()}
    return _Ways(behind, plain)
