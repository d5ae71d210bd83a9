"""What the page needs to follow a request by itself: the plan's answers with their reasons, and not
a word of how they are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.plan.plan import Plan
from generator.plan.services import Handling, Service
from generator.plan.tenants import RULE_KINDS
from generator.plan.units import Lane, Unit
from generator.views.explain import reason
from generator.vocabulary import telling


def simulation(plan: Plan) -> dict[str, Any]:
    """Units and services are named by their number from here on."""
    units = {unit: number for number, unit in enumerate(sorted(plan.runs))}
    trusted = {name: one.hosts for name, one in plan.environments.items() if one.trusts_colour}
    hosts = {
        host: [environment, plan.host_lanes.get(host, environment)]
        for host, environment in sorted(plan.host_environments.items())
    }
    handlings, handling = _handling(plan, units)
    return {
        "header": plan.platform.mesh.header,
        "kinds": list(RULE_KINDS),
        "exact": telling.EXACT,
        "units": [str(unit) for unit in units],
        "asleep": [number for unit, number in units.items() if unit in plan.asleep],
        "environments": list(plan.environments),
        "trusted": {name: list(hosts) for name, hosts in trusted.items()},
        "hosts": hosts,
        "entries": [[way.path, way.service, way.exact] for way in plan.entries()],
        "order": list(plan.services),
        "services": {name: _service(plan, name, one) for name, one in plan.services.items()},
        "lanes": {name: _lane(plan, lane, units) for name, lane in sorted(plan.lanes.items())},
        "handlings": handlings,
        "handling": handling,
        "tenants": _tenants(plan),
    }


def _service(plan: Plan, name: str, service: Service) -> dict[str, Any]:
    return {
        "calls": list(service.calls),
        "consumers": [list(pair) for pair in plan.consumers(name)],
        "dials": list(plan.dials.get(name, ())),
        "drops": service.drops_colour,
        "silent": service.forwards_colour is None,
        "takes": service.takes_colour,
    }


def _lane(plan: Plan, lane: Lane, units: Mapping[Unit, int]) -> dict[str, Any]:
    """`answers` holds, by the number of each service, which of `steps` answers (-1: none): a unit,
    or null where it sleeps, and why."""
    steps: dict[tuple[Unit | None, str], int] = {}
    answers = []
    for service in plan.services:
        target = plan.answers[lane.name].get(service)
        if target is None and plan.sleeper(lane.name, service) is None:
            answers.append(-1)
            continue
        step = target, reason(plan, service, lane.name, target)
        answers.append(steps.setdefault(step, len(steps)))
    return {
        "begins": lane.through[0].environment,
        "kind": lane.kind,
        "steps": [[None if unit is None else units[unit], words] for unit, words in steps],
        "answers": answers,
    }


def _handling(plan: Plan, units: Mapping[Unit, int]) -> tuple[list[Any], dict[str, dict[str, int]]]:
    """Who handles messages, each table once; environment → consumer → which of them."""
    numbers: dict[int, int] = {}
    tables: list[Any] = []
    where: dict[str, dict[str, int]] = {}
    for (environment, consumer), handled in plan.handling.items():
        if id(handled) not in numbers:
            numbers[id(handled)] = len(tables)
            tables.append(_handled(handled, units))
        where.setdefault(environment, {})[consumer] = numbers[id(handled)]
    return tables, where


def _handled(handled: Handling, units: Mapping[Unit, int]) -> dict[str, Any]:
    def number(unit: Unit | None) -> int | None:
        return None if unit is None else units[unit]

    lanes = {lane: number(unit) for lane, unit in sorted(handled.lanes.items())}
    return {"lanes": lanes, "otherwise": number(handled.otherwise)}


def _tenants(plan: Plan) -> dict[str, Any]:
    """By columns, in the plan's order, which is that of asking."""
    tenants = plan.tenants.values()
    kinds = {kind: number for number, kind in enumerate(RULE_KINDS)}
    return {
        "name": [tenant.name for tenant in tenants],
        "rules": [
            [[kinds[kind], called, value] for kind, called, value in tenant.rules]
            for tenant in tenants
        ],
        "choices": [[list(choice) for choice in tenant.choices] for tenant in tenants],
        "sticky": [list(tenant.sticky) if tenant.sticky else None for tenant in tenants],
    }
