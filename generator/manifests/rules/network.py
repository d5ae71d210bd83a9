"""Services, Ingresses and NetworkPolicies."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from generator.manifests.problem import SERVERS, Problem, shown
from generator.manifests.rules.rule import Object, Rule, conflict, given, refused
from generator.manifests.rules.syntax import network
from generator.vocabulary.nodes import mapping, numbered, text, whole

_OUTSIDE = ("NodePort", "LoadBalancer")


def _service(value: Object) -> Iterator[Problem]:
    kind, address = text(value, "type") or "ClusterIP", text(value, "clusterIP")
    ports = numbered(value, "ports")
    if kind == "ExternalName":
        if not given(value, "externalName"):
            yield conflict("an ExternalName needs `externalName`", "say which host it is", "type")
        if address not in ("", "None"):
            yield conflict("an ExternalName has no `clusterIP`", "delete it", "clusterIP")
    elif not ports and address != "None":
        message = "a Service without `ports` answers nobody"
        yield conflict(message, "list its ports, or make it headless: `clusterIP: None`")
    yield from _port_names(ports)
    yield from _addresses(value, kind)
    for index, port in ports:
        if whole(port, "nodePort") and kind not in _OUTSIDE:
            message = f"`nodePort` is for the types {' and '.join(_OUTSIDE)}"
            yield conflict(message, "delete it, or change the type", "ports", index, "nodePort")
    if (
        given(value, "externalTrafficPolicy")
        and kind not in _OUTSIDE
        and not value.get("externalIPs")
    ):
        message = f"`externalTrafficPolicy` is for the types {' and '.join(_OUTSIDE)}"
        yield conflict(message, "delete it, or change the type", "externalTrafficPolicy")
    for key in ("loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"):
        if given(value, key) and kind != "LoadBalancer":
            yield conflict(f"`{key}` is for the type LoadBalancer", "delete it", key)


def _addresses(value: Object, kind: str) -> Iterator[Problem]:
    address = text(value, "clusterIP")
    if address not in ("", "None"):
        hint = "delete it; `None` makes a headless Service"
        yield Problem(
            SERVERS, ("clusterIP",), "`clusterIP` is given by the server", hint, on_key=True
        )
    if value.get("clusterIPs") not in (None, [], ["None"]):
        message = "`clusterIPs` are given by the server"
        yield Problem(SERVERS, ("clusterIPs",), message, "delete them", on_key=True)
    if address == "None" and kind in _OUTSIDE:
        message = (
            f"a Service of the type {kind} has an address, and `clusterIP: None` says it has none"
        )
        yield conflict(message, "delete one of the two", "clusterIP")


def _port_names(ports: list[tuple[int, Object]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, port in ports:
        name = text(port, "name")
        if not name and len(ports) > 1:
            yield conflict("with several ports, each needs a `name`", "name it", "ports", index)
        elif name and name in seen:
            message = f"two ports are named `{shown(name)}`"
            yield conflict(message, "rename one", "ports", index, "name")
        seen.add(name)


def _ingress(value: Object) -> Iterator[Problem]:
    if not given(value, "rules") and not given(value, "defaultBackend"):
        yield conflict("an Ingress needs `rules` or a `defaultBackend`", "add one of them")


def _ingress_path(value: Object) -> Iterator[Problem]:
    path, kind = text(value, "path"), text(value, "pathType")
    if kind in ("Exact", "Prefix"):
        if not path.startswith("/"):
            there = ("path",) if path else ()
            yield refused(f"a path of the type {kind} begins with /", "put a / in front", *there)
        elif any(part in path for part in ("//", "/./", "/../")) or path.endswith(("/.", "/..")):
            yield refused(
                "the path holds an empty or a relative part", "write it without that part", "path"
            )


def _ingress_backend(value: Object) -> Iterator[Problem]:
    said = [key for key in ("service", "resource") if given(value, key)]
    if len(said) != 1:
        yield conflict("a backend is one `service` or one `resource`", "say one of them")


def _ingress_service(value: Object) -> Iterator[Problem]:
    port = mapping(value, "port")
    if given(port, "name") == bool(whole(port, "number")):
        there = ("port",) if "port" in value else ()
        yield conflict("a backend needs the `name` of a port or its `number`", "say one", *there)


def _peer(value: Object) -> Iterator[Problem]:
    said = [key for key in ("podSelector", "namespaceSelector") if value.get(key) is not None]
    block = value.get("ipBlock") is not None
    if block and said:
        yield conflict("`ipBlock` stands alone", "write an item of its own", said[0])
    elif not block and not said:
        yield conflict("a peer needs `podSelector`, `namespaceSelector` or `ipBlock`", "say one")


def _policy_port(value: Object) -> Iterator[Problem]:
    first, last = value.get("port"), whole(value, "endPort")
    if last is None:
        return
    if isinstance(first, str) or first is None:
        yield conflict("`endPort` needs a `port` that is a number", "write one", "endPort")
    elif isinstance(first, int) and last < first:
        yield conflict(f"`endPort` is below `port` ({first})", "exchange them", "endPort")


def _block(value: Object) -> Iterator[Problem]:
    if [*network(text(value, "cidr"))]:
        return
    whole_of_it = ipaddress.ip_network(text(value, "cidr"), strict=False)
    for index, part in enumerate(value.get("except") or ()):
        if not isinstance(part, str) or [*network(part)]:
            continue
        inner = ipaddress.ip_network(part, strict=False)
        smaller = inner.version == whole_of_it.version and inner.prefixlen > whole_of_it.prefixlen
        if not smaller or inner.network_address not in whole_of_it:
            message = f"{shown(part)} is not a part of {shown(whole_of_it)}"
            yield conflict(message, "take out a smaller range", "except", index)


RULES: tuple[tuple[str, Rule], ...] = (
    ("core.v1.ServiceSpec", _service),
    ("networking.v1.IngressSpec", _ingress),
    ("networking.v1.HTTPIngressPath", _ingress_path),
    ("networking.v1.IngressBackend", _ingress_backend),
    ("networking.v1.IngressServiceBackend", _ingress_service),
    ("networking.v1.NetworkPolicyPeer", _peer),
    ("networking.v1.NetworkPolicyPort", _policy_port),
    ("networking.v1.IPBlock", _block),
)
