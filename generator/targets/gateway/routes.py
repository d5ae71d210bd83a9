"""Routes → HTTPRoutes and TCPRoutes, whose parents are the ports of Services and of private names.

HTTPRoutes also for gRPC: a GRPCRoute knows no timeouts, and of both on one port Istio follows the
HTTPRoute. Where raw TCP is told by its caller, which no TCPRoute can, its connections have a
VirtualService that says nothing of requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.plan.hosts import VirtualHost
from generator.plan.plan import Plan
from generator.plan.services import Port
from generator.targets import objects
from generator.targets.gateway import GROUP, ROUTE, rules
from generator.targets.gateway.printer import GatewayPrinter, unanswered
from generator.targets.gateway.rules import Backends, Body
from generator.targets.istio.virtual_services import VirtualServices
from generator.targets.objects import Object, new_object


class GatewayRoutes(GatewayPrinter):
    granted = ("HTTPRoute", "TCPRoute")
    standing = frozenset(
        {(GROUP, "HTTPRoute"), (GROUP, "TCPRoute"), (GROUP, "ReferenceGrant")}
        | VirtualServices.standing
    )

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._classic = VirtualServices(plan)

    def objects(self, host: VirtualHost) -> Iterator[Object]:
        for part in host.requests:
            for port in self.plan.web_ports(part.service):
                backends = Backends(self.plan, host.environment, port.port)
                made = [*rules.of_requests(backends, part, self.nobody(backends))]
                for end, held in rules.objects(made):
                    yield self._route("HTTPRoute", host, port, end, held)
        if any(route.match.caller for route in host.connections):
            yield from self._classic.objects(host._replace(requests=()))
        else:
            yield from self._connections(host)

    def on_answers(self) -> Iterator[tuple[str, str]]:
        """The text of refusals as their body."""
        yield "nobody", unanswered(self.plan)

    def _connections(self, host: VirtualHost) -> Iterator[Object]:
        """One route for each port, as there is no more to tell connections by."""
        service = str(host.service)
        for route in host.connections:
            if (unit := route.unit) is None:
                continue
            for port in self.plan.services[service].ports:
                if not port.has_headers:
                    backends = Backends(self.plan, host.environment, port.port)
                    rule = {"backendRefs": [backends.unit(service, unit)]}
                    yield self._route("TCPRoute", host, port, "", [rule])

    def _route(
        self, kind: str, host: VirtualHost, port: Port, end: str, held: list[Body]
    ) -> Object:
        """An object for a port of the host. Its backends need one, so that a route for all ports
        would lead from each to the same."""
        plan, parent = self.plan, str(host.service)
        group, what = "", "Service"
        if host.kind == "private":
            group, what, parent = "networking.istio.io", "ServiceEntry", f"{parent}.names"
        spec: dict[str, Any] = {
            "parentRefs": [{"group": group, "kind": what, "name": parent, "port": port.port}],
            "rules": held,
        }
        name = f"{parent}.{port.port}{end}"
        namespace = plan.environments[host.environment].namespace
        return new_object(plan, ROUTE, kind, name, namespace, objects.NAMES, spec)
