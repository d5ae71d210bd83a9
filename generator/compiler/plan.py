"""Resolved → Plan: who answers whom, which names exist where, who may call whom."""

from __future__ import annotations

from generator.compiler import isolation, queues, routing
from generator.compiler.resolve import Resolved
from generator.vocabulary.plan import Later, Plan


def plan(resolved: Resolved) -> Plan:
    """The plan of a project without errors. Cost: lanes × services that differ, never tenants × services; and only when
    somebody reads it."""
    project = resolved.project
    if project.platform is None:
        raise ValueError("a project without platform.yaml has findings and no plan")
    extends = {name: environment.extends for name, environment in resolved.environments.items()}
    open_to = Later(lambda: {unit: {service: run for service, run in runs.items() if not run.draining} for unit, runs in resolved.runs.items()})
    answers = Later(lambda: {name: routing.answers(lane, open_to, extends) for name, lane in resolved.lanes.items()})
    handling = Later(lambda: queues.handling(resolved.lanes, answers, project.services, resolved.runs, extends))
    return Plan(
        platform=project.platform,
        services=Later(lambda: dict(sorted(project.services.items()))),
        environments=dict(sorted(resolved.environments.items())),
        runs=Later(lambda: dict(sorted(resolved.runs.items()))),
        lanes=dict(sorted(resolved.lanes.items())),
        tenants={name: resolved.tenants[name] for name in sorted(resolved.tenants)},
        bases=resolved.bases.of,
        components=resolved.bases.components,
        answers=answers,
        previews=resolved.previews,
        visited=visited(resolved),
        known=Later(lambda: _known(resolved)),
        callers=Later(lambda: isolation.callers(resolved.lanes, answers, project.services, resolved.runs, handling, isolation.testers(resolved.tests, answers))),
        handling=handling,
        tests=resolved.tests,
    )


def visited(resolved: Resolved) -> dict[str, str]:
    """Hosts that tenants bring, each with the environment where the first lane of its tenant begins."""
    return {value: resolved.lanes[tenant.choices[0][0]].through[0].environment for tenant in resolved.tenants.values() for kind, _, value in tenant.rules if kind == "host"}


def _known(resolved: Resolved) -> dict[str, tuple[str, ...]]:
    """Services that an environment can be asked for: what its units run, what those call, and all entries (a tenant may
    bring a host to any environment, and that must change no route in the mesh)."""
    services = resolved.project.services
    known = {name: {service for service, model in services.items() if model.entry} for name in resolved.environments}
    for unit, runs in resolved.runs.items():
        for service in runs:
            known[unit.environment] |= {service, *services[service].calls}
    return {name: tuple(sorted(found)) for name, found in known.items()}
