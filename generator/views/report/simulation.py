"""What the page needs to follow a request by itself: the plan's answers with their reasons, and not
a word of how they are found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from generator.plan import clusters
from generator.plan.plan import Plan
from generator.plan.services import Handling, Service
from generator.plan.tenants import RULE_KINDS, Tenant
from generator.plan.units import Lane, Unit
from generator.views.explain import reason
from generator.vocabulary import telling


def simulation(plan: Plan) -> dict[str, Any]:
    """All of it."""
    return {
        **frame(plan),
        "lanes": {name: lane(plan, one) for name, one in sorted(plan.lanes.items())},
        "tenants": tenants(plan.tenants.values()),
    }


def frame(plan: Plan) -> dict[str, Any]:
    """All but the lanes and the tenants."""
    trusted = {name: one.hosts for name, one in plan.environments.items() if one.trusts_colour}
    hosts = {
        host: [environment, plan.host_lanes.get(host, environment)]
        for host, environment in sorted(plan.host_environments.items())
    }
    handlings, handling = _handling(plan)
    return {
        "header": plan.platform.mesh.header,
        "kinds": list(RULE_KINDS),
        "exact": telling.EXACT,
        "asleep": sorted(map(str, plan.asleep)),
        "environments": list(plan.environments),
        "trusted": {name: list(hosts) for name, hosts in trusted.items()},
        "hosts": hosts,
        "clusters": _clusters(plan),
        "entries": [[way.path, way.service, way.exact] for way in plan.entries()],
        "order": list(plan.services),
        "services": {name: _service(plan, name, one) for name, one in plan.services.items()},
        "handlings": handlings,
        "handling": handling,
    }


def _clusters(plan: Plan) -> dict[str, list[str]]:
    """Environment → its cluster in words, and its mesh; nothing where there is one cluster."""
    if not plan.platform.seats:
        return {}
    return {
        name: [clusters.named(one.cluster), plan.platform.mesh_of(one.cluster)]
        for name, one in plan.environments.items()
    }


def _service(plan: Plan, name: str, service: Service) -> dict[str, Any]:
    return {
        "calls": list(service.calls),
        "consumers": [list(pair) for pair in plan.consumers(name)],
        "dials": list(plan.dials.get(name, ())),
        "drops": service.drops_colour,
        "untouched": [
            str(unit) for unit, runs in plan.runs.items() if name in runs and runs[name].untouched
        ],
        "silent": service.forwards_colour is None,
        "takes": service.takes_colour,
    }


def lane(plan: Plan, told: Lane) -> dict[str, Any]:
    """`answers` holds, by the number of each service, which of `steps` answers (-1: none): a unit,
    or null where it sleeps, and why."""
    here, slept = plan.answers[told.name], plan.slept.get(told.name, {})
    steps: dict[tuple[Unit | None, str], int] = {}
    known: dict[tuple[Unit | None, Unit | None, bool], int] = {}  # what a reason hangs on
    answers = []
    for service in plan.services:
        target, asleep = here.get(service), slept.get(service)
        if target is None and asleep is None:
            answers.append(-1)
            continue
        told_by = target, asleep, service in told.pin
        if told_by not in known:
            step = target, reason(plan, service, told.name, target)
            known[told_by] = steps.setdefault(step, len(steps))
        answers.append(known[told_by])
    return {
        "begins": told.through[0].environment,
        "kind": told.kind,
        "steps": [[unit and str(unit), words] for unit, words in steps],
        "answers": answers,
    }


def _handling(plan: Plan) -> tuple[list[Any], dict[str, dict[str, int]]]:
    """Who handles messages, each table once; environment → consumer → which of them."""
    numbers: dict[int, int] = {}
    tables: list[Any] = []
    where: dict[str, dict[str, int]] = {}
    for (environment, consumer), handled in plan.handling.items():
        if id(handled) not in numbers:
            numbers[id(handled)] = len(tables)
            tables.append(_handled(handled))
        where.setdefault(environment, {})[consumer] = numbers[id(handled)]
    return tables, where


def _handled(handled: Handling) -> dict[str, Any]:
    lanes = {lane: unit and str(unit) for lane, unit in sorted(handled.lanes.items())}
    return {"lanes": lanes, "otherwise": handled.otherwise and str(handled.otherwise)}


def tenants(some: Iterable[Tenant]) -> dict[str, Any]:
    """By columns, in the plan's order, which is that of asking."""
    listed, kinds = list(some), {kind: number for number, kind in enumerate(RULE_KINDS)}
    return {
        "name": [tenant.name for tenant in listed],
        "rules": [
            [[kinds[kind], called, value] for kind, called, value in tenant.rules]
            for tenant in listed
        ],
        "choices": [[list(choice) for choice in tenant.choices] for tenant in listed],
        "sticky": [list(tenant.sticky) if tenant.sticky else None for tenant in listed],
    }
