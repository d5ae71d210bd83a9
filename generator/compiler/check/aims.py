"""Selectors in bases that fit no pods of the service: they are about nobody, or about others."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.vocabulary.base import Brought, Labels
from generator.vocabulary.findings import Finding

_RULERS = ("PodDisruptionBudget", "NetworkPolicy")  # which say what happens to pods

Pods = dict[tuple[str, str], list[Labels]]  # (environment, service) → labels of its pods


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """What each run brings: it is about its own service's pods, and nobody else's."""
    told: dict[Finding, None] = {}
    everybody: Pods = {}
    for unit, runs in plan.runs.items():
        for service in runs:
            aimed = [each for each in _brought(resolved, plan, unit, service) if each.aim]
            pods = list(_pods(resolved, plan, unit, service)) if aimed else []
            for item in aimed:
                if _fits(item, pods):
                    continue
                everybody = everybody or _everybody(resolved, plan)
                told |= dict.fromkeys(_missed(item, unit, service, everybody))
    yield from told


def _missed(item: Brought, unit: Unit, service: str, everybody: Pods) -> Iterator[Finding]:
    """A selector that fits no pods of the run: those of the service elsewhere may be meant."""
    meant = sorted(
        (name, environment) for (environment, name), pods in everybody.items() if _fits(item, pods)
    )
    if service in dict(meant):
        return
    others = [name for name, environment in meant if environment == unit.environment]
    if others:
        yield _others(item, service, others[0])
    elif not meant:
        yield _finding(item)


def _fits(item: Brought, pods: list[Labels]) -> bool:
    return item.aim is not None and any(map(item.aim.selects, pods))


def _everybody(resolved: Resolved, plan: Plan) -> Pods:
    made: Pods = {}
    for unit, runs in plan.runs.items():
        for service in runs:
            there = made.setdefault((unit.environment, service), [])
            there += _pods(resolved, plan, unit, service)
    return made


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


def _others(item: Brought, service: str, other: str) -> Finding:
    """Each unit would bring it over pods that it does not run."""
    return Finding(
        "GEN432" if item.kind in _RULERS else "GEN439",
        item.place.at("spec"),
        f"the {item.kind} {item.name[:80]} of {service} selects no pods of {service}, and those of "
        f"{other}",
        f"ask for labels of {service}'s own pods, or move it to the base of {other}",
    )


def _finding(item: Brought) -> Finding:
    return Finding(
        "GEN439",
        item.place.at("spec"),
        f"the selector of the {item.kind} {item.name[:80]} fits no pods of any service",
        "ask for labels that the pods' template has, or for `app.kubernetes.io/name`",
    )
