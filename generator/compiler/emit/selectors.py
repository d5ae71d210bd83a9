"""Where the labels of a service go: the fields that Kustomize's `includeSelectors` would fill, of the kinds that are there.

With `includeSelectors`, Kustomize prints and parses its whole table again for every service, which takes it a tenth of its
time in a large unit. Its table is in its source, below `builtinpluginconsts`; a test compares the two on all kinds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from generator.vocabulary.plan import Base

_TEMPLATE = "spec/template/metadata/labels"
_SELECTOR = "spec/selector/matchLabels"
_AFFINITY = tuple(
    f"spec/template/spec/affinity/{affinity}/{rest}/labelSelector/matchLabels"
    for affinity in ("podAffinity", "podAntiAffinity")
    for rest in ("preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm", "requiredDuringSchedulingIgnoredDuringExecution")
)
_CHOOSY = ("Deployment", "StatefulSet")  # whose pods' neighbours Kustomize knows
_NEIGHBOURS = (*_AFFINITY, "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels")
# Kind → whose it is, fields that are made where they are not, and fields that only get more where they are.
_FIELDS: dict[str, tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]] = {
    "Service": ({"version": "v1"}, ("spec/selector",), ()),
    "ReplicationController": ({"version": "v1"}, ("spec/selector", _TEMPLATE), ()),
    "Deployment": ({}, (_SELECTOR, _TEMPLATE), ()),
    "ReplicaSet": ({}, (_SELECTOR, _TEMPLATE), ()),
    "DaemonSet": ({}, (_SELECTOR, _TEMPLATE), ()),
    "StatefulSet": ({"group": "apps"}, (_SELECTOR, _TEMPLATE, "spec/volumeClaimTemplates[]/metadata/labels"), ()),
    "Job": ({"group": "batch"}, (_TEMPLATE,), (_SELECTOR,)),
    "CronJob": ({"group": "batch"}, ("spec/jobTemplate/metadata/labels", f"spec/jobTemplate/{_TEMPLATE}"), (f"spec/jobTemplate/{_SELECTOR}",)),
    "PodDisruptionBudget": ({"group": "policy"}, (), (_SELECTOR,)),
    "NetworkPolicy": ({"group": "networking.k8s.io"}, (), tuple(f"spec/{whose}podSelector/matchLabels" for whose in ("", "ingress/from/", "egress/to/"))),
}


def fields(parts: Iterable[Base]) -> list[dict[str, Any]]:
    """The fields of a base and its components. The Service that gen writes has its selector, and Kustomize adds the labels of
    metadata by itself."""
    parts = tuple(parts)
    kinds = {kind for part in parts for _, kind in part.kinds}
    neighbours = any(part.selects_neighbours for part in parts)
    found: list[dict[str, Any]] = []
    for kind, (whose, made, more) in _FIELDS.items():
        if kind in kinds:
            found += [{"path": path, "kind": kind} | whose | {"create": True} for path in made]
            found += [{"path": path, "kind": kind} | whose for path in more]
            if neighbours and kind in _CHOOSY:
                found += [{"path": path, "kind": kind, "group": "apps"} for path in _NEIGHBOURS]
    return found
