"""Sidecars: the call graph bounds what the proxies of a service know."""

from __future__ import annotations

from typing import Any

from generator.plan.plan import Plan
from generator.targets.kube.units import APPLICATION_PROTOCOLS
from generator.targets.sidecar import externals

Body = dict[str, Any]


def scope(plan: Plan, service: str, environment: str) -> Body:
    """What the Sidecar of a service in an environment says. Destinations of routes come along by
    themselves."""
    calls, dialled = plan.services[service].calls, plan.addressed(service, environment)
    known = sorted(host for callee in calls for host in _addresses(plan, callee, dialled))
    known += sorted(f"./{name}" for callee in calls for name in plan.private_hosts(callee))
    known += externals.hosts(plan, service)
    known += [f"{namespace}/*" for namespace in sorted(plan.platform.namespaces.reaches)]
    spec: Body = {"workloadSelector": {"labels": {"app.kubernetes.io/name": service}}}
    if plan.services[service].listens == "localhost" and plan.services[service].ports:
        spec["ingress"] = _listeners(plan, service)
    return spec | {"egress": [{"hosts": [*known, f"{plan.platform.mesh.root_namespace}/*"]}]}


def with_peers(scope: Body, namespace: str, peers: list[str]) -> Body:
    """The scope of a service that calls itself: its replicas' own names here are known too."""
    known = [f"{namespace}/{host}" for host in sorted(peers)]
    return dict(scope) | {"egress": [{"hosts": [*known, *scope["egress"][0]["hosts"]]}]}


def _addresses(plan: Plan, service: str, environments: list[str]) -> list[str]:
    """The service in each of these environments that knows it, as a scope names it."""
    return [
        f"{plan.environments[environment].namespace}/{plan.host(service, environment)}"
        for environment in environments
        if service in plan.known[environment]
    ]


def _listeners(plan: Plan, service: str) -> list[Body]:
    """Listing `ingress` replaces the listeners that Istio would make, so every port is listed."""
    listeners: list[Body] = []
    for port in plan.services[service].ports:
        number = port.target_port if isinstance(port.target_port, int) else port.port
        protocol = APPLICATION_PROTOCOLS[port.carrier or port.protocol].upper()
        listeners.append(
            {
                "port": {"number": number, "name": port.name, "protocol": protocol},
                "defaultEndpoint": f"127.0.0.1:{number}",
            }
        )
    return listeners
