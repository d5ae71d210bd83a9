"""Manifests are held against the schemas of the clusters that they go to."""

from __future__ import annotations

import pytest
import yaml

from generator.compiler.compile import compile_sources, valid
from generator.io.render import _against_schemas
from generator.vocabulary.findings import Finding, Findings
from tests.apart import APART, EU, NAMED, PLATFORM
from tests.conftest import Files, base, compiled, sources

WEB, ENVIRONMENT = "overlays/base/web/", "environments/eu/environment.yaml"
BRANCH = "environments/eu/branches/login.yaml"
ONLY_API = "cluster: eu\nnamespace: shop-eu\nruns:\n  api: {tag: v1}\n"


def platform(eu: str = "", own: str = "") -> Files:
    said = f"kubernetes: '{eu}'" if eu else ""
    text = f"{NAMED}clusters: {{eu: {{{said}}}, us: {{}}}}\n"
    return {PLATFORM: text + (f"cluster: {{kubernetes: '{own}'}}\n" if own else "")}


def newer(name: str) -> Files:
    """A base with what servers know since 1.34."""
    path = f"overlays/base/{name}/deployment.yaml"
    text = str(base(name)[path])
    return {path: text.replace("spec: {containers", "spec: {hostnameOverride: x, containers")}


def told(files: Files) -> list[Finding]:
    done = compile_sources(sources(APART | files))
    found = done.found if isinstance(done, Findings) else done.warnings
    return [one for one in found if one.code.startswith("GEN4")]


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        (platform(), None),
        (platform("1.33"), ["the cluster eu has Kubernetes 1.33"]),
        (platform("1.33") | {"environments/test/environment.yaml": ONLY_API.replace("cluster: eu\nnamespace: shop-eu\n", ""), "environments/test/branches/login.yaml": "runs: {api: {tag: b}}\n"}, ["the cluster eu has Kubernetes 1.33"]),
        (platform("1.37"), None),
        (platform("1.34", "1.33"), ["the platform's own cluster has Kubernetes 1.33"]),
        (platform("1.32", "1.33"), []),  # in all where it runs
        (platform("1.33") | {ENVIRONMENT: ONLY_API}, None),  # it does not run there
        (platform("1.33") | {ENVIRONMENT: ONLY_API, BRANCH: "runs: {web: {tag: b1}}\n"}, ["the cluster eu has Kubernetes 1.33"]),
        (platform("1.33") | {ENVIRONMENT: EU.replace("cluster: eu", "cluster: us")}, None),
    ],
)  # fmt: skip
def test_a_base_is_held_against_the_clusters_where_it_runs(
    files: Files, wrong: list[str] | None
) -> None:
    found = told(files | newer("web"))
    if wrong is None:
        assert found == []
    else:
        (one,) = found
        assert one.place.path.startswith(WEB) and "hostnameOverride" in one.message
        assert [text for _, text in one.related] == wrong
        ends = [f", in Kubernetes {text[-4:]} ({text.partition(' has ')[0]})" for text in wrong]
        assert one.message.endswith("".join(ends) or "of a PodSpec")
        routes = {"eu": ("clusters", "eu", "kubernetes"), "own": ("cluster", "kubernetes")}
        named = ["eu" if "eu" in text else "own" for text in wrong]
        assert [place.route for place, _ in one.related] == [routes[name] for name in named]


def test_each_of_several_is_told_once() -> None:
    path = "overlays/base/web/deployment.yaml"
    text = str(newer("web")[path]).replace("{hostnameOverride", "{nodename: y, hostnameOverride")
    found = told(platform("1.33") | {path: text})
    assert [(one.message.split("`")[1], len(one.related)) for one in found] == [("nodename", 0), ("hostnameOverride", 1)]  # fmt: skip


def test_who_moves_is_held_against_where_it_comes_to() -> None:
    """With what an earlier compile remembers."""
    before = APART | platform("1.33") | newer("web") | {ENVIRONMENT: ONLY_API}
    first = valid(compile_sources(sources(before)))
    branch = {BRANCH: "runs: {web: {tag: b1}}\n"}
    for change in ({ENVIRONMENT: EU}, branch):
        again = compile_sources(sources(before | change), memory=first.memory())
        assert isinstance(again, Findings) and [one.code for one in again.found] == ["GEN410"]
    moved = {ENVIRONMENT: EU.replace("cluster: eu", "cluster: us")}
    assert not isinstance(compile_sources(sources(before | moved), memory=first.memory()), Findings)


def test_a_component_is_held_against_the_clusters_where_it_is_switched_on() -> None:
    patch = "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: web}\nspec: {template: {spec: {hostnameOverride: x}}}\n"  # fmt: skip
    component: Files = {
        "overlays/components/debug/kustomization.yaml": "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\npatches: [{path: patch.yaml}]\n",
        "overlays/components/debug/patch.yaml": patch,
    }
    on = {"environments/test/branches/login.yaml": "runs: {web: {tag: b1, components: [debug]}}\n"}
    assert told(component | platform("1.33") | on) == []
    there = {BRANCH: "runs: {web: {tag: b1, components: [debug]}}\n"}
    (one,) = told(component | platform("1.33") | there)
    assert one.place.path == "overlays/components/debug/patch.yaml"
    (one,) = told(component | platform("1.33") | on | there)
    assert [text for _, text in one.related] == ["the cluster eu has Kubernetes 1.33"]


def test_a_kind_that_nobody_describes_is_told_once() -> None:
    custom = "apiVersion: example.com/v1\nkind: Queue\nmetadata: {name: queue}\n"
    kinds: Files = {PLATFORM: f"{platform('1.33')[PLATFORM]}bases: {{kinds: {{example.com/Queue: everywhere}}}}\n"}  # fmt: skip
    brought: Files = {}
    for name in ("api", "web"):
        path = f"overlays/base/{name}/deployment.yaml"
        brought[path] = f"{base(name)[path]}---\n{custom}"
    (one,) = told(kinds | brought)
    assert not one.related


def test_what_is_wrong_where_nobody_runs_it_is_told_of_the_platforms_own() -> None:
    nobody: Files = {
        "environments/services/old.yaml": "image: registry.example.com/old\nports: [{name: web, port: 8080, protocol: http}]\nforwardsColour: true\n",
    }
    old = nobody | base("old") | newer("old")
    assert told(platform("1.33") | old) == []
    assert [one.code for one in told(platform("1.34", "1.33") | old)] == ["GEN410"]


@pytest.mark.parametrize(("cluster", "wrong"), [("eu", True), ("us", False), ("", False)])
def test_what_is_rendered_is_held_against_its_own_cluster(cluster: str, wrong: bool) -> None:
    made = compiled(APART | platform("1.33"))
    path = "overlays/base/web/deployment.yaml"
    manifest = yaml.safe_load(str(newer("web")[path]))
    told = [*_against_schemas(made, cluster, [manifest])]
    assert bool(told) is wrong
    assert all(one.message.endswith(", in Kubernetes 1.33 (the cluster eu)") for one in told)
