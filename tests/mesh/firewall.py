"""NetworkPolicies as packets meet them: each pod's namespace takes the connections that some policy allows, once any
policy selects the pod. Read from the objects alone."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def rules(objects: list[Object], pod: Object) -> str:
    """What iptables restores in a pod's namespace, whatever stood there. The redirection to the proxy has already happened
    when these rules are asked, so the port is the one that was dialled first."""
    lines = ["*filter", ":INPUT ACCEPT", "-F INPUT"]
    if policies := [item for item in objects if item["kind"] == "NetworkPolicy" and "Ingress" in item["spec"]["policyTypes"] and _selects(item, pod)]:
        lines += ["-A INPUT -i lo -j ACCEPT", "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"]
        for policy in policies:
            for rule in policy["spec"].get("ingress") or []:
                sources = sorted({address for peer in rule["from"] for address in _addresses(objects, peer)})
                lines += [f"-A INPUT -p tcp -s {source} -m conntrack --ctorigdstport {port['port']} -j ACCEPT" for source in sources for port in rule["ports"]]
        lines.append("-A INPUT -p tcp -j REJECT --reject-with tcp-reset")
    return "\n".join([*lines, "COMMIT", ""])


def _selects(policy: Object, pod: Object) -> bool:
    return policy["metadata"]["namespace"] == pod["metadata"]["namespace"] and _matches(policy["spec"]["podSelector"], pod["metadata"]["labels"])


def _addresses(objects: list[Object], peer: Object) -> list[str]:
    """Pods that a peer means. Both selectors stand in it, or the test does not know it."""
    if peer.keys() - {"namespaceSelector", "podSelector"}:
        raise ValueError(f"no reading of {peer}")
    labels = {item["metadata"]["name"]: {"kubernetes.io/metadata.name": item["metadata"]["name"]} | item["metadata"].get("labels", {}) for item in objects if item["kind"] == "Namespace"}
    return [
        pod["status"]["podIP"]
        for pod in objects
        if pod["kind"] == "Pod" and _matches(peer["namespaceSelector"], labels[pod["metadata"]["namespace"]]) and _matches(peer.get("podSelector") or {}, pod["metadata"]["labels"])
    ]


def _matches(selector: Object, labels: dict[str, str]) -> bool:
    for wanted in selector.get("matchExpressions") or []:
        if wanted["operator"] != "In":
            raise ValueError(f"no reading of {wanted}")
        if labels.get(wanted["key"]) not in wanted["values"]:
            return False
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
