"""Routes that stand once: who delegates to them, when they are there, and what a branch changes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.conftest import Files, compiled, service

BRANCH = "environments/test/branches/new.yaml"


def of(files: Any, path: str, kind: str = "VirtualService") -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(bytes(files[path])) if one["kind"] == kind]


def test_every_host_delegates_to_what_is_exported_to_it() -> None:
    files = compiled().files
    made = {}
    for path in files:
        if path.startswith("overlays/lanes/") and not path.endswith("kustomization.yaml"):
            for one in of(files, path):
                assert one["spec"].keys() == {"exportTo", "http"}
                made[one["metadata"]["namespace"], one["metadata"]["name"]] = one["spec"]
    asked = 0
    for path in files:
        if path.startswith("overlays/") and "/mesh/" in path and b"VirtualService" in files[path]:
            for one in of(files, path):
                first, *_, last = one["spec"]["http"]
                named = first["delegate"]
                exported = made[named["namespace"], named["name"]]["exportTo"]
                assert one["metadata"]["namespace"] in exported
                assert last["name"] == "default"
                asked += 1
    assert asked == 6  # web and api in two environments, and their hosts


def test_a_way_rewrites_what_it_delegates() -> None:
    more = service("web", "calls: [api]\nentry: [{prefix: /shop/, rewrite: /}]\n")
    (host,) = of(compiled(more).files, "overlays/test/mesh/hosts.yaml")
    lanes, default = host["spec"]["http"]
    assert lanes["match"] == default["match"] == [{"uri": {"prefix": "/shop/"}}]
    assert lanes["rewrite"] == default["rewrite"]
    assert lanes["delegate"] == {"name": "shop.web.8080", "namespace": "istio-ingress"}


def test_waves_let_in_then_lead_then_delegate() -> None:
    files = compiled().files

    def wave(name: str) -> int:
        (one,) = of(files, f"argocd/applications/{name}.yaml", "Application")
        return int(one["metadata"]["annotations"].get("argocd.argoproj.io/sync-wave", 0))

    order = ("test/login", "test/mesh.pods", "lanes", "test/mesh", "edge")
    assert [wave(name) for name in order] == sorted({wave(name) for name in order})


@pytest.mark.parametrize(
    ("runs", "most"),
    [("{api: {tag: n}}", 12), ("{web: {tag: n}}", 12), ("{web: {tag: n}, api: {tag: n}}", 16)],
)
def test_a_branch_changes_little_however_many_environments_there_are(runs: str, most: int) -> None:
    many: Files = {
        f"environments/more-{number}/environment.yaml": (
            f"hosts: [m{number}.example.com]\nextends: test\nruns: {{web: {{tag: v}}, api: {{tag: v}}}}\n"
        )
        for number in range(8)
    }
    before, after = (
        compiled(many | more).files.ids() for more in ({}, {BRANCH: f"runs: {runs}\n"})
    )
    changed = {path for path in after if before.get(path) != after[path]}
    assert len(changed) <= most
    applications = {path for path in changed if path.startswith("argocd/applications/")}
    assert applications == {
        "argocd/applications/lanes.yaml",
        "argocd/applications/test/mesh.pods.yaml",
        "argocd/applications/test/new.yaml",
    }


def test_a_sidecar_knows_its_own_environment_and_what_is_addressed() -> None:
    def known(more: Files) -> list[str]:
        run = {"environments/perf/environment.yaml": "hosts: [perf.example.com]\nextends: test\nruns: {web: {tag: v}, api: {tag: p1}}\n"}  # fmt: skip
        made = compiled(run | more).files
        (scope,) = of(made, "overlays/perf/mesh/services/web.yaml", "Sidecar")
        return list(scope["spec"]["egress"][0]["hosts"])

    own, other = (f"shop-{name}/api.shop-{name}.svc.cluster.local" for name in ("perf", "test"))
    platform = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
    assert known({}) == [own, "istio-system/*"]
    for more in (
        service("web", "calls: [api]\nentry: [{prefix: /}]\naddresses: [test]\n"),
        service("web", "calls: [api]\nentry: [{prefix: /}]\naddresses: ['*']\n"),
        {"environments/platform.yaml": f"{platform}mesh: {{addresses: [test]}}\n"},
    ):
        assert known(more) == [own, other, "istio-system/*"]
