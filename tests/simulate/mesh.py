"""The mesh as a whole: a request goes out of a pod, and an answer comes back, in the words of `make mesh`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.mesh.kubelet import Object
from tests.simulate.access import Access, principal
from tests.simulate.filters import GATEWAY, SIDECAR, Chain, Lines, joined
from tests.simulate.gateway import Gateway
from tests.simulate.istio import Cluster, Outbound, Registry
from tests.simulate.routes import VirtualHost

Answer = dict[str, Any]
EACH = "1.39"  # from this Envoy on each line of a header is matched alone
UNCONNECTED = "upstream connect error or disconnect/reset before headers"


@dataclass(frozen=True)
class Request:
    path: str
    lines: Lines
    port: int
    tcp: bool = False

    def failed(self, status: int, body: str = "") -> Answer:
        """Raw bytes get no answer at all."""
        return {"error": "closed"} if self.tcp else {"status": status, "body": body}


class Mesh:
    """`colour`: the header whose value applications tell; `forwards`: the one that they copy into their own calls.
    `firewalled`: the network refuses, and identities do not."""

    def __init__(
        self, objects: list[Object], colour: str, forwards: str, envoy: str, *, firewalled: bool
    ) -> None:
        self.registry = Registry(objects)
        self.colour, self.forwards = colour, forwards
        self.each, self.firewalled = envoy >= EACH, firewalled
        self._access: dict[str, Access] = {}
        self._sidecars: dict[str, Sidecar] = {}
        modes = {item["spec"]["mtls"]["mode"] for item in self.registry.kinds["PeerAuthentication"]}
        self.identified = "STRICT" in modes

    def sidecar(self, address: str) -> Sidecar:
        if address not in self._sidecars:
            self._sidecars[address] = Sidecar(self, self.registry.pods[address])
        return self._sidecars[address]

    def arrive(self, caller: Object, cluster: Cluster | None, request: Request) -> Answer:
        """At an endpoint; pods behind one name are one here. A cluster that the proxy does not have (Envoy: NC), one
        without endpoints (UH) and a connection that the network refuses (UF) are errors of the proxy that calls."""
        if cluster is None:
            return request.failed(503)
        if not cluster.endpoints:
            return request.failed(503, "no healthy upstream")
        address, port = cluster.endpoints[0]
        if address not in self._access:
            self._access[address] = Access(self.registry, self.registry.pods[address])
        access = self._access[address]
        if self.firewalled:
            if not access.connects(caller, port):
                return request.failed(503, UNCONNECTED)
        elif self.identified and not access.lets_in(principal(caller)):
            return request.failed(403, "RBAC: access denied")
        return {"status": 200, "body": json.dumps(self._said(address, port, request))}

    def _said(self, address: str, port: int, request: Request) -> Answer:
        """What an application says: its address, the colour that arrived, and what it got where it was told to call
        on, as `tests/mesh/peer` does."""
        headers = dict(joined(request.lines))
        colours = headers.get(self.colour)
        said: Answer = {"address": address, "port": port, "colour": colours and ", ".join(colours)}
        if via := parse_qs(urlsplit(request.path).query).get("via"):
            said["next"] = self._call(address, via[0], headers.get(self.forwards, ()))
        return said

    def _call(self, address: str, via: str, received: tuple[str, ...]) -> Answer:
        first, _, rest = via.partition(";")
        to, port, host, forwards = first.split(",")
        headers = [[self.forwards, ", ".join(received)]] if forwards == "1" and received else []
        path = f"/?via={rest}" if rest else "/"
        answer = self.sidecar(address).ask(to, int(port), host, path, headers)
        if answer.get("status") != 200:
            return {"error": answer.get("error") or f"{answer['status']} {answer['body']}"}
        said: Answer = json.loads(answer["body"])
        return said

    def routed(
        self, host: VirtualHost, way: Outbound | Gateway, caller: Object, request: Request
    ) -> Answer:
        """Where no route fits there is none (Envoy: NR)."""
        does = host.find(request.path, dict(joined(request.lines)), self.each)
        if does is None:
            return request.failed(404)
        if does.host is None:
            return {"status": does.status, "body": does.body}
        return self.arrive(caller, way.cluster(does, request.port), request)


class Sidecar:
    """A pod that calls, through its sidecar. The words of a request are those of the client of `make mesh`."""

    def __init__(self, mesh: Mesh, pod: Object) -> None:
        self.mesh, self.pod = mesh, pod
        metadata = pod["metadata"]
        self.way = Outbound(mesh.registry, metadata["namespace"], metadata["labels"])
        self.chain = Chain(mesh.registry, pod, SIDECAR)

    def ask(
        self,
        address: str,
        port: int,
        host: str = "",
        path: str = "/",
        headers: Any = (),
        http2: bool = False,
        tcp: bool = False,
    ) -> Answer:
        """A listener of the address comes before that of a port alone. What fits neither is nobody's, as is a host
        that no virtual host names (`outboundTrafficPolicy: REGISTRY_ONLY`)."""
        request = Request(path, written(host, path, headers), port, tcp)
        if (address, port) in self.way.connections:
            does = self.way.connections[address, port]
            return self.mesh.arrive(self.pod, does and self.way.cluster(does, port), request)
        hosts = self.way.virtual_hosts(port)
        if tcp or not hosts:
            return {"error": "closed"}
        passed = self.chain.run(request.lines, None, f"{address}:{port}")
        found = hosts.get(named(dict(passed.lines).get(self.chain.chooser, "")))
        if found is None:
            return request.failed(502)
        return self.mesh.routed(found, self.way, self.pod, Request(path, passed.lines, port))


class Ingress:
    """The gateway's pod, as a client outside asks it. `drawn`: whether the last lane was drawn by lot."""

    def __init__(self, mesh: Mesh, pod: Object, port: int) -> None:
        self.mesh, self.pod, self.drawn = mesh, pod, False
        self.way = Gateway(mesh.registry, pod, port)
        self.chain = Chain(mesh.registry, pod, GATEWAY)

    def ask(
        self,
        address: str,
        port: int,
        host: str,
        path: str = "/",
        headers: Any = (),
        http2: bool = False,
    ) -> Answer:
        """A token that nobody proves is 401, a host of nobody 404."""
        request = Request(path, written(host, path, headers), port)
        claims = self.way.claims(dict(request.lines).get("authorization", ""))
        if claims is None:
            return request.failed(401)
        found = self.way.hosts.get(named(host))
        if found is None:
            return request.failed(404)
        passed = self.chain.run(request.lines, claims or None, f"{address}:{port}")
        self.drawn = passed.drawn
        return self.mesh.routed(found, self.way, self.pod, Request(path, passed.lines, port))


def written(host: str, path: str, headers: Any) -> Lines:
    """A request's headers as filters see them: names in lower case, values without blanks around (RFC 9110)."""
    lines = [(":authority", host), (":path", path)]
    return tuple(lines + [(name.lower(), value.strip(" \t")) for name, value in headers])


def named(authority: str) -> str:
    """The host of an authority: case and port do not count."""
    return authority.lower().split(":")[0]
