"""All that sidecars are told beside routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.plan import reach
from generator.plan.hosts import VirtualHost
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.istio import telemetry, traffic
from generator.targets.kube import network
from generator.targets.lua.lua import FILTER_PRIORITY, FILTERS, insert_before_router
from generator.targets.objects import NETWORKING, Object, new_object
from generator.targets.printed import Kind
from generator.targets.sidecar import externals, identities, origin, private, scopes
from generator.targets.target import PlanePrinter

_NETWORKING, _SECURITY = "networking.istio.io", "security.istio.io"


class Sidecars(PlanePrinter):
    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._policies = identities.Policies(plan)

    @property
    def standing(self) -> frozenset[Kind]:
        return frozenset(
            {
                (_NETWORKING, "EnvoyFilter"),
                (_NETWORKING, "ServiceEntry"),
                (_NETWORKING, "Sidecar"),
                (_SECURITY, "AuthorizationPolicy"),
                (_SECURITY, "PeerAuthentication"),
                *traffic.standing(self.plan),
                *telemetry.standing(self.plan),
            }
        )

    def labels(self) -> Mapping[str, str]:
        revision = self.plan.platform.mesh.revision
        return {"istio.io/rev": revision} if revision else {"istio-injection": "enabled"}

    def joining(self) -> Mapping[str, str]:
        revision = self.plan.platform.mesh.revision
        return {"istio.io/rev": revision} if revision else {"sidecar.istio.io/inject": "true"}

    def of_namespace(self, environment: str) -> Iterator[Object]:
        yield from identities.of_namespace(self.plan, environment)
        yield from network.of_namespace(self.plan, environment)

    def of_environment(self, environment: str) -> Iterator[tuple[str, list[Object]]]:
        """What proxies tell, filters that are everybody's, and what lies outside."""
        namespace = self.plan.environments[environment].namespace
        yield "telemetry", list(telemetry.telemetry(self.plan, namespace, objects.POLICY))
        yield "names", list(private.filters(self.plan, environment))
        yield "baggage", list(origin.of_namespace(self.plan, environment))
        yield "externals", list(externals.service_entries(self.plan, environment))

    def on_answers(self, environment: str, name: str, lua: str) -> Object:
        """A filter of who asks."""
        plan, namespace = self.plan, self.plan.environments[environment].namespace
        patch = insert_before_router(origin.OUT, name, lua)
        spec = {"priority": FILTER_PRIORITY, "configPatches": [patch]}
        wave = objects.POLICY
        return new_object(plan, FILTERS, "EnvoyFilter", name, namespace, wave, spec)

    def of_branch(self, unit: Unit) -> Iterator[Object]:
        """The branch's colour."""
        yield origin.of_branch(self.plan, unit)

    def registered(self, host: VirtualHost) -> Iterator[Object]:
        yield private.registered(self.plan, host)

    def of_pods(self, service: str, unit: Unit) -> Iterator[Object]:
        return traffic.of_unit(self.plan, service, unit)

    def of_far_pods(self, service: str, unit: Unit, caller: str | None) -> Iterator[Object]:
        return traffic.of_far_unit(self.plan, service, unit, caller)

    def scope(self, environment: str, service: str) -> Iterator[Object]:
        plan, namespace = self.plan, self.plan.environments[environment].namespace
        scope = scopes.scope(plan, service, environment)
        own = [unit for unit in plan.units(environment) if service in plan.runs[unit]]
        peers = [host for unit in own for host in plan.peers(service, unit)]
        scoped = scopes.with_peers(scope, namespace, peers) if peers else scope
        yield new_object(plan, NETWORKING, "Sidecar", service, namespace, objects.POLICY, scoped)

    def access(self, service: str, unit: Unit) -> Iterator[Object]:
        yield from self._policies.of_service(service, unit)
        yield from network.of_service(self.plan, service, unit)

    def reads(self, environment: str) -> object:
        """The waypoints that lead there; what `scope` reads is told where scopes are printed."""
        return [reach.leading(self.plan, name) for name in self.plan.known[environment]]
