"""Resolved → Plan: who answers whom, which names exist where, who may call whom."""

from __future__ import annotations

from collections.abc import Mapping

from generator.compiler.resolve import Resolved
from generator.plan import access, isolation, queues, routing
from generator.plan.plan import Plan
from generator.plan.services import Run, Service, Smoke
from generator.plan.units import Lane, Unit
from generator.vocabulary.later import Later


def plan(resolved: Resolved, *, awake: bool = False) -> Plan:
    """The plan of a project without errors, or what it would be if all were `awake`. Cost: lanes ×
    services that differ, never tenants × services; and only when somebody reads it."""
    names = resolved.names
    asleep = routing.NONE if awake else names.asleep
    extends = {name: environment.extends for name, environment in resolved.environments.items()}
    services, lanes = names.services, resolved.lanes
    runs = Later(lambda: dict(sorted(resolved.runs.items())))
    whole = _answers(lanes, runs, extends)
    answers = _answers(lanes, runs, extends, asleep) if asleep else whole
    slept = Later(lambda: _slept(whole, asleep))
    tests = Later(lambda: _asked(resolved.tests, slept, asleep)) if asleep else resolved.tests
    handling = Later(lambda: queues.handling(lanes, whole, services, runs, extends))
    testers = Later(lambda: dict.fromkeys(isolation.testers(tests, answers)))
    callers = Later(lambda: isolation.callers(lanes, answers, services, runs, handling, testers))
    return Plan(
        platform=names.platform,
        services=services,
        environments=dict(sorted(resolved.environments.items())),
        runs=runs,
        asleep=asleep,
        lanes=dict(sorted(lanes.items())),
        tenants={name: resolved.tenants[name] for name in sorted(resolved.tenants)},
        bases=resolved.bases.of,
        components=resolved.bases.components,
        answers=answers,
        slept=slept,
        previews=resolved.previews,
        visited=visited(resolved),
        known=Later(lambda: _known(resolved, services)),
        callers=callers,
        allowed=Later(lambda: access.allowed(callers, lanes, answers, services, handling)),
        handling=handling,
        tests=tests,
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


def _answers(
    lanes: Mapping[str, Lane],
    runs: Mapping[Unit, Mapping[str, Run]],
    extends: routing.Extends,
    asleep: frozenset[Unit] = routing.NONE,
) -> Mapping[str, Mapping[str, Unit]]:
    """Lane → service → who answers; if nobody is `asleep`, who would if all were awake."""

    def made() -> dict[str, Mapping[str, Unit]]:
        to = _open(runs)
        return {name: routing.answers(lane, to, extends, asleep) for name, lane in lanes.items()}

    return Later(made)


def _slept(
    whole: Mapping[str, Mapping[str, Unit]], asleep: frozenset[Unit]
) -> dict[str, dict[str, Unit]]:
    """Lane → service → the unit that sleeps in the place of an answer."""
    slept = {
        name: {service: unit for service, unit in units.items() if unit in asleep}
        for name, units in (whole.items() if asleep else ())
    }
    return {name: units for name, units in slept.items() if units}


def _asked(
    tests: Mapping[Unit, Mapping[str, Smoke]],
    slept: Mapping[str, object],
    asleep: frozenset[Unit],
) -> dict[Unit, Mapping[str, Smoke]]:
    """The tests of units in whose lanes nothing sleeps."""
    return {
        unit: named
        for unit, named in tests.items()
        if unit not in asleep and str(unit) not in slept
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
