"""What bases say of a workload that a unit says too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.manifests import running
from generator.manifests.walk import Walk, walk
from generator.vocabulary.base import EnvPatch, Variable
from tests.conftest import sources
from tests.vocabulary.test_findings import KUSTOMIZATION

FOLDER = "overlays/base/api"
Object = dict[str, Any]


def way(*documents: Object, patches: list[Object] | None = None) -> Walk:
    text = "---\n".join(f"{json.dumps(each)}\n" for each in documents)
    content = {"resources": ["all.yaml"], "patches": patches or []}
    files = {KUSTOMIZATION: json.dumps(content), f"{FOLDER}/all.yaml": text}
    return walk(sources(files), FOLDER)


def thing(kind: str, name: str = "api", version: str = "apps/v1", **spec: Any) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


def test_what_replicas_of_a_kustomization_apply_to() -> None:
    kinds = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job")
    assert running.scalable(way(*(thing(kind, kind.lower()) for kind in kinds))) == (
        *("deployment", "replicaset", "replicationcontroller", "statefulset"),
    )


@pytest.mark.parametrize(
    "document, target",
    [
        (thing("HorizontalPodAutoscaler", version="autoscaling/v2", scaleTargetRef={"kind": "StatefulSet", "name": "a"}), ("StatefulSet", "a")),
        (thing("ScaledObject", version="keda.sh/v1alpha1", scaleTargetRef={"name": "a"}), ("Deployment", "a")),
        (thing("ScaledObject", version="autoscaling/v2"), None),
        (thing("HorizontalPodAutoscaler", version="keda.sh/v1"), None),
        (thing("ScaledJob", version="keda.sh/v1alpha1"), None),
        (thing("Deployment"), None),
    ],
)  # fmt: skip
def test_what_an_autoscaler_scales(document: Object, target: tuple[str, str] | None) -> None:
    assert running.scaled(document) == target
    kind = (document["apiVersion"].partition("/")[0], document["kind"])
    assert running.autoscaled(way(document)) == ({(kind, target)} if target else frozenset())


def test_how_many_run_and_what_claims_say() -> None:
    counts = [running.counted(thing("Deployment", replicas=many)) for many in (0, 3, "3", None)]
    assert counts == [0, 3, None, None]
    assert running.counted({"spec": "a"}) is None
    both = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    templates = [both, {}, {"apiVersion": "v1"}, {"kind": "a"}, "b"]
    assert running.claims(thing("StatefulSet", volumeClaimTemplates=templates)) == (1, 2, 3)
    assert running.claims(thing("StatefulSet", volumeClaimTemplates={})) == ()


def test_variables_in_order() -> None:
    env = [{"name": "B", "value": "1"}, {"name": "A", "valueFrom": {}}, {"value": "2"}, "C"]
    assert running.variables({"env": env}) == (Variable("B", False), Variable("A", True))
    assert running.variables({"env": {}}) == ()


def merge(env: Any, kind: str = "Deployment", name: str = "api", **more: Any) -> Object:
    spec = {"template": {"spec": {"containers": [{"name": "main", "env": env}]}}}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    return {"patch": json.dumps({**thing(kind, name), "spec": spec}), **more}


IDENTITY = {("group", "apps"), ("version", "v1"), ("kind", "Deployment"), ("name", "api")}
SAYS = [{"name": "A", "value": "1"}, {"name": "B", "$patch": "delete"}]
GIVEN = (Variable("A", False),)


@pytest.mark.parametrize(
    "patch, found",
    [
        (merge(SAYS), EnvPatch(frozenset(IDENTITY), "main", GIVEN, frozenset("B"))),
        (merge(SAYS, target={"kind": "Deployment", "name": ""}), EnvPatch(frozenset({("kind", "Deployment")}), "main", GIVEN, frozenset("B"))),
        (merge(SAYS, target={"group": "apps", "version": "v1", "name": "api"}), EnvPatch(frozenset(IDENTITY - {("kind", "Deployment")}), "main", GIVEN, frozenset("B"))),
        (merge([]), ()),
        (merge([{"value": "1"}]), ()),
        (merge(SAYS, name="other"), None),
        (merge(SAYS, target={"kind": "Deploy.*"}), None),
        (merge(SAYS, target={"kind": "Deployment", "labelSelector": "a=b"}), None),
        (merge([], target={"kind": "Deploy.*"}), ()),
        ({"target": {"kind": "Deployment"}, "patch": "- {op: add, path: /spec/replicas, value: 2}"}, ()),
        ({"target": {"kind": "Deployment"}, "patch": "- {op: remove, path: /spec/template/spec/containers/0/env/0}"}, None),
        ({"target": {"kind": "Deployment"}, "patch": "- {op: add, path: /spec/template/spec/containers/-, value: {name: b, env: []}}"}, None),
        ({"target": {"kind": "Deployment"}, "patch": "- {op: add, path: /spec/template/spec/containers, value: [{name: b, env: []}]}"}, None),
        ({"target": {"kind": "Deployment"}, "patch": "- {op: add, path: /spec/template/spec/containers/-, value: {name: b, image: env}}"}, ()),
    ],
)  # fmt: skip
def test_what_patches_say_of_variables(patch: Object, found: Any) -> None:
    expected = (found,) if isinstance(found, EnvPatch) else found
    assert running.patched(way(thing("Deployment"), patches=[patch])) == expected


def test_variables_of_a_cron_job_and_of_a_component() -> None:
    """A component has no objects of its own that a patch could be held against."""
    (patch,) = running.patched(way(thing("CronJob"), patches=[merge(SAYS, "CronJob")])) or ()
    assert patch.variables == GIVEN
    (patch,) = running.patched(way(patches=[merge(SAYS, name="other")])) or ()
    assert ("name", "other") in patch.target
