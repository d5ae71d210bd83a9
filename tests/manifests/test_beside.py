"""Services that a base brings beside the one that gen emits, and who stands behind them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.manifests.beside import beside
from generator.manifests.walk import walk
from tests.conftest import sources

IMAGE = "registry.example.com/api"
FOLDER = "overlays/base/api/"
LISTED = {FOLDER + "kustomization.yaml": "resources: [all.yaml]\n"}


def thing(kind: str, name: str, spec: Any, version: str = "v1") -> str:
    document = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
    return str(yaml.safe_dump(document)) + "---\n"


def pods(name: str, *containers: Any, kind: str = "Deployment", labels: Any = None) -> str:
    metadata = {"labels": {"app": name} if labels is None else labels}
    template = {"metadata": metadata, "spec": {"containers": list(containers)}}
    return thing(kind, name, {"template": template}, "apps/v1")


OWN = pods("api", {"image": f"{IMAGE}:v1", "ports": [{"name": "web", "containerPort": 8080}]})
REDIS = pods("redis", {"image": "redis:7"})
PLAIN = {"selector": {"app": "api"}, "ports": [{"port": 80}]}


def found(text: str) -> list[tuple[str, str, tuple[int, ...]]]:
    made = beside(walk(sources({**LISTED, FOLDER + "all.yaml": text}), FOLDER[:-1]), "api", IMAGE)
    return [(each.name, each.kind, each.ports) for each in made]


@pytest.mark.parametrize(
    "spec, kind",
    [
        (PLAIN, "own"),
        ({**PLAIN, "clusterIP": "None"}, "headless"),
        ({**PLAIN, "type": "LoadBalancer"}, "balancer"),
        ({**PLAIN, "type": "NodePort"}, "balancer"),
        ({**PLAIN, "type": "ClusterIP"}, "own"),
        ({"type": "ExternalName", "externalName": "a.b"}, "alias"),
        ({**PLAIN, "selector": {"app": "redis"}}, "workload"),
        ({**PLAIN, "selector": {"app": "redis"}, "type": "NodePort"}, "workload"),
        ({**PLAIN, "selector": {"app": "redis"}, "clusterIP": "None"}, "workload"),
        ({**PLAIN, "selector": {"app": "nobody"}}, "own"),
        ({**PLAIN, "selector": {"app": "redis", "a": "b"}}, "own"),
        ({**PLAIN, "selector": {}}, "own"),
        ({"ports": [{"port": 80}]}, "own"),
    ],
)
def test_who_stands_behind_a_service(spec: Any, kind: str) -> None:
    assert [each[:2] for each in found(OWN + REDIS + thing("Service", "more", spec))] == [
        ("more", kind)
    ]


def test_only_other_services_of_kubernetes_are_meant() -> None:
    assert not found(OWN + thing("Service", "api", PLAIN))
    assert not found(OWN + thing("Service", "more", PLAIN, "serving.knative.dev/v1"))
    assert not found(OWN + thing("ConfigMap", "more", PLAIN))
    assert not found(OWN + thing("Service", "more", None))


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "Job"])
def test_whose_pods_answer(kind: str) -> None:
    text = OWN + pods("redis", {"image": "redis:7"}, kind=kind)
    text += thing("Service", "more", {"selector": {"app": "redis"}})
    assert [each[1] for each in found(text)] == ["own" if kind == "Job" else "workload"]


def test_pods_of_both_images_are_the_services_own() -> None:
    both = pods("api", {"image": "a:1"}, {"image": IMAGE})
    assert [each[1] for each in found(both + thing("Service", "more", PLAIN))] == ["own"]
    without = pods("api", labels=[]) + thing("StatefulSet", "b", {"template": 7}, "apps/v1")
    assert [each[1] for each in found(without + thing("Service", "more", PLAIN))] == ["own"]


@pytest.mark.parametrize(
    "ports, numbers",
    [
        ([{"port": 80}], (80,)),
        ([{"port": 80, "targetPort": 8080}, {"port": 79}], (79, 8080)),
        ([{"port": 80, "targetPort": "web"}], (8080,)),
        ([{"port": 80, "targetPort": "none"}], ()),
        ([{"port": 80}, {"port": 80}], (80,)),
        ([{"port": 0}, {"port": 65536}, {"port": 65535}, {"port": 1}], (1, 65535)),
        ([{"port": True}, {"port": None}], ()),
        (None, ()),
    ],
)
def test_the_ports_of_the_pods(ports: Any, numbers: tuple[int, ...]) -> None:
    spec = {**PLAIN, "ports": ports}
    assert [each[2] for each in found(OWN + thing("Service", "more", spec))] == [numbers]
