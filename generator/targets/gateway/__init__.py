"""Routes of the Gateway API, on the Services that callers address, and at an ingress that is a
Gateway."""

from __future__ import annotations

from generator.targets.target import Capability, Registered, RoutePrinter

GROUP = "gateway.networking.k8s.io"
POD = f"{GROUP}/gateway-name"  # the label that Istio gives the pods of a Gateway
ROUTE, GRANT = f"{GROUP}/v1", f"{GROUP}/v1beta1"
# What the definitions of the Gateway API take.
RULES = 16  # of an object
MATCHES, ALL_MATCHES = 64, 128  # of a rule, and of all rules of an object
LONGEST = 4000  # characters of lanes that one match names; an expression may have 4,096
HOSTS = 16  # of an object
GRANTED = 16  # whom one ReferenceGrant lets in


def _printer() -> type[RoutePrinter]:
    from generator.targets.gateway.routes import GatewayRoutes

    return GatewayRoutes


def _hosts() -> type[RoutePrinter]:
    from generator.targets.gateway.hosts import GatewayHosts

    return GatewayHosts


ROUTES = Registered(
    frozenset(
        {Capability.REFUSALS, Capability.CALLERS, Capability.TIMEOUTS},
    ),
    _printer,
    otherwise=(
        "a refusal tells its reason in a header too, and gRPC clients hear status 14",
        "namespaces outside of gen that dial a Service get its lanes",
    ),
)
# Whatever stands beside it: definitions know no tries, and other clusters were not tried.
INGRESS = Registered(
    frozenset({Capability.REFUSALS, Capability.REWRITES, Capability.TIMEOUTS}),
    _hosts,
    cannot=frozenset({Capability.TRIES, Capability.FAR}),
    since=(1, 31),
    otherwise=(
        "Istio makes the pods of the ingress, their Service and their account, by the Gateway",
    ),
)
