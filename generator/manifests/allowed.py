"""Which kinds a base or a component may bring, and what to do instead of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

Kind = tuple[str, str]  # group, kind
Scope = Literal["everywhere", "baseline"]

# Safe beside a baseline and its branches.
SAFE: frozenset[Kind] = frozenset(
    {
        ("", "ConfigMap"),
        ("", "PersistentVolumeClaim"),
        ("", "Secret"),
        ("", "Service"),
        ("", "ServiceAccount"),
        ("apps", "DaemonSet"),
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("autoscaling", "HorizontalPodAutoscaler"),
        ("batch", "CronJob"),
        ("batch", "Job"),
        ("monitoring.coreos.com", "PodMonitor"),
        ("monitoring.coreos.com", "ServiceMonitor"),
        ("policy", "PodDisruptionBudget"),
    }
)

_ROUTES = "gen prints routes and policies from the catalogue: say it in the service's file"
_RIGHTS = "rights are granted separately, by whoever runs the cluster"
_DELIVERY = "gen emits what Argo CD delivers"
_APART = "it belongs to the whole cluster, and is deployed separately"
_ENTRY = "say `entry` in the service's file; gen's gateway takes requests in"
_WALLS = "who may call whom is computed from `calls` in the services' files"
_QUOTA = "say `quota` and `limits` in environments/platform.yaml"
_PODS = "write a Deployment, StatefulSet, DaemonSet, Job or CronJob"

# Never a base's to bring, whatever the platform says: gen emits them, or nobody may in a namespace.
NEVER: Mapping[str, str] = {
    "networking.istio.io": _ROUTES,
    "security.istio.io": _ROUTES,
    "telemetry.istio.io": "what is observed is the platform's to say: `telemetry` in environments/"
    "platform.yaml, or deployed separately",
    "extensions.istio.io": "what runs in sidecars is the mesh's to say, and is deployed separately",
    "gateway.networking.k8s.io": _ROUTES,
    "apiextensions.k8s.io": _APART,
    "apiregistration.k8s.io": _APART,
    "admissionregistration.k8s.io": _APART,
    "scheduling.k8s.io": _APART,
    "storage.k8s.io": _APART,
    "node.k8s.io": _APART,
    "certificates.k8s.io": _APART,
    "flowcontrol.apiserver.k8s.io": _APART,
    "internal.apiserver.k8s.io": _APART,
}
NEVER_KINDS: Mapping[Kind, str] = {
    ("", "Namespace"): "gen emits each environment's namespace",
    ("", "Node"): _APART,
    ("", "PersistentVolume"): _APART,
    ("", "ComponentStatus"): _APART,
    ("", "Binding"): _APART,
    ("", "Event"): "events are written by controllers",
    ("", "Endpoints"): "addresses outside of the mesh are an external of environments/externals/",
    ("discovery.k8s.io", "EndpointSlice"): "Kubernetes makes those of a Service itself",
    ("argoproj.io", "AppProject"): _DELIVERY,
    ("argoproj.io", "Application"): _DELIVERY,
    ("argoproj.io", "ApplicationSet"): _DELIVERY,
    ("rbac.authorization.k8s.io", "ClusterRole"): _RIGHTS,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _RIGHTS,
    ("cert-manager.io", "ClusterIssuer"): _APART,
    ("networking.k8s.io", "IngressClass"): _APART,
    ("networking.k8s.io", "IPAddress"): _APART,
    ("networking.k8s.io", "ServiceCIDR"): _APART,
}
_INSTEAD: Mapping[Kind, str] = {
    ("", "Pod"): _PODS,
    ("apps", "ReplicaSet"): _PODS,
    ("", "ReplicationController"): _PODS,
    ("", "LimitRange"): _QUOTA,
    ("", "ResourceQuota"): _QUOTA,
    ("networking.k8s.io", "Ingress"): _ENTRY,
    ("networking.k8s.io", "NetworkPolicy"): _WALLS,
    ("rbac.authorization.k8s.io", "Role"): _RIGHTS,
    ("rbac.authorization.k8s.io", "RoleBinding"): _RIGHTS,
}


def never(kind: Kind) -> str | None:
    """What to do instead of a kind that no platform can allow; None if it can."""
    of_cluster = kind[1].startswith("Cluster") and "." in kind[0]
    return NEVER.get(kind[0]) or NEVER_KINDS.get(kind) or (_APART if of_cluster else None)


def is_foreign(document: Mapping[str, Any]) -> bool:
    """Whether a document is of a kind that no base may bring."""
    return never((document["apiVersion"].rpartition("/")[0], document["kind"])) is not None


def scope(kind: Kind, more: Mapping[Kind, Scope]) -> Scope | None:
    """Which units may bring a kind, by the platform's word beyond the safe ones; None: none may."""
    if never(kind) is not None:
        return None
    return more.get(kind, "everywhere" if kind in SAFE else None)


def instead(kind: Kind) -> str:
    """The next step for a kind that may not be brought."""
    ask = f"or ask the platform's owner for `bases.kinds: {{{shown(kind)}: baseline}}`"
    said = never(kind)
    if said is not None:
        return f"delete it from the base; {said}"
    return f"delete it from the base; {_INSTEAD.get(kind, 'it is deployed separately')}, {ask}"


def shown(kind: Kind) -> str:
    """A kind as the platform's file writes it."""
    return f"{kind[0]}/{kind[1]}"[:100] if kind[0] else kind[1][:60]


def left_out(said: Mapping[str, Scope]) -> frozenset[Kind]:
    """Kinds that only baselines bring, and that branches leave out: those beyond the safe ones,
    without which each unit runs all the same."""
    return frozenset(parsed(kind) for kind, scope in said.items() if scope == "baseline") - SAFE


def references(said: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[Kind, Kind, str]]:
    """(who is named, who names it, in which field), as the platform's file writes them."""
    for naming, fields in said.items():
        for path, named in fields.items():
            yield parsed(named), parsed(naming), path


def parsed(text: str) -> Kind:
    """A kind that the platform's file writes."""
    group, _, kind = text.rpartition("/")
    return group, kind
