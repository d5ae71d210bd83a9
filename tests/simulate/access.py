"""Who may call a pod: AuthorizationPolicies as its proxy reads them, NetworkPolicies as the network does."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from tests.mesh.kubelet import Object
from tests.simulate import Unread, only
from tests.simulate.istio import ROOT, Registry

TRUST = "cluster.local"


def principal(pod: Object) -> str:
    """The identity in a pod's certificate (SPIFFE, as AuthorizationPolicy's `principals` name it)."""
    account = pod["spec"]["serviceAccountName"]
    return f"{TRUST}/ns/{pod['metadata']['namespace']}/sa/{account}"


class Access:
    """The policies of a pod."""

    def __init__(self, registry: Registry, pod: Object) -> None:
        self._registry, self._labels = registry, pod["metadata"]["labels"]
        self._namespace = pod["metadata"]["namespace"]

    @cached_property
    def _identities(self) -> list[Object]:
        return [
            item
            for item in self._registry.kinds["AuthorizationPolicy"]
            if item["metadata"]["namespace"] in (self._namespace, ROOT)
            and _labelled(item["spec"].get("selector") or {}, self._labels)
        ]

    @cached_property
    def _networks(self) -> list[Object]:
        return [
            item
            for item in self._registry.kinds["NetworkPolicy"]
            if item["metadata"]["namespace"] == self._namespace
            and _labelled(item["spec"]["podSelector"], self._labels)
            and "Ingress" in item["spec"]["policyTypes"]
        ]

    def lets_in(self, identity: str) -> bool:
        """Without an ALLOW policy for the pod everybody may call; with one, whom a rule of any of them fits. A policy
        without rules fits nobody (AuthorizationPolicy: "allow-nothing")."""
        for item in self._identities:
            only(item["spec"], {"selector", "action", "rules"}, "an AuthorizationPolicy")
            if item["spec"].get("action", "ALLOW") != "ALLOW":
                raise Unread(item["spec"]["action"])
        if not self._identities:
            return True
        return any(
            _allows(rule, identity)
            for item in self._identities
            for rule in item["spec"].get("rules") or ()
        )

    def connects(self, caller: Object, port: int) -> bool:
        """Once any policy selects a pod, what some rule of some policy allows comes in, and nothing else
        (NetworkPolicy). The port is the pod's."""
        if not self._networks:
            return True
        return any(
            self._reaches(rule, caller, port)
            for item in self._networks
            for rule in item["spec"].get("ingress") or ()
        )

    def _reaches(self, rule: dict[str, Any], caller: Object, port: int) -> bool:
        only(rule, {"from", "ports"}, "a NetworkPolicy")
        ports = [one["port"] for one in rule.get("ports", ()) if one["protocol"] == "TCP"]
        if "ports" in rule and port not in ports:
            return False
        return "from" not in rule or any(self._is(peer, caller) for peer in rule["from"])

    def _is(self, peer: dict[str, Any], caller: Object) -> bool:
        """Both selectors of a peer must fit; without one for namespaces the policy's own is meant."""
        only(peer, {"namespaceSelector", "podSelector"}, "a peer")
        namespace = caller["metadata"]["namespace"]
        if "namespaceSelector" not in peer:
            inside = namespace == self._namespace
        else:
            inside = _labelled(peer["namespaceSelector"], self._spaces[namespace])
        return inside and _labelled(peer.get("podSelector") or {}, caller["metadata"]["labels"])

    @cached_property
    def _spaces(self) -> dict[str, dict[str, str]]:
        return {
            item["metadata"]["name"]: {
                **item["metadata"].get("labels", {}),
                "kubernetes.io/metadata.name": item["metadata"]["name"],
            }
            for item in self._registry.kinds["Namespace"]
        }


def _allows(rule: dict[str, Any], identity: str) -> bool:
    """All parts of a source must fit, and any of the sources."""
    only(rule, {"from"}, "a rule")
    for source in (one["source"] for one in rule["from"]):
        only(source, {"principals", "notPrincipals"}, "a source")
        fits = "principals" not in source or any(
            _same(one, identity) for one in source["principals"]
        )
        if fits and not any(_same(one, identity) for one in source.get("notPrincipals", ())):
            return True
    return False


def _same(pattern: str, text: str) -> bool:
    """Exact, or with one `*` at either end (AuthorizationPolicy: exact, prefix, suffix and presence match)."""
    if pattern == "*":
        return bool(text)
    if pattern.endswith("*"):
        return text.startswith(pattern[:-1])
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    return pattern == text


def _labelled(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    only(dict(selector), {"matchLabels", "matchExpressions"}, "a selector")
    for wanted in selector.get("matchExpressions") or ():
        if wanted["operator"] != "In":
            raise Unread(f"the operator {wanted['operator']}")
        if labels.get(wanted["key"]) not in wanted["values"]:
            return False
    return (selector.get("matchLabels") or {}).items() <= labels.items()
