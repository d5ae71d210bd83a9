"""What objects may not say, route by route, and what a cluster has once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.manifests.build import Object
from generator.manifests.obeyed import grouped, is_obeyed, obeyed, unescaped
from generator.manifests.objects import unusual
from generator.manifests.once import wanted
from generator.manifests.safety import problems
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

Document = dict[str, Any]
PLACE = Place("overlays/base/api/a.yaml")
POD = ("spec", "template", "spec")
MAIN = {"name": "main", "image": "a:1"}


def thing(kind: str, version: str = "v1", **more: Any) -> Document:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, **more}


def workload(kind: str = "Deployment", version: str = "apps/v1", **pod: Any) -> Document:
    spec: Document = {"template": {"spec": pod}}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    return thing(kind, version, spec=pod if kind == "Pod" else spec)


def told(document: Document, *, privileged: bool = False, given: bool = True) -> list[str]:
    found = [*problems(Object(PLACE, document), "api", privileged=privileged, given=given)]
    assert all(each.message and each.hint for each in found)
    return [f"{each.code} {'/'.join(map(str, each.route))}" for each in found]


# What a pod says → where it reaches the machine, below the pod's spec.
REACHES: list[tuple[Document, list[str]]] = [
    ({}, []),
    ({"hostNetwork": False, "hostPID": None}, []),
    ({"hostNetwork": True}, ["hostNetwork"]),
    ({"hostPID": True}, ["hostPID"]),
    ({"hostIPC": True}, ["hostIPC"]),
    ({"volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "hostPath": {"path": "/"}}, "c"]}, ["volumes/1/hostPath"]),
    ({"volumes": {"hostPath": {}}}, []),
    ({"securityContext": {"runAsUser": 0}}, []),
    ({"securityContext": {"windowsOptions": {"hostProcess": True}}}, ["securityContext/windowsOptions/hostProcess"]),
    *(
        ({group: [MAIN, {**MAIN, **said}]}, [f"{group}/1/{route}"])
        for group in ("containers", "initContainers", "ephemeralContainers")
        for said, route in (
            ({"securityContext": {"privileged": True}}, "securityContext/privileged"),
            ({"securityContext": {"procMount": "Unmasked"}}, "securityContext/procMount"),
            ({"securityContext": {"windowsOptions": {"hostProcess": True}}}, "securityContext/windowsOptions/hostProcess"),
            ({"securityContext": {"capabilities": {"add": ["CHOWN", "SYS_ADMIN"]}}}, "securityContext/capabilities/add/1"),
            ({"securityContext": {"capabilities": {"add": ["CAP_NET_ADMIN"]}}}, "securityContext/capabilities/add/0"),
            ({"ports": [{"containerPort": 1}, {"containerPort": 2, "hostPort": 2}]}, "ports/1/hostPort"),
        )
    ),
    ({"containers": [{"securityContext": {"privileged": False, "procMount": "Default", "capabilities": {"drop": ["ALL"]}}}]}, []),
    ({"containers": [{"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE", "CAP_KILL", "SETFCAP"]}}}]}, []),
    ({"containers": [{"ports": [{"hostPort": 0}, "a"]}, "b"]}, []),
]  # fmt: skip


@pytest.mark.parametrize("pod, routes", REACHES)
def test_pods_that_reach_the_machine(pod: Document, routes: list[str]) -> None:
    assert told(workload(**pod)) == [f"GEN430 spec/template/spec/{route}" for route in routes]
    assert told(workload(**pod), privileged=True) == []
    cron = "spec/jobTemplate/spec/template/spec"
    assert told(workload("CronJob", "batch/v1", **pod)) == [
        f"GEN430 {cron}/{route}" for route in routes
    ]


@pytest.mark.parametrize("name", ["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"])  # fmt: skip
def test_capabilities_that_stay_in_the_container(name: str) -> None:
    pod = {"containers": [{"securityContext": {"capabilities": {"add": [name]}}}]}
    assert told(workload(**pod)) == []


@pytest.mark.parametrize(
    "document, given, expected",
    [
        (workload(), True, []),
        (workload(serviceAccountName="api"), True, []),
        (workload(serviceAccountName=""), True, []),
        (workload(serviceAccountName="web"), True, ["GEN431 spec/template/spec/serviceAccountName"]),
        (workload(serviceAccount="web"), True, ["GEN431 spec/template/spec/serviceAccount"]),
        (workload(serviceAccountName="web", serviceAccount="web"), True, ["GEN431 spec/template/spec/serviceAccountName"]),
        (workload(), False, ["GEN431 spec/template/spec"]),
        (workload(serviceAccountName="api"), False, []),
        (workload("Pod", "v1"), True, ["GEN431 spec"]),
        (workload("Pod", "v1", serviceAccountName="api"), True, []),
        (workload("ReplicaSet", "apps/v1", serviceAccountName="web"), True, ["GEN431 spec/template/spec/serviceAccountName"]),
        (workload("Job", "batch/v1"), True, []),
        (thing("Deployment", "apps/v1", spec={"template": []}), True, []),
        (thing("Workflow", "example.com/v1", spec={"steps": [{"containers": [MAIN]}]}), True, ["GEN431 spec/steps/0"]),
        (thing("Workflow", "example.com/v1", spec={"containers": [{"name": "a"}]}), True, []),
        (thing("Workflow", "example.com/v1", spec={"containers": "a", "more": {"containers": [MAIN]}}), True, ["GEN431 spec/more"]),
        (thing("Workflow", "example.com/v1", spec={"image": "a"}), True, []),
    ],
)  # fmt: skip
def test_whose_account_pods_have(document: Document, given: bool, expected: list[str]) -> None:
    assert told(document, given=given) == expected


def account(name: str) -> Document:
    return {"name": "a", "annotations": {"kubernetes.io/service-account.name": name}}


@pytest.mark.parametrize(
    "document, expected",
    [
        (thing("ConfigMap", metadata={"name": "a", "finalizers": ["a/b"]}), ["GEN402 metadata/finalizers"]),
        (thing("ConfigMap", metadata={"name": "a", "finalizers": []}), []),
        (thing("Secret", type="kubernetes.io/service-account-token", data={"a": "YWJj"}), ["GEN432 type"]),
        (thing("Secret", type="bootstrap.kubernetes.io/token"), ["GEN432 type"]),
        (thing("Secret", stringData={"a": "abc"}), ["GEN433 stringData/a"]),
        (thing("Secret", stringData={"a": " ab\n", "b": "", "c": 7}), []),
        (thing("Secret", stringData={"a": "ab", "b": "abc", "c": "abc"}), ["GEN433 stringData/b"]),
        (thing("Secret", data={"a": "YWJj"}), ["GEN433 data/a"]),
        (thing("Secret", data={"a": "YWI="}), []),
        (thing("Secret", data={"a": "a-b"}), ["GEN433 data/a"]),
        (thing("Secret", data=["a"]), []),
        (thing("Secret", "example.com/v1", data={"a": "YWJj"}), []),
        (thing("Service", spec={"externalIPs": ["192.0.2.1"]}), ["GEN432 spec/externalIPs"]),
        (thing("Service", spec={"externalIPs": [], "loadBalancerIP": "192.0.2.1"}), ["GEN432 spec/loadBalancerIP"]),
        (thing("Service", spec="a"), []),
        (thing("Service", "example.com/v1", spec={"externalIPs": ["192.0.2.1"]}), []),
        (thing("PodDisruptionBudget", "policy/v1", spec={"selector": {}}), ["GEN432 spec/selector"]),
        (thing("PodDisruptionBudget", "policy/v1", spec={"selector": {"matchLabels": {"a": "b"}}}), []),
        (thing("PodDisruptionBudget", "policy/v1", spec={}), []),
    ],
)  # fmt: skip
def test_what_takes_what_is_not_the_services(document: Document, expected: list[str]) -> None:
    assert told(document) == expected


def test_words_that_leave_the_mesh_are_told() -> None:
    out = workload()
    out["spec"]["template"]["metadata"] = {"labels": {"sidecar.istio.io/inject": "false"}}
    assert told(out) == ["GEN440 spec/template/metadata/labels/sidecar.istio.io/inject"]


@pytest.mark.parametrize(
    "document, expected",
    [
        (thing("Service", spec={"clusterIP": "10.0.0.1"}), ["the address 10.0.0.1 spec/clusterIP"]),
        (thing("Service", spec={"clusterIP": "None"}), []),
        (thing("Service", spec={"clusterIP": ""}), []),
        (thing("Service", spec={"ports": [{"port": 1}, {"port": 2, "nodePort": 30001}, "a"]}), ["the port 30001 of all nodes spec/ports/1/nodePort"]),
        (thing("Service", spec={"ports": [{"nodePort": 0}]}), []),
        (thing("PersistentVolumeClaim", spec={"volumeName": "a"}), ["the volume a spec/volumeName"]),
        (thing("PersistentVolumeClaim", spec={}), []),
        (thing("ConfigMap", spec={"volumeName": "a"}), []),
        (thing("Service", spec="a"), []),
        (workload(containers=[MAIN, {"ports": [{"containerPort": 1}, {"hostPort": 9}]}, "a"]), ["the port 9 of a node spec/template/spec/containers/1/ports/1/hostPort"]),
        (workload(initContainers=[{"ports": [{"hostPort": 9}]}]), ["the port 9 of a node spec/template/spec/initContainers/0/ports/0/hostPort"]),
    ],
)  # fmt: skip
def test_what_a_cluster_has_once(document: Document, expected: list[str]) -> None:
    assert [f"{what} {'/'.join(map(str, route))}" for what, route in wanted(document)] == expected


NAMED = {"name": "a"}


@pytest.mark.parametrize(
    "document, route",
    [
        (thing("ConfigMap"), None),
        (thing("ConfigMap", metadata={"name": "a", "namespace": "b", "labels": {"c": "d"}, "annotations": None}), None),
        ("a", ()),
        (thing("List", items=[]), ("kind",)),
        (thing("ConfigMapList", items=[]), ("kind",)),
        ({"kind": "A", "metadata": NAMED}, ()),
        ({"apiVersion": "v1", "metadata": NAMED}, ()),
        ({"apiVersion": "v1", "kind": "A"}, ()),
        ({"apiVersion": "v1", "kind": "A", "metadata": {"name": 7}}, ()),
        (thing("ConfigMap", "V1"), ("apiVersion",)),
        (thing("ConfigMap", "a/b/v1"), ("apiVersion",)),
        (thing("ConfigMap", "example.com/v1alpha1"), None),
        (thing("configMap"), ("kind",)),
        (thing("ConfigMap", metadata={"name": "-a"}), ("metadata", "name")),
        (thing("ConfigMap", metadata={"name": "a" * 253}), None),
        (thing("ConfigMap", metadata={"name": "a" * 254}), ("metadata", "name")),
        (thing("ConfigMap", metadata={"name": "A_b.c:d-e"}), None),
        (thing("ConfigMap", metadata={"name": "a", "namespace": 7}), ("metadata", "namespace")),
        (thing("ConfigMap", metadata={"name": "a", "labels": {"b": "c", "d": 1}}), ("metadata", "labels", "d")),
        (thing("ConfigMap", metadata={"name": "a", "annotations": {"d": True}}), ("metadata", "annotations", "d")),
        (thing("ConfigMap", metadata={"name": "a", "labels": ["b"]}), ("metadata", "labels")),
        (workload(containers=["a"]), (*POD, "containers", 0)),
    ],
)  # fmt: skip
def test_what_kustomize_takes_for_an_object(document: Any, route: Any) -> None:
    found = unusual(PLACE, document)
    assert (found and found[0]) == (None if route is None else PLACE.at(*route))
    assert found is None or all(found[1:])


KEY = "argocd.argoproj.io/sync-wave"
POINTER = "/metadata/annotations/argocd.argoproj.io~1hook"


def spots(node: Any, *, inside: bool = False) -> list[Place]:
    return [each.place for each in obeyed(PLACE, node, inside=inside)]


def test_words_that_others_obey() -> None:
    assert spots({"metadata": {"annotations": {KEY: "1", "a": "b"}}}) == [
        PLACE.key("metadata", "annotations", KEY)
    ]
    assert spots([{"a": [{KEY: "1"}]}]) == [PLACE.key(0, "a", 0, KEY)]
    assert spots({KEY: {KEY: "1"}}) == [PLACE.key(KEY), PLACE.key(KEY, KEY)]
    assert spots([{"op": "add", "path": POINTER}]) == [PLACE.at(0, "path")]
    assert spots([{"op": "move", "from": POINTER, "path": "/a"}]) == [PLACE.at(0, "from")]
    assert spots({"value": POINTER, "path": [POINTER]}) == []
    assert [place.word for place in spots([{KEY: "1"}, {"path": POINTER}], inside=True)] == [
        *(KEY, POINTER)
    ]
    words = ("link.argocd.argoproj.io/a", "helm.sh/hook", "helm.sh/hook-weight", "helm.sh/resource-policy", "config.kubernetes.io/a", "internal.config.kubernetes.io/a", "kustomize.config.k8s.io/a", "config.k8s.io/a")  # fmt: skip
    assert all(map(is_obeyed, words))
    assert not any(map(is_obeyed, ("helm.sh/chart", "argocd", "example.com/helm.sh/hook")))
    assert unescaped("a~1b~0c~01") == "a/b~c~1"


def test_findings_of_one_word_are_one() -> None:
    every = [each for number in range(8) for each in obeyed(PLACE, {"a": [{KEY: number}]})]
    (one,) = grouped(every)
    assert one.message.endswith("(8 times)") and len(one.related) == 5
    assert one.place == every[0].place
    others = [Finding("GEN405", PLACE, "x", "y")] * 2
    assert grouped(others) == others and grouped(every[:1]) == every[:1]


def test_a_finding_holds_nothing_endless() -> None:
    document = workload(serviceAccountName="x" * 1000)
    found = [*problems(Object(PLACE, document), "api", privileged=False, given=True)]
    assert all(len(each.message) < 200 for each in found)
    assert len(json.dumps([each.hint for each in found])) < 300


ROLLING = {"updateStrategy": {"rollingUpdate": {"partition": 1}}}


@pytest.mark.parametrize(
    "kind, spec, expected",
    [
        ("Deployment", {"paused": True}, ["GEN441 spec/paused"]),
        ("Deployment", {"paused": False}, []),
        ("Deployment", {"updateStrategy": {"type": "OnDelete"}}, []),
        ("StatefulSet", {"updateStrategy": {"type": "OnDelete"}}, ["GEN441 spec/updateStrategy/type"]),
        ("DaemonSet", {"updateStrategy": {"type": "OnDelete"}}, ["GEN441 spec/updateStrategy/type"]),
        ("DaemonSet", {"updateStrategy": {"type": "RollingUpdate"}}, []),
        ("StatefulSet", ROLLING, ["GEN441 spec/updateStrategy/rollingUpdate/partition"]),
        ("StatefulSet", {"updateStrategy": {"rollingUpdate": {"partition": 0}}}, []),
        ("StatefulSet", {"updateStrategy": "a"}, []),
    ],
)  # fmt: skip
def test_pods_that_take_no_new_version(kind: str, spec: Document, expected: list[str]) -> None:
    assert told(thing(kind, "apps/v1", spec={**spec, "template": {}})) == expected
