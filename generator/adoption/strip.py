"""What of an object is not its author's: what a server set, what tools noted in it, and what gen
says itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.adoption.items import Item
from generator.manifests.images import CONTAINERS
from generator.manifests.obeyed import is_obeyed
from generator.manifests.workloads import WORKLOADS
from generator.vocabulary.nodes import below, mapping, numbered
from generator.vocabulary.source import Route

_METADATA = (
    *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers"),
    *("generateName", "generation", "managedFields", "namespace", "ownerReferences"),
    *("resourceVersion", "selfLink", "uid"),
)
_NOTES = (
    *("autoscaling.alpha.kubernetes.io/", "control-plane.alpha.kubernetes.io/"),
    *("deployment.kubernetes.io/", "deprecated.daemonset.template.generation"),
    *("kubectl.kubernetes.io/last-applied-configuration", "meta.helm.sh/"),
    *("pv.kubernetes.io/", "volume.beta.kubernetes.io/", "volume.kubernetes.io/"),
)
_SERVICE = (
    *("clusterIP", "clusterIPs", "internalTrafficPolicy", "ipFamilies", "ipFamilyPolicy"),
    *("sessionAffinity", "healthCheckNodePort"),
)
_ACCOUNT = ("serviceAccountName", "serviceAccount")
_BOUND = ("volumeName",)
# What an API server writes where nothing stands, by the key that holds it. A value of it says no
# more than its absence.
_POD: Mapping[str, Any] = {
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
_CONTAINER: Mapping[str, Any] = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_PROBE: Mapping[str, Any] = {
    "failureThreshold": 3,
    "periodSeconds": 10,
    "successThreshold": 1,
    "timeoutSeconds": 1,
}
_ROLLING = {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"}
_WORKLOAD: Mapping[str, Mapping[str, Any]] = {
    "Deployment": {
        "progressDeadlineSeconds": 600,
        "revisionHistoryLimit": 10,
        "strategy": _ROLLING,
    },
    "StatefulSet": {
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "podManagementPolicy": "OrderedReady",
        "revisionHistoryLimit": 10,
        "updateStrategy": {"rollingUpdate": {"partition": 0}, "type": "RollingUpdate"},
    },
    "DaemonSet": {
        "revisionHistoryLimit": 10,
        "updateStrategy": {
            "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
            "type": "RollingUpdate",
        },
    },
}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def is_live(item: Item) -> bool:
    """Whether it was read from a cluster."""
    return "uid" in item.metadata or "resourceVersion" in item.metadata


def foreign(item: Item) -> Iterator[Route]:
    """The routes of all that goes."""
    yield from (("metadata", key) for key in _METADATA if key in item.metadata)
    if "status" in item.data:
        yield ("status",)
    for what in ("annotations", "labels"):
        for key in item.annotations if what == "annotations" else item.labels:
            if is_obeyed(key) or key.startswith(_NOTES):
                yield "metadata", what, key
    spec = item.says("spec")
    if isinstance(spec, dict) and item.kind == "Service":
        yield from (("spec", key) for key in _SERVICE if _goes(key, spec))
        for index, port in numbered(spec, "ports"):
            if "nodePort" in port:
                yield "spec", "ports", index, "nodePort"
    if isinstance(spec, dict) and item.kind == "PersistentVolumeClaim" and is_live(item):
        yield from (("spec", key) for key in _BOUND if key in spec)
    if item.kind in WORKLOADS:
        yield from _of_workload(item)


def _goes(key: str, spec: Mapping[str, Any]) -> bool:
    """A headless Service says so by its address."""
    headless = spec.get("clusterIP") == "None" and key == "clusterIP"
    affine = key == "sessionAffinity" and spec.get(key) != "None"
    return key in spec and not headless and not affine


def _of_workload(item: Item) -> Iterator[Route]:
    pod = WORKLOADS[item.kind]
    template = pod[:-1]
    metadata = below(item.data, *template, "metadata")
    if isinstance(metadata, dict):
        yield from ((*template, "metadata", key) for key in _METADATA if key in metadata)
        for what in ("annotations", "labels"):
            for key in mapping(metadata, what):
                if is_obeyed(key):
                    yield (*template, "metadata", what, key)
    spec = below(item.data, *pod)
    if not isinstance(spec, dict):
        return
    yield from ((*pod, key) for key in _ACCOUNT if key in spec)
    for index, claim in numbered(item.data, "spec", "volumeClaimTemplates"):
        yield from _of_claim(("spec", "volumeClaimTemplates", index), claim)
    if is_live(item):
        yield from _defaults(("spec",), item.says("spec"), _WORKLOAD.get(item.kind, {}))
        yield from _of_pod(item, pod, spec)


def _of_claim(route: Route, claim: Mapping[str, Any]) -> Iterator[Route]:
    if "status" in claim:
        yield (*route, "status")
    if "creationTimestamp" in mapping(claim, "metadata"):
        yield (*route, "metadata", "creationTimestamp")


def _of_pod(item: Item, pod: Route, spec: Mapping[str, Any]) -> Iterator[Route]:
    """What a server fills in."""
    always = {"restartPolicy": "Always"} if item.kind not in ("Job", "CronJob") else {}
    yield from _defaults(pod, spec, {**_POD, **always})
    for group in CONTAINERS:
        for index, container in numbered(spec, group):
            route = (*pod, group, index)
            yield from _defaults(route, container, _CONTAINER)
            for number, port in numbered(container, "ports"):
                yield from _defaults((*route, "ports", number), port, {"protocol": "TCP"})
            for probe in _PROBES:
                said = mapping(container, probe)
                yield from _defaults((*route, probe), said, _PROBE)
                get = mapping(said, "httpGet")
                yield from _defaults((*route, probe, "httpGet"), get, {"scheme": "HTTP"})


def _defaults(route: Route, node: Any, known: Mapping[str, Any]) -> Iterator[Route]:
    if isinstance(node, dict):
        yield from ((*route, key) for key, value in known.items() if node.get(key, ...) == value)
