"""Whom selectors mean: what they ask, of pods and Services that are there to be meant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.manifests import selection
from generator.manifests.walk import Walk, walk
from generator.vocabulary.base import Selector
from tests.conftest import sources
from tests.vocabulary.test_findings import KUSTOMIZATION

FOLDER = "overlays/base/api"
Object = dict[str, Any]


def thing(kind: str, version: str = "v1", **more: Any) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, **more}


def way(*documents: Object, patches: Any = ()) -> Walk:
    text = "---\n".join(f"{json.dumps(each)}\n" for each in documents)
    content = {"resources": ["all.yaml"], "patches": list(patches)}
    return walk(sources({KUSTOMIZATION: json.dumps(content), f"{FOLDER}/all.yaml": text}), FOLDER)


def pods(labels: Any) -> Object:
    return {"template": {"metadata": {"labels": labels}}}


def test_labels_of_pods() -> None:
    assert selection.pods_of({"spec": pods({"a": 1})}) == {"a": "1"}
    assert selection.pods_of({"spec": {"jobTemplate": {"spec": pods({"a": "b"})}}}) == {"a": "b"}
    for nothing in ({}, {"spec": "a"}, {"spec": pods(None)}, {"spec": pods(["a"])}):
        assert selection.pods_of(nothing) is None
    made = way(thing("Deployment", "apps/v1", spec=pods({"a": "b"})), thing("ConfigMap"))
    assert selection.pods(made) == ({"a": "b"},)


def test_labels_of_services() -> None:
    labelled = {"metadata": {"name": "b", "labels": {"c": "d"}}}
    made = way(thing("Service"), thing("Service") | labelled, thing("ConfigMap") | labelled)
    assert selection.services(made) == ({}, {"c": "d"})


LABELS = {"matchLabels": {"a": "b"}}
ASKS = {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", 1]}, {"key": "c", "operator": "Exists"}, "d"]}  # fmt: skip
ASKED = (("a", "In", ("b", "1")), ("c", "Exists", ()))


@pytest.mark.parametrize(
    "document, found",
    [
        (thing("PodDisruptionBudget", "policy/v1", spec={"selector": LABELS}), ("spec/selector/matchLabels", {"a": "b"}, ())),
        (thing("PodDisruptionBudget", "policy/v1", spec={"selector": ASKS}), ("spec/selector/matchLabels", None, ASKED)),
        (thing("PodDisruptionBudget", "policy/v1", spec={"selector": {"matchLabels": {}}}), None),
        (thing("PodDisruptionBudget", "policy/v1", spec={"selector": {}}), None),
        (thing("PodMonitor", "monitoring.coreos.com/v1", spec={"selector": LABELS}), ("spec/selector/matchLabels", {"a": "b"}, ())),
        (thing("NetworkPolicy", "networking.k8s.io/v1", spec={"podSelector": LABELS}), ("spec/podSelector/matchLabels", {"a": "b"}, ())),
        (thing("NetworkPolicy", "networking.k8s.io/v1", spec={"podSelector": {}, "ingress": [{"from": [{"podSelector": LABELS}]}]}), None),
        (thing("Service", spec={"selector": {"a": "b"}}), ("spec/selector", {"a": "b"}, ())),
        (thing("Service", spec={}), None),
        (thing("Service", "serving.knative.dev/v1", spec={"selector": {"a": "b"}}), None),
        (thing("ServiceMonitor", "monitoring.coreos.com/v1", spec={"selector": LABELS}), None),
        (thing("Deployment", "apps/v1", spec={"selector": LABELS}), None),
    ],
)  # fmt: skip
def test_what_an_object_is_about(document: Object, found: Any) -> None:
    aim = selection.aim(document)
    assert (aim and (aim.path, aim.labels, aim.expressions)) == found
    assert aim is None or (aim.kind, aim.name) == (document["kind"], "a")


NEAR = "spec/template/spec/affinity/podAffinity/required/labelSelector"


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job"])
def test_selectors_of_workloads_are_theirs_but_for_neighbours(kind: str) -> None:
    spec = {"selector": LABELS, "template": {"spec": {"affinity": [{"labelSelector": LABELS}]}}}
    (found,) = selection.selectors(way(thing(kind, "apps/v1", spec=spec)))
    path = "spec/template/spec/affinity"
    assert found == Selector(
        "apps",
        kind,
        "a",
        f"{path}/labelSelector/matchLabels",
        f"/{path}/0/labelSelector/matchLabels",
        {"a": "b"},
    )


def test_selectors_of_other_kinds() -> None:
    cron = thing("CronJob", "batch/v1", spec={"jobTemplate": {"spec": {"selector": LABELS}}})
    assert selection.selectors(way(cron)) == ()
    controller = thing("ReplicationController", spec={"selector": LABELS})
    assert selection.selectors(way(controller)) == ()
    other = thing("Other", "example.com/v1", spec={"selector": LABELS})
    (found,) = selection.selectors(way(other))
    assert (found.group, found.pointer) == ("example.com", "/spec/selector/matchLabels")
    (found,) = selection.selectors(way(thing("Service", spec={})))
    assert (found.path, found.labels) == ("spec/selector", None)
    odd = thing("Other", "example.com/v1", **{"x/y~z": {"matchLabels": {"a": 1}, "b": LABELS}})
    (found,) = selection.selectors(way(odd))
    assert (found.pointer, found.labels) == ("/x~1y~0z/matchLabels", {"a": "1"})


DEPLOYED = thing("Deployment", "apps/v1", spec=pods({"a": "b"}))


@pytest.mark.parametrize(
    "patch, found",
    [
        ({"patch": json.dumps(thing("Deployment", "apps/v1", spec={"x": LABELS}))}, ("apps", "Deployment", "spec/x/matchLabels", {"a": "b"})),
        ({"target": {"kind": "Service"}, "patch": json.dumps(thing("Deployment", "apps/v1", spec={"x": LABELS}))}, ("apps", "Service", "spec/x/matchLabels", {"a": "b"})),
        ({"target": {"kind": "Service"}, "patch": "- {op: add, path: /spec/selector, value: {a: b}}"}, ("", "Service", "spec/selector", {"a": "b"})),
        ({"target": {"kind": "Service"}, "patch": "- {op: add, path: /spec/selector/a, value: b}"}, ("", "Service", "spec/selector", {"a": "b"})),
        ({"target": {"kind": "Service"}, "patch": "- {op: add, path: /spec/ports, value: []}"}, None),
        ({"target": {"kind": "Deployment"}, "patch": "- {op: add, path: /spec/a/0/b~1c, value: {matchLabels: {a: b}}}"}, ("", "Deployment", "spec/a/b/c/matchLabels", {"a": "b"})),
        ({"target": {"kind": "Deployment"}, "patch": "- {op: add, path: /spec/a/-/labelSelector, value: {matchLabels: {a: b}}}"}, ("", "Deployment", "spec/a/labelSelector/matchLabels", {"a": "b"})),
        ({"target": {"kind": "Deployment"}, "patch": "- {op: add, path: /spec/selector, value: {matchLabels: {a: b}}}"}, None),
        ({"target": {"kind": "Deployment"}, "patch": "- {op: remove, path: /spec/paused}"}, None),
    ],
)  # fmt: skip
def test_selectors_of_patches(patch: Object, found: Any) -> None:
    made = selection.selectors(way(DEPLOYED, patches=[patch]))
    expected = () if found is None else (found,)
    assert tuple((each.group, each.kind, each.path, each.labels) for each in made) == expected
    assert not any(each.pointer or each.name for each in made)
