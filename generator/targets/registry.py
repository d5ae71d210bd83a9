"""All kinds of routes, planes and ingresses: a folder each, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.targets import ambient, gateway, istio, sidecar
from generator.targets.target import PlanePrinter, Registered, RoutePrinter, Target

if TYPE_CHECKING:
    from generator.plan.plan import Plan
    from generator.plan.platform import Platform

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


def of(platform: Platform) -> Target:
    """What a platform is printed for."""
    return target(platform.mesh.plane, platform.mesh.routes, platform.ingress.kind)


def targets(plan: Plan, chosen: Target | None = None) -> dict[str, Target]:
    """What each cluster is printed for: what the platform says of it, or what is chosen for all."""
    return {name: chosen or of(plan.platform.at(name)) for name in plan.clusters}


def target(
    plane: str = "sidecar", routes: str = "virtualService", ingress: str = "istio"
) -> Target:
    return Target(plane, routes, ingress, PLANES[plane], ROUTES[routes], INGRESSES[ingress])
