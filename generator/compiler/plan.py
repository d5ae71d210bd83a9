"""Resolved → Plan: who answers whom, which names exist where, who may call whom."""

from __future__ import annotations

from collections.abc import Mapping

from generator.compiler.resolve import Resolved
from generator.plan import access, isolation, queues, routing
from generator.plan.plan import Plan
from generator.plan.services import Run, Service
from generator.plan.units import Unit
from generator.vocabulary.later import Later


def plan(resolved: Resolved) -> Plan:
    """The plan of a project without errors. Cost: lanes × services that differ, never tenants ×
    services; and only when somebody reads it."""
    names = resolved.names
    extends = {name: environment.extends for name, environment in resolved.environments.items()}
    services, lanes = names.services, resolved.lanes
    runs = Later(lambda: dict(sorted(resolved.runs.items())))
    open_to = Later(lambda: _open(runs))
    answers = Later(
        lambda: {name: routing.answers(lane, open_to, extends) for name, lane in lanes.items()}
    )
    handling = Later(lambda: queues.handling(lanes, answers, services, runs, extends))
    testers = Later(lambda: dict.fromkeys(isolation.testers(resolved.tests, answers)))
    callers = Later(lambda: isolation.callers(lanes, answers, services, runs, handling, testers))
    return Plan(
        platform=names.platform,
        services=services,
        environments=dict(sorted(resolved.environments.items())),
        runs=runs,
        lanes=dict(sorted(lanes.items())),
        tenants={name: resolved.tenants[name] for name in sorted(resolved.tenants)},
        bases=resolved.bases.of,
        components=resolved.bases.components,
        answers=answers,
        previews=resolved.previews,
        visited=visited(resolved),
        known=Later(lambda: _known(resolved, services)),
        callers=callers,
        allowed=Later(lambda: access.allowed(callers, lanes, answers, services, handling)),
        handling=handling,
        tests=resolved.tests,
        externals=names.externals,
        dials=names.dials,
        kinds=names.kinds.brought,
        left_out=names.kinds.left_out,
        references=names.kinds.references,
    )


def _open(runs: Mapping[Unit, Mapping[str, Run]]) -> dict[Unit, dict[str, Run]]:
    """What lanes may lead to: all that runs and is not draining."""
    return {
        unit: {service: run for service, run in versions.items() if not run.draining}
        for unit, versions in runs.items()
    }


def visited(resolved: Resolved) -> dict[str, str]:
    """Hosts that tenants bring, each with the environment where the first lane of its tenant
    begins."""
    hosts = {}
    for tenant in resolved.tenants.values():
        for kind, _, value in tenant.rules:
            if kind == "host":
                first, _ = tenant.choices[0]
                hosts[value] = resolved.lanes[first].through[0].environment
    return hosts


def _known(resolved: Resolved, services: Mapping[str, Service]) -> dict[str, tuple[str, ...]]:
    """Services that an environment can be asked for: what its units run, what those call, and all
    entries (a tenant may bring a host to any environment, and that must change no route in the
    mesh)."""
    known = {
        name: {service for service, model in services.items() if model.entry}
        for name in resolved.environments
    }
    for unit, runs in resolved.runs.items():
        for service in runs:
            known[unit.environment] |= {service, *services[service].calls}
    return {name: tuple(sorted(listed)) for name, listed in known.items()}
