"""Who may connect to whom by address: all connections come by a tunnel, to one port of waypoints
and pods. NetworkPolicies see who opens it: a waypoint, whoever called, or a proxy."""

from __future__ import annotations

from collections.abc import Iterator

from generator.plan.plan import Plan
from generator.plan.reach import calling, led_to
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.ambient import HBONE, PODS
from generator.targets.ambient.waypoint import PARAMETERS
from generator.targets.kube import network
from generator.targets.kube.network import Body, named
from generator.targets.objects import Object
from generator.vocabulary import names

PROBES = "169.254.7.127/32"  # where the plane has the kubelet's probes come from


def of_namespace(plan: Plan, environment: str) -> Iterator[Object]:
    """Denial by default but for the kubelet's probes; and who may connect to the waypoint."""
    ends = {*calls_end_in(plan, environment), *led_to(plan, environment)}
    probes: list[Body] = [{"from": network.ranges([PROBES])}]
    yield from network.of_namespace(plan, environment, probes, ends)
    if plan.platform.namespaces.network_policies == "none":
        return
    namespaces = [plan.environments[name].namespace for name in calling(plan, environment)]
    entered = [{"from": [network.inside(*namespaces)], "ports": network.tcp([HBONE])}]
    entered += network.observers(plan.platform.namespaces.observers)
    namespace, pods = plan.environments[environment].namespace, {"matchLabels": PODS}
    yield network.policy(plan, PARAMETERS, namespace, pods, {"ingress": entered})


def calls_end_in(plan: Plan, environment: str) -> Iterator[str]:
    """Environments whose waypoints pods of this one may dial."""
    near = (name for name in plan.residents if plan.environments[name].has_waypoint)
    return (name for name in near if environment in calling(plan, name))


def of_pods(plan: Plan, service: str, unit: Unit) -> Iterator[Object]:
    """Who comes to a service in a unit, each by a tunnel."""
    peers = network.comers(plan, service, unit)
    if not peers or plan.platform.namespaces.network_policies == "none":
        return
    rules: Body = {"ingress": [{"from": peers, "ports": network.tcp([HBONE])}]}
    pods = {"matchLabels": objects.selector(service, unit)}
    name = named(names.kubernetes_name(service, unit.branch), rules)
    namespace = plan.environments[unit.environment].namespace
    yield network.policy(plan, name, namespace, pods, rules, objects.NAMES)
