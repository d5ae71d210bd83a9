"""NetworkPolicies as packets meet them: each pod's namespace takes the connections that some policy allows, once any
policy selects the pod. Read from the objects alone."""

from __future__ import annotations

from typing import Any

from tests.mesh.kubelet import Cluster

Object = dict[str, Any]


def rules(cluster: Cluster, pod: Object) -> str | None:
    """What iptables restores in a pod's namespace; None if no policy selects it. The redirection to the proxy has already
    happened when these rules are asked, so the port is the one that was dialled first."""
    policies = [item for item in cluster.core if item["kind"] == "NetworkPolicy" and "Ingress" in item["spec"]["policyTypes"] and _selects(item, pod)]
    if not policies:
        return None
    lines = ["*filter", ":INPUT ACCEPT", "-A INPUT -i lo -j ACCEPT", "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"]
    for policy in policies:
        for rule in policy["spec"].get("ingress") or []:
            sources = sorted({address for peer in rule["from"] for address in _addresses(cluster, peer)})
            lines += [f"-A INPUT -p tcp -s {source} -m conntrack --ctorigdstport {port['port']} -j ACCEPT" for source in sources for port in rule["ports"]]
    return "\n".join([*lines, "-A INPUT -p tcp -j REJECT --reject-with tcp-reset", "COMMIT", ""])


def _selects(policy: Object, pod: Object) -> bool:
    return policy["metadata"]["namespace"] == pod["metadata"]["namespace"] and _matches(policy["spec"]["podSelector"], pod["metadata"]["labels"])


def _addresses(cluster: Cluster, peer: Object) -> list[str]:
    """Pods that a peer means. Both selectors stand in it, or the test does not know it."""
    if peer.keys() - {"namespaceSelector", "podSelector"}:
        raise ValueError(f"no reading of {peer}")
    labels = {item["metadata"]["name"]: {"kubernetes.io/metadata.name": item["metadata"]["name"]} | item["metadata"].get("labels", {}) for item in cluster.core if item["kind"] == "Namespace"}
    return [
        pod["status"]["podIP"]
        for (namespace, _), pod in cluster.pods.items()
        if _matches(peer["namespaceSelector"], labels[namespace]) and _matches(peer.get("podSelector") or {}, pod["metadata"]["labels"])
    ]


def _matches(selector: Object, labels: dict[str, str]) -> bool:
    for wanted in selector.get("matchExpressions") or []:
        if wanted["operator"] != "In":
            raise ValueError(f"no reading of {wanted}")
        if labels.get(wanted["key"]) not in wanted["values"]:
            return False
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
