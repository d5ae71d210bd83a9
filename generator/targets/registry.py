"""All kinds of routes, planes and ingresses: a folder each, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.targets import ambient, gateway, istio, sidecar
from generator.targets.target import PlanePrinter, Registered, RoutePrinter, Target, Targets

if TYPE_CHECKING:
    from generator.plan.plan import Plan

ROUTES: dict[str, Registered[RoutePrinter]] = {
    "virtualService": istio.ROUTES,
    "gateway": gateway.ROUTES,
}
PLANES: dict[str, Registered[PlanePrinter]] = {
    "sidecar": sidecar.PLANE,
    "ambient": ambient.PLANE,
}

# Who prints the hosts of the ingress.
INGRESSES: dict[str, Registered[RoutePrinter]] = {
    "istio": istio.INGRESS,
    "gateway": gateway.INGRESS,
}


def targets(plan: Plan, chosen: Target | None = None) -> Targets:
    """What is printed for what: as the platform says of a cluster, or what is chosen for all."""

    def of(cluster: str, plane: str | None = None) -> Target:
        here = plan.platform.at(cluster)
        return chosen or target(plane or here.mesh.plane, here.mesh.routes, here.ingress.kind)

    return Targets(
        {name: of(name) for name in plan.clusters},
        {name: of(one.cluster, one.plane) for name, one in plan.environments.items()},
    )


def target(
    plane: str = "sidecar", routes: str = "virtualService", ingress: str = "istio"
) -> Target:
    return Target(plane, routes, ingress, PLANES[plane], ROUTES[routes], INGRESSES[ingress])
