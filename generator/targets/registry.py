"""All kinds of routes and all planes: a folder each, and a line here."""

from __future__ import annotations

from generator.targets import istio, sidecar
from generator.targets.target import PlanePrinter, Registered, RoutePrinter, Target

ROUTES: dict[str, Registered[RoutePrinter]] = {
    "virtualService": istio.ROUTES,
}
PLANES: dict[str, Registered[PlanePrinter]] = {
    "sidecar": sidecar.PLANE,
}


def target(plane: str = "sidecar", routes: str = "virtualService") -> Target:
    return Target(plane, routes, PLANES[plane], ROUTES[routes])
