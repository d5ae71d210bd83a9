"""Where the labels of a service go: the fields that Kustomize's `includeSelectors` would fill, of
the kinds that are there, less those that mean others.

With `includeSelectors`, Kustomize prints and parses its whole table again for every service, which
takes it a tenth of its time in a large unit; and it would have affinity to another application mean
the service itself. Its table is in its source, below `builtinpluginconsts`; a test compares the two
on all kinds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from generator.plan.units import Unit
from generator.targets import objects
from generator.vocabulary.base import Base, Labels, Selector

_TEMPLATE = "spec/template/metadata/labels"
_SELECTOR = "spec/selector/matchLabels"
_AFFINITY = tuple(
    f"spec/template/spec/affinity/{affinity}/{rest}/labelSelector/matchLabels"
    for affinity in ("podAffinity", "podAntiAffinity")
    for rest in (
        "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
        "requiredDuringSchedulingIgnoredDuringExecution",
    )
)
_CHOOSY = ("Deployment", "StatefulSet")  # whose pods' neighbours Kustomize knows
_NEIGHBOURS = (*_AFFINITY, "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels")
_MONITORS = {"group": "monitoring.coreos.com"}
# Kind → whose it is, fields that are made where they are not, and fields that only get more where
# they are.
_FIELDS: dict[str, tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]] = {
    "Service": ({"version": "v1"}, ("spec/selector",), ()),
    "ReplicationController": ({"version": "v1"}, ("spec/selector", _TEMPLATE), ()),
    "Deployment": ({}, (_SELECTOR, _TEMPLATE), ()),
    "ReplicaSet": ({}, (_SELECTOR, _TEMPLATE), ()),
    "DaemonSet": ({}, (_SELECTOR, _TEMPLATE), ()),
    "StatefulSet": (
        {"group": "apps"},
        (_SELECTOR, _TEMPLATE, "spec/volumeClaimTemplates[]/metadata/labels"),
        (),
    ),
    "Job": ({"group": "batch"}, (_TEMPLATE,), (_SELECTOR,)),
    "CronJob": (
        {"group": "batch"},
        ("spec/jobTemplate/metadata/labels", f"spec/jobTemplate/{_TEMPLATE}"),
        (f"spec/jobTemplate/{_SELECTOR}",),
    ),
    "PodDisruptionBudget": ({"group": "policy"}, (), (_SELECTOR,)),
    "NetworkPolicy": (
        {"group": "networking.k8s.io"},
        (),
        tuple(
            f"spec/{whose}podSelector/matchLabels" for whose in ("", "ingress/from/", "egress/to/")
        ),
    ),
    # Which Kustomize does not know.
    "PodMonitor": (_MONITORS, (), (_SELECTOR,)),
    "ServiceMonitor": (_MONITORS, (), (_SELECTOR,)),
}


class Chosen:
    """The selectors of a service's base and its components, and which mean the service itself."""

    def __init__(self, service: str, unit: Unit, parts: Iterable[Base]) -> None:
        self._parts = tuple(parts)
        self._labels = objects.serving(service, unit)
        common = {key: value for part in self._parts for key, value in part.common.items()}
        own = common | self._labels
        self._pods = [own] + [{**pod, **own} for part in self._parts for pod in part.pods]
        self._services = [self._labels] + [
            {**labels, **self._labels} for part in self._parts for labels in part.services
        ]
        self._at: dict[tuple[str, str], list[Selector]] = {}
        for part in self._parts:
            for selector in part.selectors:
                self._at.setdefault((selector.kind, selector.path), []).append(selector)

    def fields(self) -> list[dict[str, Any]]:
        """The fields where all mean the service. The Service that gen writes has its selector, and
        Kustomize adds the labels of metadata by itself."""
        kinds = {kind for part in self._parts for _, kind in part.kinds}
        settings: list[dict[str, Any]] = []
        for kind, (whose, made, more) in _FIELDS.items():
            if kind not in kinds:
                continue
            settings += self._meant(made, {"kind": kind} | whose | {"create": True})
            settings += self._meant(more, {"kind": kind} | whose)
            if kind in _CHOOSY:
                near = [path for path in _NEIGHBOURS if (kind, path) in self._at]
                settings += self._meant(near, {"kind": kind, "group": "apps"})
        return settings

    def patches(self, labels: Labels) -> list[dict[str, Any]]:
        """What gives labels to the selectors that mean the service, where others beside them mean
        others, by the objects that hold them."""
        operations: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for selector in self._apart():
            key = (selector.group, selector.kind, selector.name)
            operations.setdefault(key, []).extend(_added(selector, labels))
        return [
            {
                "target": {"group": group, "kind": kind, "name": name.replace(".", "[.]")},
                "patch": json.dumps(added),
            }
            for (group, kind, name), added in operations.items()
        ]

    def _meant(self, paths: Sequence[str], whose: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Those of a kind's paths where all selectors mean the service, as fields."""
        return [
            {"path": path, **whose}
            for path in paths
            if all(map(self._is_own, self._at.get((whose["kind"], path), ())))
        ]

    def _apart(self) -> Iterator[Selector]:
        for (kind, path), there in self._at.items():
            known = _FIELDS.get(kind, ({}, (), ()))
            if path not in (*known[1], *known[2], *(_NEIGHBOURS if kind in _CHOOSY else ())):
                continue
            mixed = not all(map(self._is_own, there))
            for selector in there:
                if selector.pointer and self._lacks(selector, mixed=mixed):
                    yield selector

    def _lacks(self, selector: Selector, *, mixed: bool) -> bool:
        """Whether a selector means the service, and no field gives it labels: among those that mean
        others, or by expressions alone, which would mean all units of the service."""
        if selector.labels is not None:
            return mixed and self._is_own(selector)
        return selector.path not in _NEIGHBOURS and self._means(selector)

    def _is_own(self, selector: Selector) -> bool:
        """Whether a selector means the service. One that asks for nothing gets nothing."""
        if selector.labels is None:
            return selector.kind != "Service"
        return self._means(selector)

    def _means(self, selector: Selector) -> bool:
        among = self._services if selector.kind == "ServiceMonitor" else self._pods
        return any(map(selector.selects, among))


def _added(selector: Selector, labels: Labels) -> Iterator[dict[str, Any]]:
    if selector.labels is None:
        yield {"op": "add", "path": selector.pointer, "value": dict(labels)}
        return
    for name, value in labels.items():
        yield {"op": "add", "path": f"{selector.pointer}/{escaped(name)}", "value": value}


def escaped(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
