"""What lies outside the mesh, and who calls it: no lane leads there, and no unit runs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.views.explain import Hop


class Dial(NamedTuple):
    """A call that leaves the mesh: who makes it, and the external's name."""

    service: str
    unit: Unit
    external: str


def dials(plan: Plan, hops: Iterable[Hop]) -> list[Dial]:
    """The externals that the units of some hops call, each call once, in the order of the hops."""
    hosts = dict.fromkeys(
        Dial(hop.service, hop.target, external)
        for hop in hops
        if hop.target is not None
        for external in plan.dials.get(hop.service, ())
    )
    return list(hosts)


def callers(plan: Plan, external: str) -> Iterator[tuple[str, list[Unit]]]:
    """Services that call an external, each with the units that run it."""
    for service, called in sorted(plan.dials.items()):
        if external in called:
            yield service, [unit for unit, runs in sorted(plan.runs.items()) if service in runs]


def where(plan: Plan, external: str) -> str:
    """Its hosts, addresses and ports, in words."""
    told = plan.externals[external]
    ports = ", ".join(f"{protocol} {port}" for protocol, port in told.ports)
    return f"{', '.join((*told.hosts, *told.cidrs))}: {ports}"


def as_json(plan: Plan, external: str) -> dict[str, Any]:
    told = plan.externals[external]
    return {
        "version": 1,
        "external": external,
        "hosts": list(told.hosts),
        "cidrs": list(told.cidrs),
        "ports": [{"protocol": protocol, "port": port} for protocol, port in told.ports],
        "callers": [
            {"service": service, "units": [str(unit) for unit in units]}
            for service, units in callers(plan, external)
        ],
    }


def dials_json(plan: Plan, hops: Iterable[Hop]) -> list[dict[str, str]]:
    return [
        {"service": service, "unit": str(unit), "external": external}
        for service, unit, external in dials(plan, hops)
    ]
