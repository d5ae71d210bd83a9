"""Routes as VirtualServices."""

from __future__ import annotations

from generator.targets.target import Capability, Registered, RoutePrinter

LONGEST_REGEX = 1000  # characters of lanes that one route matches; Istio takes 1024


def _printer() -> type[RoutePrinter]:
    from generator.targets.istio.virtual_services import VirtualServices

    return VirtualServices


ROUTES = Registered(
    frozenset(
        {
            Capability.REFUSALS,
            Capability.CALLERS,
            Capability.TIMEOUTS,
            Capability.TRIES,
            Capability.FAR,
        }
    ),
    _printer,
)
INGRESS = Registered(
    frozenset({Capability.REFUSALS, Capability.REWRITES, Capability.SEAMS}),
    _printer,
)
