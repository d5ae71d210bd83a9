"""Who answers the requests of a lane, of each service that they can come to: all of it at once, for every lane."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.isolation import carries_colour
from generator.compiler.routing import without_colour
from generator.vocabulary.plan import Plan, Unit

Answers = dict[str, frozenset[Unit | None]]
_Hop = tuple[str, str, bool, Unit | None]  # (service, lane that decides, whether the colour is carried, who answers)


def answers(plan: Plan, lane: str) -> Answers:
    """Service → the units that may answer there, None where nobody does; services that the lane cannot come to are absent.

    Requests start at the entries that the lane answers. There may be several answers where the colour is lost on one way
    and kept on another.
    """
    start: list[_Hop] = [(name, lane, True, plan.answers[lane][name]) for name in sorted({name for _, name, _ in plan.entries()}) if name in plan.answers[lane]]
    seen, queue, found = set(start), list(start), dict[str, set[Unit | None]]()
    for service, taken, coloured, target in queue:  # grows while it is walked
        found.setdefault(service, set()).add(target)
        for hop in _following(plan, service, taken, coloured, target) if target is not None else ():
            if hop not in seen:
                seen.add(hop)
                queue.append(hop)
    return {service: frozenset(units) for service, units in found.items()}


def _following(plan: Plan, service: str, taken: str, coloured: bool, target: Unit) -> Iterator[_Hop]:
    """What the answering pod calls, and whoever handles its messages."""
    caller = plan.services[service]
    lost = without_colour(target, target.environment)  # a branch's own pod gives its colour, where one can be carried
    for callee in caller.calls:
        if carries_colour(caller, plan.services[callee]) and coloured:
            yield callee, taken, True, plan.answers[taken].get(callee)
        else:
            yield callee, lost, target.branch is not None and bool(plan.web_ports(callee)), plan.answers[lost].get(callee)
    told = taken if caller.forwards_colour and coloured else str(target)
    for _, consumer in plan.consumers(service):
        yield consumer, told, True, plan.handling[target.environment, consumer].of(told)
