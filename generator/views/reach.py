"""Who answers the requests of a lane, of each service that they can come to: all of it at once, for every lane."""

from __future__ import annotations

from generator.compiler.isolation import carries_colour
from generator.compiler.routing import without_colour
from generator.vocabulary.plan import Plan, Unit

Answers = dict[str, frozenset[Unit | None]]


def answers(plan: Plan, lane: str) -> Answers:
    """Service → the units that may answer there, None where nobody does; services that the lane cannot come to are absent.

    Requests start at the entries that the lane answers. There may be several answers where the colour is lost on one way
    and kept on another.
    """
    start = [(service, lane, True) for service in sorted({name for _, name, _ in plan.entries()}) if service in plan.answers[lane]]
    seen, queue, found = set(start), list(start), dict[str, set[Unit | None]]()
    for service, taken, coloured in queue:  # grows while it is walked
        target = plan.answers[taken].get(service)
        found.setdefault(service, set()).add(target)
        for hop in _calls(plan, service, taken, coloured, target) if target is not None else ():
            if hop not in seen:
                seen.add(hop)
                queue.append(hop)
    return {service: frozenset(units) for service, units in found.items()}


def _calls(plan: Plan, service: str, taken: str, coloured: bool, target: Unit) -> list[tuple[str, str, bool]]:
    """(service, lane that decides, whether the colour is carried) of each call that the answering pod makes."""
    caller, hops = plan.services[service], []
    lost = without_colour(target, target.environment)  # a branch's own pod gives its colour, where one can be carried
    for callee in caller.calls:
        if carries_colour(caller, plan.services[callee]) and coloured:
            hops.append((callee, taken, True))
        else:
            hops.append((callee, lost, target.branch is not None and bool(plan.web_ports(callee))))
    return hops
