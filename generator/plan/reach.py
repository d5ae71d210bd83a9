"""Which waypoints a call can come by: it goes through that of the environment it is addressed to,
and from there straight to the pod that answers, wherever that is."""

from __future__ import annotations

from generator.plan import hosts
from generator.plan.plan import Plan
from generator.plan.units import Caller
from generator.vocabulary import names


def calling(plan: Plan, environment: str) -> list[str]:
    """Environments whose pods may dial names in this one, whatever runs in them."""
    named = {*plan.platform.mesh.addresses}
    for service in plan.services.values():
        named.update(service.addresses)
    if "*" in named or environment in named:
        return list(plan.residents)
    return [environment]


def dials(plan: Plan, caller: Caller, environment: str) -> bool:
    """Whether a caller dials names of an environment at all: smoke tests those of their own alone,
    and services what is said of them."""
    service, unit = caller
    if service == names.TESTER:
        return unit.environment == environment
    return environment in plan.addressed(service, unit.environment)


def leading(plan: Plan, service: str) -> list[str]:
    """Environments whose waypoints lead to versions of a service: all that know it have the same
    lanes."""
    known = (name for name in plan.residents if service in plan.known[name])
    return [name for name in known if hosts.of_service(plan, name, service)]


def led_to(plan: Plan, environment: str) -> set[str]:
    """Environments that the waypoint of this one leads to."""
    units = {
        unit
        for service in plan.known[environment]
        for answers in plan.answers.values()
        if (unit := answers.get(service))
    }
    return {unit.environment for unit in units}
