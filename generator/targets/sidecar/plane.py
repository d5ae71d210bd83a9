"""All that sidecars are told beside routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.plan.hosts import VirtualHost
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.istio import telemetry, traffic
from generator.targets.objects import NETWORKING, Object, new_object
from generator.targets.printed import Kind
from generator.targets.sidecar import externals, identities, origin, private, scopes
from generator.targets.target import PlanePrinter
from generator.targets.yaml_text import Shared

_NETWORKING, _SECURITY = "networking.istio.io", "security.istio.io"


class Sidecars(PlanePrinter):
    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._scopes: dict[str, Shared] = {}
        self._policies = identities.Policies(plan)

    @property
    def standing(self) -> frozenset[Kind]:
        shaped = (service.traffic for service in self.plan.services.values())
        pods = any(carried and carried.shapes_pods for carried in shaped)
        return frozenset(
            {
                (_NETWORKING, "EnvoyFilter"),
                (_NETWORKING, "ServiceEntry"),
                (_NETWORKING, "Sidecar"),
                (_SECURITY, "AuthorizationPolicy"),
                (_SECURITY, "PeerAuthentication"),
                *([(_NETWORKING, "DestinationRule")] if pods else []),
                *([telemetry.KIND] if self.plan.platform.telemetry else []),
            }
        )

    def labels(self) -> Mapping[str, str]:
        revision = self.plan.platform.mesh.revision
        return {"istio.io/rev": revision} if revision else {"istio-injection": "enabled"}

    def of_namespace(self, environment: str) -> Iterator[Object]:
        return identities.of_namespace(self.plan, environment)

    def of_environment(self, environment: str) -> Iterator[tuple[str, list[Object]]]:
        """What proxies tell, filters that are everybody's, what lies outside, and each branch's
        colour."""
        namespace = self.plan.environments[environment].namespace
        yield "telemetry", list(telemetry.telemetry(self.plan, namespace, objects.POLICY))
        yield "names", list(private.filters(self.plan, environment))
        yield "baggage", list(origin.of_namespace(self.plan, environment))
        yield "externals", list(externals.service_entries(self.plan, environment))
        for unit in self.plan.units(environment):
            if unit.branch is not None:
                yield f"branches/{unit.branch}", [origin.of_branch(self.plan, unit)]

    def registered(self, host: VirtualHost) -> Iterator[Object]:
        yield private.registered(self.plan, host)

    def of_pods(self, service: str, unit: Unit) -> Iterator[Object]:
        return traffic.of_unit(self.plan, service, unit)

    def scope(self, environment: str, service: str) -> Iterator[Object]:
        plan, namespace = self.plan, self.plan.environments[environment].namespace
        if service not in self._scopes:
            self._scopes[service] = Shared(scopes.scope(plan, service))
        scope = self._scopes[service]
        own = [unit for unit in plan.units(environment) if service in plan.runs[unit]]
        peers = [host for unit in own for host in plan.peers(service, unit)]
        scoped = scopes.with_peers(scope, namespace, peers) if peers else scope
        yield new_object(plan, NETWORKING, "Sidecar", service, namespace, objects.POLICY, scoped)

    def access(self, service: str, unit: Unit) -> Iterator[Object]:
        return self._policies.of_service(service, unit)
