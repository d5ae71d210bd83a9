"""What the ingress is told, and whose tokens it believes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.mesh.kubelet import Object
from tests.simulate import only
from tests.simulate.istio import Cluster, Registry, heard, led
from tests.simulate.routes import Caller, Does, VirtualHost, routes

DIGEST = bytes.fromhex("3031300d060960864801650304020105000420")  # PKCS #1, SHA-256


class Gateway:
    """The configuration of the ingress: VirtualServices that name a Gateway of its pods and are exported to its
    namespace, where a server takes hosts from theirs (`model/gateway.go`). What several say of one host stands behind
    each other; Istio puts routes without any match last, of which a gateway's have none here."""

    def __init__(self, registry: Registry, pod: Object, port: int) -> None:
        self.registry, self.pod, self.port = registry, pod, port
        namespace = pod["metadata"]["namespace"]
        told: dict[str, list[Any]] = {}
        caller = Caller(namespace, pod["metadata"]["labels"], port)
        for name, taken in self._servers():
            for item in registry.virtual:
                own = item["metadata"]["namespace"]
                if name in _bound(item) and heard(item, namespace) and taken & {own, "*"}:
                    for host in item["spec"]["hosts"]:
                        found = routes(item["spec"]["http"], caller, gateway=True)
                        told.setdefault(host, []).extend(found)
        self.hosts = {host: VirtualHost(found) for host, found in told.items()}
        self.issuers = [
            rule
            for item in registry.kinds["RequestAuthentication"]
            if item["metadata"]["namespace"] == namespace and _selects(item["spec"], pod)
            for rule in item["spec"]["jwtRules"]
        ]

    def _servers(self) -> Iterator[tuple[str, set[str]]]:
        """(Gateway, namespaces whose hosts it takes) on the port. A Gateway is for the pods that its selector fits,
        wherever they are."""
        for item in self.registry.kinds["Gateway"]:
            selector = item["spec"]["selector"]
            if not selector.items() <= self.pod["metadata"]["labels"].items():
                continue
            for server in item["spec"]["servers"]:
                if server["port"]["number"] == self.port:
                    name = f"{item['metadata']['namespace']}/{item['metadata']['name']}"
                    only(dict.fromkeys(host.split("/")[1] for host in server["hosts"]), {"*"}, name)
                    yield name, {host.split("/")[0] for host in server["hosts"]}

    def cluster(self, does: Does, port: int) -> Cluster | None:
        """A gateway has no scope: it knows every cluster."""
        return led(self.registry, does, port)

    def claims(self, authorization: str) -> dict[str, Any] | None:
        """What a token says, none without one; None if it is there and no issuer's key proves it
        (RequestAuthentication: a request with an invalid token is refused, one without is anonymous)."""
        if not authorization.startswith("Bearer "):
            return {}
        return _proven(authorization.removeprefix("Bearer "), json.dumps(self.issuers))


def _bound(item: Object) -> list[str]:
    own = item["metadata"]["namespace"]
    return [name if "/" in name else f"{own}/{name}" for name in item["spec"].get("gateways", ())]


def _selects(spec: dict[str, Any], pod: Object) -> bool:
    labels = (spec.get("selector") or {}).get("matchLabels") or {}
    return bool(labels.items() <= pod["metadata"]["labels"].items())


@cache
def _proven(token: str, issuers: str) -> dict[str, Any] | None:
    head, body, signature = token.split(".")
    claims: dict[str, Any] = json.loads(_decoded(body))
    for rule in json.loads(issuers):
        if claims.get("iss") != rule["issuer"] or claims.get("aud") not in rule["audiences"]:
            continue
        for key in json.loads(rule["jwks"])["keys"]:
            if _is_signed(key, f"{head}.{body}".encode(), _decoded(signature)):
                return claims
    return None


def _is_signed(key: dict[str, str], text: bytes, signature: bytes) -> bool:
    """RS256 (RFC 8017, 8.2.2)."""
    modulus, exponent = (int.from_bytes(_decoded(key[name]), "big") for name in ("n", "e"))
    size = (modulus.bit_length() + 7) // 8
    digest = DIGEST + hashlib.sha256(text).digest()
    padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
    return pow(int.from_bytes(signature, "big"), exponent, modulus) == int.from_bytes(padded, "big")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
