"""Istio's sidecars: a proxy in each pod."""

from __future__ import annotations

from generator.targets.target import Capability, PlanePrinter, Registered


def _printer() -> type[PlanePrinter]:
    from generator.targets.sidecar.plane import Sidecars

    return Sidecars


PLANE = Registered(
    frozenset(
        {
            Capability.ORIGIN,
            Capability.BAGGAGE,
            Capability.PRIVATE_NAMES,
            Capability.POD_LIMITS,
            Capability.LOCALHOST,
            Capability.IDENTITIES,
            Capability.NO_IDENTITIES,
            Capability.OTHERS,
            Capability.ADOPTION,
            Capability.EXTERNALS,
            Capability.TELEMETRY,
        }
    ),
    _printer,
)
