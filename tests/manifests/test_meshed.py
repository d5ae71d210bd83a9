"""Pods that leave the mesh are told, those that say what is so anyway are not."""

from __future__ import annotations

from typing import Any

import pytest

from generator.manifests.meshed import outside
from generator.plan.units import Unit
from tests.conftest import base, compiled

TRAFFIC = "traffic.sidecar.istio.io"


def workload(kind: str, part: str, said: Any) -> dict[str, Any]:
    template = {"metadata": {part: said}, "spec": {}}
    spec = {"template": template}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "api"}, "spec": spec}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
@pytest.mark.parametrize("part", ["labels", "annotations"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sidecar.istio.io/inject", "false"),
        ("istio.io/dataplane-mode", "none"),
        ("istio.io/rev", "canary"),
        ("sidecar.istio.io/interceptionMode", "NONE"),
        (f"{TRAFFIC}/excludeInboundPorts", "9000"),
        (f"{TRAFFIC}/excludeInterfaces", "eth1"),
        (f"{TRAFFIC}/excludeOutboundIPRanges", "10.0.0.0/8"),
        (f"{TRAFFIC}/excludeOutboundPorts", "5432"),
        (f"{TRAFFIC}/includeInboundPorts", "8080"),
        (f"{TRAFFIC}/includeOutboundPorts", "80"),
        (f"{TRAFFIC}/includeOutboundIPRanges", "10.0.0.0/8"),
    ],
)
def test_a_word_that_takes_pods_out(kind: str, part: str, key: str, value: str) -> None:
    (told,) = outside(workload(kind, part, {"app": "api", key: value}))
    assert told.route == ("spec", "template", "metadata", part, key)
    assert told.message


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("Deployment", {"sidecar.istio.io/inject": "true"}),
        ("Deployment", {"sidecar.istio.io/interceptionMode": "REDIRECT"}),
        ("Deployment", {f"{TRAFFIC}/includeInboundPorts": "*"}),
        ("Deployment", {f"{TRAFFIC}/excludeInboundPorts": ""}),
        ("Deployment", {"proxy.istio.io/config": "holdApplicationUntilProxyStarts: true"}),
        ("Deployment", None),
        ("Deployment", ["sidecar.istio.io/inject"]),
        ("Job", {"sidecar.istio.io/inject": "false"}),
        ("CronJob", {"sidecar.istio.io/inject": "false"}),
        ("ConfigMap", {"sidecar.istio.io/inject": "false"}),
    ],
)
def test_what_changes_nothing(kind: str, said: Any) -> None:
    assert [*outside(workload(kind, "annotations", said))] == []


def test_a_component_may_not_do_it_silently_either() -> None:
    patch = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {template: "
        '{metadata: {annotations: {sidecar.istio.io/inject: "false"}}}}\n'
    )
    files = {
        **base("api"),
        "overlays/components/plain/kustomization.yaml": (
            "kind: Component\npatches: [{path: patch.yaml}]\n"
        ),
        "overlays/components/plain/patch.yaml": patch,
        "environments/test/branches/login.yaml": ("runs:\n  api: {tag: b1, components: [plain]}\n"),
    }
    done = compiled(files)
    assert Unit("test", "login") in done.plan.runs
    told = [finding for finding in done.warnings if finding.code == "GEN440"]
    assert [finding.place.path for finding in told] == ["overlays/components/plain/patch.yaml"]
