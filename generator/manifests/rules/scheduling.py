"""Where pods may run, and what they find there: tolerations, affinity, names and addresses."""

from __future__ import annotations

from collections.abc import Iterator

from generator.manifests.problem import Problem
from generator.manifests.rules.rule import Object, Rule, conflict, given
from generator.vocabulary.nodes import mapping, numbered, text, whole


def pod(value: Object) -> Iterator[Problem]:
    """What a pod says of names, its network and its end."""
    if text(value, "dnsPolicy") == "None" and not given(mapping(value, "dnsConfig"), "nameservers"):
        message = "`dnsPolicy: None` leaves the pod without a name server"
        yield conflict(message, "add `dnsConfig.nameservers`", "dnsPolicy")
    yield from _naps(value)
    if value.get("hostNetwork") is True:
        yield from _host_ports(value)
    yield from _wanted_twice(value)


def _naps(value: Object) -> Iterator[Problem]:
    """A hook that sleeps has to wake by the time the pod is killed."""
    seconds = whole(value, "terminationGracePeriodSeconds")
    grace = 30 if seconds is None else seconds
    if grace < 0:
        grace = 1
    for index, container in numbered(value, "containers"):
        for hook in ("preStop", "postStart"):
            nap = whole(container, "lifecycle", hook, "sleep", "seconds")
            if nap is not None and not 0 <= nap <= grace:
                message = f"the hook sleeps {nap} s, and the pod has {grace} s to end"
                place = ("containers", index, "lifecycle", hook, "sleep", "seconds")
                yield conflict(message, "sleep less, or give the pod more time", *place)


def _host_ports(value: Object) -> Iterator[Problem]:
    for index, container in numbered(value, "containers"):
        for number, port in numbered(container, "ports"):
            wanted, own = whole(port, "hostPort"), whole(port, "containerPort")
            if wanted and wanted != own:
                message = "on the node's network `hostPort` is `containerPort`"
                place = ("containers", index, "ports", number, "hostPort")
                yield conflict(message, f"write {own}, or delete it", *place)


def _wanted_twice(value: Object) -> Iterator[Problem]:
    """Ports of the node; on its network each port is one. Of a container that lists one port twice,
    the list's keys tell."""
    on_node = value.get("hostNetwork") is True
    seen: dict[tuple[int, str, str], tuple[int, int | None]] = {}
    for index, container in numbered(value, "containers"):
        for number, port in numbered(container, "ports"):
            own = whole(port, "containerPort")
            mine = (index, own)
            wanted = whole(port, "hostPort") or (own if on_node else None)
            key = (wanted or 0, text(port, "protocol") or "TCP", text(port, "hostIP"))
            if wanted and seen.setdefault(key, mine) != mine:
                message = f"port {wanted} of the node is wanted twice by this pod"
                field = "hostPort" if whole(port, "hostPort") else "containerPort"
                place = ("containers", index, "ports", number, field)
                yield conflict(message, "change one", *place)


def _toleration(value: Object) -> Iterator[Problem]:
    operator = text(value, "operator") or "Equal"
    if operator == "Exists" and given(value, "value"):
        yield conflict("`operator: Exists` takes no `value`", "delete it", "value")
    if not text(value, "key") and operator != "Exists":
        yield conflict("a toleration without `key` needs `operator: Exists`", "add a key")
    ends = text(value, "effect") not in ("", "NoSchedule", "PreferNoSchedule")
    if whole(value, "tolerationSeconds") is not None and not ends:
        message = "`tolerationSeconds` is for `effect: NoExecute` alone"
        yield conflict(message, "delete it, or change the effect", "tolerationSeconds")


def _node(value: Object) -> Iterator[Problem]:
    """An expression about nodes."""
    operator, count = text(value, "operator"), len(value.get("values") or ())
    if operator in ("In", "NotIn") and count == 0:
        yield conflict(f"`{operator}` needs `values`", "list the values that are meant")
    if operator in ("Exists", "DoesNotExist") and count:
        yield conflict(f"`{operator}` takes no `values`", "delete them, or use In", "values")
    if operator in ("Gt", "Lt") and count != 1:
        yield conflict(f"`{operator}` compares with one value", "write one", "values")


def _spread(value: Object) -> Iterator[Problem]:
    if given(value, "minDomains") and text(value, "whenUnsatisfiable") == "ScheduleAnyway":
        message = "`minDomains` needs `whenUnsatisfiable: DoNotSchedule`"
        yield conflict(message, "delete it, or change the other", "minDomains")


RULES: tuple[tuple[str, Rule], ...] = (
    ("core.v1.Toleration", _toleration),
    ("core.v1.NodeSelectorRequirement", _node),
    ("core.v1.TopologySpreadConstraint", _spread),
)
