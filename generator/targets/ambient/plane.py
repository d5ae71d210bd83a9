"""All that the ambient plane is told beside routes: much of what sidecars need it does not."""

# ruff: noqa: ARG002

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.plan.hosts import VirtualHost
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.ambient import NAME, origin, policies, tunnels, waypoint
from generator.targets.gateway import GROUP
from generator.targets.istio import telemetry, traffic
from generator.targets.objects import Object
from generator.targets.printed import Kind
from generator.targets.sidecar import identities
from generator.targets.target import PlanePrinter


class Waypoints(PlanePrinter):
    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._policies = identities.Policies(plan)

    @property
    def standing(self) -> frozenset[Kind]:
        """With the kinds of sidecars, which leave when an environment changes its plane."""
        return frozenset(
            {
                (GROUP, "Gateway"),
                (origin.EXTENSIONS, "TrafficExtension"),
                ("networking.istio.io", "EnvoyFilter"),
                ("networking.istio.io", "Sidecar"),
                ("security.istio.io", "AuthorizationPolicy"),
                ("security.istio.io", "PeerAuthentication"),
                *traffic.standing(self.plan),
                *telemetry.standing(self.plan),
            }
        )

    def labels(self) -> Mapping[str, str]:
        return {"istio.io/dataplane-mode": "ambient"}

    def joining(self) -> Mapping[str, str]:
        return self.labels()

    def addressed(self) -> Mapping[str, str]:
        return {"istio.io/use-waypoint": NAME}

    def of_namespace(self, environment: str) -> Iterator[Object]:
        """Denial at pods and at the waypoint comes with the waypoint, and so does the colour that
        it gives."""
        yield from identities.of_namespace(self.plan, environment)
        yield policies.of_namespace(self.plan, environment)
        yield origin.of_environment(self.plan, environment)
        yield from waypoint.of_environment(self.plan, environment)
        yield from tunnels.of_namespace(self.plan, environment)

    def of_environment(self, environment: str) -> Iterator[tuple[str, list[Object]]]:
        """What the waypoint tells: it holds to a Telemetry of its whole namespace."""
        namespace = self.plan.environments[environment].namespace
        yield "telemetry", list(telemetry.telemetry(self.plan, namespace, objects.POLICY))

    def on_answers(self, environment: str, name: str, lua: str) -> Object:
        return origin.extension(self.plan, environment, name, {}, lua)

    def of_branch(self, unit: Unit) -> Iterator[Object]:
        """Nothing: the accounts of its pods tell the branch."""
        yield from ()

    def registered(self, host: VirtualHost) -> Iterator[Object]:
        yield from ()

    def of_pods(self, service: str, unit: Unit) -> Iterator[Object]:
        """Waypoints count what they send, whoever calls."""
        return traffic.of_unit(self.plan, service, unit)

    def of_far_pods(self, service: str, unit: Unit, caller: str | None) -> Iterator[Object]:
        yield from ()

    def scope(self, environment: str, service: str) -> Iterator[Object]:
        """Nothing: a waypoint knows the services of its environment, whoever calls."""
        yield from ()

    def access(self, service: str, unit: Unit) -> Iterator[Object]:
        yield from self._policies.of_service(service, unit)
        yield from tunnels.of_pods(self.plan, service, unit)

    def reads(self, environment: str) -> object:
        """Lanes, and what other environments know: it is printed to be told apart."""
        known = self.plan.known[environment]
        own = [
            (service, unit)
            for unit in self.plan.units(environment)
            for service in self.plan.runs[unit]
        ]
        gates = [made for service in known for made in self.gate(environment, service)]
        pods = [
            made
            for service, unit in own
            for made in (*self.access(service, unit), *self.of_pods(service, unit))
        ]
        return [(made.name, made.body) for made in (*gates, *pods)]

    def gate(self, environment: str, service: str) -> Iterator[Object]:
        return policies.of_service(self.plan, environment, service)
