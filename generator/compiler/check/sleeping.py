"""What nobody answers because a unit sleeps: told once for each, where it says so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.vocabulary.findings import Finding

CODE = "GEN325"
TOLD = 12  # lanes and services that are named


def check(resolved: Resolved, plan: Plan, awake: Plan) -> Iterator[Finding]:
    """Of lanes that begin in what is awake, and of those that people wrote; that nobody answers in
    the lane of a unit that sleeps is what was asked for."""
    lost: dict[Unit, dict[str, set[str]]] = {}
    for lane, slept in plan.slept.items():
        way = plan.lanes[lane]
        if way.kind == "unit" and way.through[0] in plan.asleep:
            continue
        for service in awake.reached(lane).keys() & slept.keys() - plan.answers[lane].keys():
            sayer = _sayer(resolved, slept[service])
            lost.setdefault(sayer, {}).setdefault(lane, set()).add(service)
    for unit, lanes in sorted(lost.items()):
        services = sorted(set[str]().union(*lanes.values()))
        related = ((resolved.places[lane], f"the lane {lane}") for lane in sorted(lanes))
        yield Finding(
            CODE,
            resolved.place_of_unit(unit).at("asleep"),
            f"while {unit} sleeps, nobody answers for {_some(services)} in the "
            f"{'lane' if len(lanes) == 1 else 'lanes'} {_some(sorted(lanes))}",
            f"`gen wake {unit}` ends it; or let those lanes go through a unit that is awake, too",
            tuple(islice(related, TOLD)),
        )


def _sayer(resolved: Resolved, unit: Unit) -> Unit:
    """The unit whose file says that it sleeps: its own, or its environment's."""
    project = resolved.project
    if unit.branch is not None and project.branches[unit.environment, unit.branch].asleep:
        return unit
    return Unit(unit.environment)


def _some(those: list[str]) -> str:
    more = f" and {len(those) - TOLD} more" if len(those) > TOLD else ""
    return ", ".join(those[:TOLD]) + more
