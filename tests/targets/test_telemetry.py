"""By what lanes are seen: only where the platform asks, and the same whatever lanes there are."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.targets.istio.telemetry import expression
from tests.conftest import Files, compiled

PLATFORM = "environments/platform.yaml"
HEAD = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"


def asking(said: str, more: str = "") -> Files:
    return {PLATFORM: f"{HEAD}telemetry: {said}\n{more}"}


def telemetries(changes: Files) -> dict[str, dict[str, Any]]:
    """Path → the one Telemetry in it."""
    found = {}
    for path, raw in compiled(changes).files.items():
        objects = [item for item in yaml.safe_load_all(raw) if isinstance(item, dict)]
        for item in objects if path.startswith("overlays/") else ():
            if item.get("kind") == "Telemetry":
                assert path not in found
                found[path] = item
    return found


def test_each_namespace_has_one_and_the_ingress_has_its_own() -> None:
    made = telemetries(asking("{metrics: [prometheus], accessLog: [lanes], spans: otel}"))
    assert {path: item["metadata"]["namespace"] for path, item in made.items()} == {
        "overlays/test/mesh/telemetry.yaml": "shop-test",
        "overlays/perf/mesh/telemetry.yaml": "shop-perf",
        "overlays/edge/gateway.yaml": "istio-ingress",
    }
    edge = made.pop("overlays/edge/gateway.yaml")["spec"]
    assert edge.pop("selector") == {"matchLabels": {"istio": "ingress"}}
    for item in made.values():
        assert item["spec"] == edge  # of the namespace's all pods
        assert set(edge) == {"metrics", "tracing", "accessLogging"}


def test_without_sidecars_the_ingress_tells_how_long_too() -> None:
    ambient = "mesh: {plane: ambient, istio: '1.31'}\n"
    for made in telemetries(asking("{metrics: [prometheus]}", ambient)).values():
        (metrics,) = made["spec"]["metrics"]
        modes = {one["match"]["metric"]: one["match"]["mode"] for one in metrics["overrides"]}
        assert modes == dict.fromkeys(("REQUEST_COUNT", "REQUEST_DURATION"), "CLIENT_AND_SERVER")


@pytest.mark.parametrize(
    "said, keys",
    [
        ("{metrics: [prometheus]}", {"metrics"}),
        ("{spans: otel}", {"tracing"}),
        ("{accessLog: [a, b]}", {"accessLogging"}),
    ],
)
def test_only_what_is_asked(said: str, keys: set[str]) -> None:
    for item in telemetries(asking(said)).values():
        assert set(item["spec"]) - {"selector"} == keys


def test_the_header_is_the_platforms() -> None:
    said = asking("{metrics: [prometheus], spans: otel}", "mesh: {header: x-colour}\n")
    for item in telemetries(said).values():
        text = str(item["spec"])
        assert "x-lane" not in text
        assert text.count("x-colour") == 7
    assert (
        expression("a")
        == "'a' in request.headers && request.headers['a'] != '' ? request.headers['a'] : 'none'"
    )


def test_no_lane_and_no_tenant_changes_it() -> None:
    said = asking("{metrics: [prometheus], spans: otel}")
    branch: Files = {
        "environments/test/branches/more.yaml": "runs: {web: {tag: v9}}\n",
        "environments/tenants/new.yaml": "match: [{header: {x-tenant: new}}]\nlane: test/more\n",
    }
    assert telemetries(said) == telemetries(said | branch)


def test_nothing_is_there_unasked_and_leaving_is_two_steps() -> None:
    """Argo CD deletes only kinds that a project lets in, so `{}` still does, and brings nothing."""
    unasked, emptied = (compiled({PLATFORM: HEAD}).files, compiled(asking("{}")).files)
    assert telemetries(asking("{}")) == telemetries({PLATFORM: HEAD}) == {}
    asked = compiled(asking("{spans: otel}")).files
    for project in ("test", "edge"):
        path = f"argocd/projects/{project}.yaml"
        assert b"Telemetry" not in unasked[path]
        assert asked[path] == emptied[path]
        assert b"Telemetry" in emptied[path]
    differing = [path for path in emptied if emptied[path] != unasked[path]]
    assert all(path.startswith("argocd/") or "/owned/" in path for path in differing)
