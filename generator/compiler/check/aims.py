"""Selectors in bases that fit no pods: budgets, Services and policies of nobody."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.vocabulary.base import Brought, Labels
from generator.vocabulary.findings import Finding


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """What each run brings; another service's pods may be meant too."""
    told: dict[Finding, None] = {}
    everybody: list[Labels] = []
    for unit, runs in plan.runs.items():
        for service in runs:
            aimed = [each for each in _brought(resolved, plan, unit, service) if each.aim]
            pods = list(_pods(resolved, plan, unit, service)) if aimed else []
            for item in aimed:
                if _fits(item, pods):
                    continue
                everybody = everybody or [*_everybody(resolved, plan)]
                if not _fits(item, everybody):
                    told[_finding(item)] = None
    yield from told


def _fits(item: Brought, pods: list[Labels]) -> bool:
    return item.aim is not None and any(map(item.aim.selects, pods))


def _everybody(resolved: Resolved, plan: Plan) -> Iterator[Labels]:
    for unit, runs in plan.runs.items():
        for service in runs:
            yield from _pods(resolved, plan, unit, service)


def _pods(resolved: Resolved, plan: Plan, unit: Unit, service: str) -> Iterator[Labels]:
    """The labels of a service's pods in a unit, with those that kustomizations and gen give."""
    parts = [plan.bases[service]]
    parts += [plan.components[name] for name in plan.runs[unit][service].components]
    common = {key: value for part in parts for key, value in part.common.items()}
    given = common | objects.labels(plan) | objects.serving(service, unit)
    for item in _brought(resolved, plan, unit, service):
        if item.pods is not None:
            yield {**item.pods, **given}


def _brought(resolved: Resolved, plan: Plan, unit: Unit, service: str) -> tuple[Brought, ...]:
    return resolved.bases.brought.get((service, plan.runs[unit][service].components), ())


def _finding(item: Brought) -> Finding:
    return Finding(
        "GEN439",
        item.place.at("spec"),
        f"the selector of the {item.kind} {item.name[:80]} fits no pods of any service",
        "ask for labels that the pods' template has, or for `app.kubernetes.io/name`",
    )
