"""Istio's ambient mode: no proxy in pods, and a waypoint for each environment."""

from __future__ import annotations

from generator.targets.gateway import POD
from generator.targets.target import Capability, PlanePrinter, Registered

NAME = "waypoint"  # of the Gateway, and so of the account of its pods
PODS = {POD: NAME}  # labels of its pods
HBONE = 15008  # what the plane's tunnels listen on, in waypoints and in pods


def _printer() -> type[PlanePrinter]:
    from generator.targets.ambient.plane import Waypoints

    return Waypoints


# Whoever prints routes: a waypoint drops matches by the labels of a caller, and other clusters were
# not tried.
PLANE = Registered(
    frozenset(
        {
            Capability.ORIGIN,
            Capability.BAGGAGE,
            Capability.POD_LIMITS,
            Capability.IDENTITIES,
            Capability.TELEMETRY,
        }
    ),
    _printer,
    cannot=frozenset({Capability.CALLERS, Capability.FAR}),
    since=(1, 31),
    made=(NAME, POD),
    otherwise=(
        "who may call whom is decided at a waypoint; pods let in waypoints and the ingress",
        "a pod can open connections to services that it does not call, and is refused there (403)",
        "what is asked of pods is limited by what each replica of a waypoint sends, whoever calls",
        "names of environments that a service does not dial are refused (403), not unknown (502)",
    ),
)
