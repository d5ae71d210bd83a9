"""By which way a call comes to a pod.

A pod with a proxy of its own follows routes itself, and goes from there straight to the pod that
answers, under its own identity. What a pod without one asks for goes through the waypoint of the
environment that it is addressed to, and comes to the pod that answers under the waypoint's. Either
may lead to pods of either kind.
"""

from __future__ import annotations

from typing import NamedTuple

from generator.plan import hosts
from generator.plan.plan import Plan
from generator.plan.units import Caller, Unit
from generator.vocabulary import names


class Comers(NamedTuple):
    """Who opens connections to the pods of a service in a unit: the ingress, callers that follow
    routes themselves, the waypoints of these environments, and its replicas, where they have no
    proxies and know each other."""

    ingress: bool
    themselves: tuple[Caller, ...]
    waypoints: list[str]
    replicas: bool


def comers(plan: Plan, service: str, unit: Unit) -> Comers:
    """Of those who are let in there. Nobody, while all sleeps that could be led there."""
    allowed = plan.allowed.get((service, unit), ())
    callers = [caller for caller in allowed if caller is not None]
    themselves = tuple(caller for caller in callers if follows(plan, caller))
    waypoints = leading(plan, service) if len(themselves) < len(callers) else []
    known = bool(allowed and plan.environments[unit.environment].has_waypoint)
    replicas = known and bool(plan.peers(service, unit))
    return Comers(None in allowed, themselves, waypoints, replicas)


def follows(plan: Plan, caller: Caller) -> bool:
    """Whether a caller follows routes itself."""
    return not plan.environments[caller[1].environment].has_waypoint


def calling(plan: Plan, environment: str) -> list[str]:
    """Environments whose pods may come to the waypoint of this one, whatever runs in them."""
    named = {*plan.platform.mesh.addresses}
    for service in plan.services.values():
        named.update(service.addresses)
    if "*" in named or environment in named:
        return _with_waypoints(plan)
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
    known = (name for name in _with_waypoints(plan) if service in plan.known[name])
    return [name for name in known if hosts.of_service(plan, name, service)]


def sending(plan: Plan, service: str) -> set[str]:
    """Environments whose proxies may send something to a service, wherever it runs."""
    calling = (name for name in plan.calling(service) if not plan.environments[name].has_waypoint)
    return {*calling, *leading(plan, service)}


def led_to(plan: Plan, environment: str) -> set[str]:
    """Environments that the waypoint of this one leads to."""
    units = {
        unit
        for service in plan.known[environment]
        for answers in plan.answers.values()
        if (unit := answers.get(service))
    }
    return {unit.environment for unit in units}


def _with_waypoints(plan: Plan) -> list[str]:
    return [name for name in plan.residents if plan.environments[name].has_waypoint]
