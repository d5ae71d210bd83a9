"""NetworkPolicies as packets meet them: each pod's namespace takes the connections that some policy allows, once any
policy selects the pod. Read from the objects alone."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


INGRESS, EGRESS = "Ingress", "Egress"


def rules(objects: list[Object], pod: Object, direction: str = INGRESS) -> str:
    """What iptables restores in a pod's namespace, whatever stood there. The redirection to the proxy has already happened
    when these rules are asked, so the port is the one that was dialled first."""
    chain, side, peers = {INGRESS: ("INPUT", "-s", "from"), EGRESS: ("OUTPUT", "-d", "to")}[
        direction
    ]
    lines = ["*filter", f":{chain} ACCEPT", f"-F {chain}"]
    if policies := [
        item
        for item in objects
        if item["kind"] == "NetworkPolicy"
        and direction in item["spec"]["policyTypes"]
        and _selects(item, pod)
    ]:
        # What stays in the pod is no policy's; a connection redirected to the proxy has its address, and not yet its device.
        lines += (
            ["-A INPUT -i lo -j ACCEPT"]
            if direction == INGRESS
            else ["-A OUTPUT -o lo -j ACCEPT", "-A OUTPUT -d 127.0.0.0/8 -j ACCEPT"]
        )
        lines += [f"-A {chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"]
        for policy in policies:
            for rule in policy["spec"].get(direction.lower()) or []:
                others = sorted(
                    {address for peer in rule[peers] for address in _addresses(objects, peer)}
                )
                ports = (
                    [
                        f" -m conntrack --ctorigdstport {port['port']}"
                        for port in rule["ports"]
                        if port["protocol"] == "TCP"
                    ]
                    if "ports" in rule
                    else [""]
                )
                lines += [
                    f"-A {chain} -p tcp {side} {other}{port} -j ACCEPT"
                    for other in others
                    for port in ports
                ]
        lines.append(f"-A {chain} -p tcp -j REJECT --reject-with tcp-reset")
    return "\n".join([*lines, "COMMIT", ""])


def _selects(policy: Object, pod: Object) -> bool:
    return policy["metadata"]["namespace"] == pod["metadata"]["namespace"] and _matches(
        policy["spec"]["podSelector"], pod["metadata"]["labels"]
    )


def _addresses(objects: list[Object], peer: Object) -> list[str]:
    """Pods that a peer means, or a range. Both selectors stand in it, or the test does not know it."""
    if peer.keys() == {"ipBlock"}:
        return [peer["ipBlock"]["cidr"]]
    if peer.keys() - {"namespaceSelector", "podSelector"}:
        raise ValueError(f"no reading of {peer}")
    labels = {
        item["metadata"]["name"]: {"kubernetes.io/metadata.name": item["metadata"]["name"]}
        | item["metadata"].get("labels", {})
        for item in objects
        if item["kind"] == "Namespace"
    }
    return [
        pod["status"]["podIP"]
        for pod in objects
        if pod["kind"] == "Pod"
        and _matches(peer["namespaceSelector"], labels[pod["metadata"]["namespace"]])
        and _matches(peer.get("podSelector") or {}, pod["metadata"]["labels"])
    ]


def _matches(selector: Object, labels: dict[str, str]) -> bool:
    for wanted in selector.get("matchExpressions") or []:
        if wanted["operator"] != "In":
            raise ValueError(f"no reading of {wanted}")
        if labels.get(wanted["key"]) not in wanted["values"]:
            return False
    return all(
        labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()
    )
