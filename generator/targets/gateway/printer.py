"""What all routes of the Gateway API need beside themselves: leave to lead to other namespaces, and
a Service without endpoints for what nobody answers."""

from __future__ import annotations

from collections.abc import Iterator

from generator.plan.plan import Plan
from generator.targets import gateway, objects
from generator.targets.gateway import GRANT, GROUP
from generator.targets.gateway.rules import Backends, Body, nobody_header
from generator.targets.lua.lua import program, quote
from generator.targets.objects import Object, new_object
from generator.targets.target import RoutePrinter

NOBODY = "gen.nobody"  # the filter, and the file of the Service
PORT = 80  # of nobody


def unanswered(plan: Plan) -> str:
    """Lua that makes the text of a refusal its body."""
    header = quote(nobody_header(plan.platform.mesh.header))
    return f"local NOBODY = {header}\n\n{program('unanswered')}"


class GatewayPrinter(RoutePrinter):
    granted: tuple[str, ...] = ("HTTPRoute",)  # kinds that lead to other environments

    def of_cluster(self) -> Iterator[tuple[str, list[Object]]]:
        """The Service that leads nowhere, for what nobody answers."""
        plan = self.plan
        ports = {
            "ports": [{"name": "http", "port": PORT, "protocol": "TCP", "appProtocol": "http"}]
        }
        name, namespace = self._name_of_nobody(), plan.platform.ingress.namespace
        service = new_object(plan, "v1", "Service", name, namespace, objects.NAMES, ports)
        allowed = self._grants(namespace, list(plan.residents), ("HTTPRoute",), {"name": name})
        yield NOBODY, [service, *allowed]

    def of_environment(self, environment: str) -> Iterator[tuple[str, list[Object]]]:
        """Who may lead here."""
        others = [name for name in self.plan.residents if name != environment]
        namespace = self.plan.environments[environment].namespace
        yield "routes", list(self._grants(namespace, others, self.granted, {}))

    def nobody(self, backends: Backends) -> Body:
        namespace = self.plan.platform.ingress.namespace
        return backends.service(self._name_of_nobody(), namespace, PORT)

    def _name_of_nobody(self) -> str:
        """Named by the platform: several may share a gateway's namespace."""
        return f"{self.plan.platform.name}-nobody"

    def _grants(
        self, namespace: str, callers: list[str], kinds: tuple[str, ...], service: dict[str, str]
    ) -> Iterator[Object]:
        """ReferenceGrants: routes of these environments may lead to Services of the namespace."""
        spaces = sorted({self.plan.environments[name].namespace for name in callers})
        whose = [
            {"group": GROUP, "kind": kind, "namespace": space} for space in spaces for kind in kinds
        ]
        for index, start in enumerate(range(0, len(whose), gateway.GRANTED)):
            spec = {
                "from": whose[start : start + gateway.GRANTED],
                "to": [{"group": "", "kind": "Service", **service}],
            }
            name = f"{service.get('name', 'gen.routes')}" + (f".{index}" if index else "")
            kind, wave = "ReferenceGrant", objects.POLICY
            yield new_object(self.plan, GRANT, kind, name, namespace, wave, spec)
