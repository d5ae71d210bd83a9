"""Resolved → Plan: who answers whom, which names exist where, who may call whom.

Cost: lanes × services that differ, never tenants × services; and only when somebody reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from generator.compiler.resolve import Resolved
from generator.plan import access, isolation, moving, queues, routing
from generator.plan.isolation import Answers
from generator.plan.plan import Plan
from generator.plan.services import Run, Service, Smoke
from generator.plan.units import Caller, Lane, Unit
from generator.vocabulary.later import Later


def plan(resolved: Resolved, *, awake: bool = False, moved: Sequence[Lane] = ()) -> Plan:
    """The plan of a project without errors, or what it would be if all were `awake`. `moved` are
    lanes as they were led before, and requests may still come."""
    names = resolved.names
    asleep = routing.NONE if awake else names.asleep
    extends = {name: environment.extends for name, environment in resolved.environments.items()}
    services, lanes = names.services, resolved.lanes
    runs = Later(lambda: dict(sorted(resolved.runs.items())))
    answers, whole, slept = _answered(lanes, runs, extends, asleep)
    tests = _asked(resolved.tests, slept, asleep)
    handling = Later(lambda: queues.handling(lanes, whole, services, runs, extends))
    ways = isolation.Ways(services, runs, handling)
    callers = _callers(lanes, answers, ways, tests)
    candidates = _candidates(lanes, runs, extends, asleep, moved)
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
        allowed=_let_in(callers, lanes, answers, candidates, ways, moved),
        handling=handling,
        reached=cache(lambda lane: ways.reached(lanes[lane], answers[lane])),
        tests=tests,
        externals=names.externals,
        dials=names.dials,
        kinds=names.kinds.brought,
        left_out=names.kinds.left_out,
        references=names.kinds.references,
    )


Callers = Mapping[Caller, tuple[Caller | None, ...]]


def _callers(
    lanes: Mapping[str, Lane],
    answers: Answers,
    ways: isolation.Ways,
    tests: Mapping[Unit, Mapping[str, Smoke]],
) -> Callers:
    """Who calls in some lane; and smoke tests, what they ask."""
    testers = Later(lambda: dict.fromkeys(isolation.testers(tests, answers)))
    return Later(lambda: isolation.callers(lanes, answers, ways, testers))


def _candidates(
    lanes: Mapping[str, Lane],
    runs: Mapping[Unit, Mapping[str, Run]],
    extends: routing.Extends,
    asleep: frozenset[Unit],
    moved: Sequence[Lane],
) -> Mapping[str, Mapping[str, tuple[Unit, ...]]]:
    """Lane → service → who may answer as what sleeps or drains comes back, or has just left, or as
    a lane is led elsewhere: first who would if all were awake. Empty if nothing of it happens."""

    def made() -> dict[str, Mapping[str, tuple[Unit, ...]]]:
        rests = {
            (unit, service)
            for unit, versions in runs.items()
            for service, run in versions.items()
            if unit in asleep or run.draining
        }
        if not rests and not moved:
            return {}
        found: dict[str, Mapping[str, tuple[Unit, ...]]] = {
            name: routing.candidates(lane, runs, extends, rests) for name, lane in lanes.items()
        }
        for way in moved:
            before = routing.candidates(way, runs, extends, rests)
            found[way.name] = _both(found[way.name], before)
        return found

    return Later(made)


def _both(
    now: Mapping[str, tuple[Unit, ...]], before: Mapping[str, tuple[Unit, ...]]
) -> dict[str, tuple[Unit, ...]]:
    more = {service: units for service, units in before.items() if service not in now}
    return more | {
        service: tuple(dict.fromkeys((*units, *before.get(service, ()))))
        for service, units in now.items()
    }


def _let_in(
    callers: Callers,
    lanes: Mapping[str, Lane],
    answers: Answers,
    candidates: access.Candidates,
    ways: isolation.Ways,
    moved: Sequence[Lane],
) -> Callers:
    """Whom policies let in: who calls, and those too who would call if nothing slept or drained, or
    would on the way there, since policies come before routes; and who did before lanes `moved`."""

    def made() -> dict[Caller, tuple[Caller | None, ...]]:
        if not candidates:
            places = {unit.environment for unit in ways.runs}
            settled = {
                name: {service: (unit,) for service, unit in answers[name].items()}
                for name in places
            }
            return access.allowed(callers, lanes, settled, ways.services, ways.handling)
        awake = {
            name: {service: units[0] for service, units in of_lane.items()}
            for name, of_lane in candidates.items()
        }
        then = isolation.callers(lanes, awake, ways)
        states = {
            name: [(lane, answers[name]), (lane, awake[name])] for name, lane in lanes.items()
        }
        for way in moved:
            states[way.name].append((way, routing.answers(way, ways.runs, {})))
        between = moving.callers(states, candidates, ways)
        some = access.united(callers, then, between)
        return access.allowed(some, lanes, candidates, ways.services, ways.handling)

    return Later(made)


def _open(runs: Mapping[Unit, Mapping[str, Run]]) -> dict[Unit, dict[str, Run]]:
    """What lanes may lead to: all that runs and is not draining."""
    return {
        unit: {service: run for service, run in versions.items() if not run.draining}
        for unit, versions in runs.items()
    }


def _answered(
    lanes: Mapping[str, Lane],
    runs: Mapping[Unit, Mapping[str, Run]],
    extends: routing.Extends,
    asleep: frozenset[Unit],
) -> tuple[Answers, Answers, Answers]:
    """Lane → service → who answers; who would if all were awake; and who sleeps in the place of
    that answer."""
    whole = _answers(lanes, runs, extends)
    answers = _answers(lanes, runs, extends, asleep) if asleep else whole
    return answers, whole, Later(lambda: _slept(whole, asleep))


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


def _slept(whole: Answers, asleep: frozenset[Unit]) -> dict[str, Mapping[str, Unit]]:
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
) -> Mapping[Unit, Mapping[str, Smoke]]:
    """The tests of units in whose lanes nothing sleeps."""
    if not asleep:
        return tests
    return Later(
        lambda: {
            unit: named
            for unit, named in tests.items()
            if unit not in asleep and str(unit) not in slept
        }
    )


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
