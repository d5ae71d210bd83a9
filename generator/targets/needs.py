"""What a plan asks of its target, whatever that is."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from generator.plan import clusters, hosts
from generator.plan.hosts import VirtualHost
from generator.plan.plan import Plan
from generator.plan.services import Service
from generator.targets.target import Capability

Need = tuple[Capability, str]  # and who asks, in words


def needs(plan: Plan, environments: Collection[str]) -> Iterator[Need]:
    """Of a plan as one mesh sees it, in these environments; in no order, and perhaps several
    times."""
    yield from _of_mesh(plan)
    for name in clusters.present(plan, environments):
        for capability in _of_service(plan.services[name]):
            yield capability, f"the service {name}"
    for name in _running(plan, environments):
        if plan.services[name].listens == "localhost":
            yield Capability.LOCALHOST, f"the service {name}"
        if name in plan.dials:
            yield Capability.EXTERNALS, f"the service {name}"
    for name in environments:
        yield from _of_environment(plan, name)
    for host in _hosts(plan):
        yield from _of_routes(host, environments)


def _of_mesh(plan: Plan) -> Iterator[Need]:
    mesh = plan.platform.mesh
    if mesh.propagation == "baggage":
        yield Capability.BAGGAGE, "mesh.propagation"
    if mesh.mtls == "strict":
        yield Capability.IDENTITIES, "mesh.mtls"
    else:
        yield Capability.NO_IDENTITIES, "mesh.mtls"
    if plan.platform.telemetry:
        yield Capability.TELEMETRY, "telemetry"
    if clusters.beside(plan):
        yield Capability.FAR, "clusters of one mesh"


def _running(plan: Plan, environments: Collection[str]) -> list[str]:
    """The services that something in these environments runs."""
    units = (unit for name in environments for unit in plan.units(name))
    return sorted({service for unit in units for service in plan.runs[unit]})


def _of_environment(plan: Plan, name: str) -> Iterator[Need]:
    for unit in plan.units(name):
        if unit.branch is not None:
            yield Capability.ORIGIN, f"the branch {unit}"
        if any(run.adopted for run in plan.runs[unit].values()):
            yield Capability.ADOPTION, f"what {unit} adopted"
    if plan.environments[name].adopting:
        yield Capability.ADOPTION, f"the environment {name}"
    for service in _running(plan, [name]):
        for other in _dialled(plan, service, name):
            yield Capability.OTHERS, f"{service} in {name}, which dials names of {other}"


def _dialled(plan: Plan, service: str, environment: str) -> Iterator[str]:
    """Other environments with sidecars whose names for what it calls a service may dial."""
    calls = plan.services[service].calls
    for other in plan.addressed(service, environment):
        with_sidecars = other != environment and not plan.environments[other].has_waypoint
        if with_sidecars and not set(calls).isdisjoint(plan.known[other]):
            yield other


def _of_service(service: Service) -> Iterator[Capability]:
    traffic = service.traffic
    if traffic is not None and traffic.timeout:
        yield Capability.TIMEOUTS
    if traffic is not None and traffic.retries:
        yield Capability.TRIES
    if traffic is not None and traffic.shapes_pods:
        yield Capability.POD_LIMITS
    if service.names:
        yield Capability.PRIVATE_NAMES
    if any(entry.rewrite for entry in service.entry):
        yield Capability.REWRITES
    if any(entry.rewrite and not entry.exact for entry in service.entry):
        yield Capability.SEAMS


def _hosts(plan: Plan) -> Iterator[VirtualHost]:
    for environment, known in plan.known.items():
        for service in known:
            if host := hosts.of_service(plan, environment, service):
                yield host


def _of_routes(host: VirtualHost, environments: Collection[str]) -> Iterator[Need]:
    """Refusals are asked of where the host is, and who calls of where callers are: what carries
    requests there tells them."""
    who = f"the service {host.service} in {host.environment}"
    refused = any(route.unit is None for part in host.requests for route in part.routes)
    if refused and host.environment in environments:
        yield Capability.REFUSALS, who
    asking = {name for name in host.seen_from if name in environments}
    told = (route.match.caller for route in host.connections)
    if any(caller and caller.environment in asking for caller in told):
        yield Capability.CALLERS, who
