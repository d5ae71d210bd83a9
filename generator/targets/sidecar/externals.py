"""What lies outside the mesh, where it is called: an entry in the registry of each environment."""

from __future__ import annotations

from collections.abc import Iterator

from generator.plan.plan import Plan
from generator.plan.services import External
from generator.targets import objects
from generator.targets.objects import NETWORKING, Object, new_object


def hosts(plan: Plan, service: str) -> list[str]:
    """Hosts of the externals that a service calls, as its scope names them."""
    scoped: set[str] = set()
    for name in plan.dials.get(service, ()):
        external = plan.externals[name]
        scoped |= {f"./{host}" for host in external.hosts}
        scoped |= {f"./{_made_up(name)}"} if external.cidrs else set()
    return sorted(scoped)


def service_entries(plan: Plan, environment: str) -> Iterator[Object]:
    """ServiceEntries: of hosts one that resolves them, where no `*` keeps it from that; of
    addresses one that takes what is dialled."""
    for name in plan.dialled(environment):
        external = plan.externals[name]
        below = tuple(host for host in external.hosts if host.startswith("*."))
        whole = tuple(host for host in external.hosts if host not in below)
        if whole:
            yield _entry(plan, environment, f"external.{name}", external, "DNS", whole)
        if below:
            yield _entry(plan, environment, f"external.{name}.below", external, "NONE", below)
        if external.cidrs:
            made = (_made_up(name),)
            entry = _entry(plan, environment, f"external.{name}.cidrs", external, "NONE", made)
            entry.body["spec"]["addresses"] = list(external.cidrs)
            yield entry


def _made_up(name: str) -> str:
    """A host for what has addresses alone: Istio wants one, and nobody dials it."""
    return f"{name}.external.gen"


def _entry(
    plan: Plan,
    environment: str,
    name: str,
    external: External,
    resolution: str,
    named: tuple[str, ...],
) -> Object:
    ports = [
        {"number": port, "name": f"{protocol}-{port}", "protocol": protocol.upper()}
        for protocol, port in external.ports
    ]
    spec = {
        "hosts": list(named),
        "exportTo": ["."],
        "location": "MESH_EXTERNAL",
        "resolution": resolution,
        "ports": ports,
    }
    namespace = plan.environments[environment].namespace
    return new_object(plan, NETWORKING, "ServiceEntry", name, namespace, objects.NAMES, spec)
