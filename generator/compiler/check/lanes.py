"""Lanes that lead nowhere, and overrides that a request loses on the way."""

from __future__ import annotations

from collections.abc import Mapping

from generator.compiler import isolation, routing
from generator.compiler.resolve import Resolved
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan, Unit


def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    said: dict[str, set[str]] = {}  # what an environment's own lane is told, its branches need not hear again
    for name, lane in sorted(plan.lanes.items(), key=lambda pair: (pair[1].kind != "unit", pair[0])):
        reached = isolation.reached(lane, plan.answers[name], plan.services, plan.runs)
        missing = {service for service in reached if service not in plan.answers[name] and not _handled(plan, name, service, reached[service])}
        known = said.get(lane.through[0].environment, set()) if lane.kind == "unit" and lane.through[0].branch else set()
        said[name] = missing
        for service in sorted(missing - known):
            found.append(_unanswered(resolved, plan, name, service, reached[service]))
        _propagation(resolved, plan, name, reached, found)


def _handled(plan: Plan, lane: str, service: str, caller: str | None) -> bool:
    """Whether a service that only a message leads to has somebody else who handles it."""
    unit = plan.answers[lane].get(caller or "")
    return unit is not None and caller is not None and service not in plan.services[caller].calls and plan.handling[unit.environment, service].of(lane) is not None


def _unanswered(resolved: Resolved, plan: Plan, lane: str, service: str, caller: str | None) -> Finding:
    units = [str(unit) for unit, runs in plan.runs.items() if service in runs]
    hint = f"run {service} in a unit of the lane" + (f", go through or pin {units[0]} as well" if units else "") + (", or extend an environment that runs it" if not plan.lanes[lane].strict else "")
    related = ()
    if caller:
        key, how = ("calls", "calls") if service in plan.services[caller].calls else ("publishes", "publishes what is read by")
        related = ((resolved.project.place("service", caller).at(key), f"{caller} {how} {service}"),)
    return Finding("GEN301", resolved.places[lane], f"the lane {lane} can reach {service}, and nobody answers there", hint, related)


def _propagation(resolved: Resolved, plan: Plan, lane: str, reached: Mapping[str, str | None], found: list[Finding]) -> None:
    """A hop that drops the colour sends what it calls to the lane of its own unit instead."""
    answers = plan.answers[lane]
    for hop in sorted(reached):
        if hop not in answers or plan.services[hop].forwards_colour:
            continue
        lost = sorted(service for service in _below(plan, hop) if service in answers and _lost(plan, answers[service], answers[hop], service))
        if lost:
            what = ", ".join(f"{service} ({answers[service]})" for service in lost[:5])
            found.append(Finding("GEN304", resolved.places[lane], f"in the lane {lane}, {hop} does not forward the colour: behind it {what} {'is' if len(lost) == 1 else 'are'} not reached",
                                 f"make {hop} forward the colour, or override {hop} in the same branch",
                                 ((resolved.project.place("service", hop).at("forwardsColour"), f"{hop} says so here"),)))


def _below(plan: Plan, service: str) -> set[str]:
    found: set[str] = set()
    queue = list(plan.services[service].calls)
    while queue:
        if (callee := queue.pop()) not in found:
            found.add(callee)
            queue.extend(plan.services[callee].calls)
    return found


def _lost(plan: Plan, wanted: Unit, caller: Unit, service: str) -> bool:
    return plan.answers[routing.without_colour(caller, caller.environment)].get(service) != wanted
