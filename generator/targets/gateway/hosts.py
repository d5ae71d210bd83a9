"""Hosts of environments → HTTPRoutes, whose parent is the ingress as a Gateway of the Gateway API.

All HTTPRoutes of a host are read as one list, single paths first, then by the length of the path,
and of those with one path by the number of headers: the order in which the plan tries ways and
lanes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from generator.plan.hosts import Requests, VirtualHost
from generator.targets import gateway, objects
from generator.targets.gateway import GROUP, ROUTE, rules
from generator.targets.gateway.printer import GatewayPrinter
from generator.targets.gateway.rules import Backends, Body
from generator.targets.istio.virtual_services import VirtualServices
from generator.targets.objects import Object, new_object

Entered = tuple[str, int]  # a service, and its port


class GatewayHosts(GatewayPrinter):
    standing = frozenset(
        {(GROUP, "HTTPRoute"), (GROUP, "ReferenceGrant")} | VirtualServices.standing
    )

    def objects(self, host: VirtualHost) -> Iterator[Object]:
        """For each port that ways lead to, so that a service changes no object of another."""
        entered: dict[Entered, list[Requests]] = {}
        for part in host.requests:
            if part.way:
                entered.setdefault((part.service, part.way.port), []).append(part)
        for suffix, names in dealt(host.names):
            for (service, port), parts in entered.items():
                backends = Backends(self.plan, host.environment, port)
                nobody = self.nobody(backends)
                made = [one for part in parts for one in rules.of_requests(backends, part, nobody)]
                for end, held in rules.objects(made):
                    name = f"gen.hosts{suffix}.{service}.{port}{end}"
                    yield self._route(host.environment, name, names, held)

    def _route(self, environment: str, name: str, names: Sequence[str], held: list[Body]) -> Object:
        plan = self.plan
        parent = {
            "group": GROUP,
            "kind": "Gateway",
            "name": plan.platform.name,
            "namespace": plan.platform.ingress.namespace,
        }
        spec = {"hostnames": list(names), "parentRefs": [parent], "rules": held}
        namespace = plan.environments[environment].namespace
        return new_object(plan, ROUTE, "HTTPRoute", name, namespace, objects.EDGE, spec)


def dealt(names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Hosts by the objects that hold them, each with what its name has of it. Which hosts share one
    follows from themselves, so that another host moves none of them, until there are so many that
    all are dealt anew."""
    if len(names) <= gateway.HOSTS:
        yield "", list(names)
        return
    parts = 2
    while max(map(len, (held := _by_digest(names, parts)).values())) > gateway.HOSTS:
        parts *= 2
    for part, some in sorted(held.items()):
        yield f".{part}", some


def _by_digest(names: Sequence[str], parts: int) -> dict[int, list[str]]:
    held: dict[int, list[str]] = {}
    for name in names:
        digest = hashlib.sha256(name.encode()).digest()
        held.setdefault(int.from_bytes(digest[:4], "big") % parts, []).append(name)
    return held
