"""What carries requests, and how routes are written, cluster by cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.edits.aim import aimed
from generator.plan.units import Unit
from generator.targets import registry
from generator.views.diff import diff
from generator.vocabulary.findings import Findings
from tests.apart import APART, NAMED, ONE, PLATFORM
from tests.conftest import SMALL, Files, compiled, service, sources

EU = "eu: {server: 'https://eu.example.com:6443', revision: old"
AMBIENT = "plane: ambient, istio: '1.31'"
LOCAL = "listens: localhost\n"


def apart(eu: str, more: str = "") -> Files:
    """APART, with more said of `eu`, and of the platform."""
    text = str(APART[PLATFORM])
    assert EU in text
    return APART | {PLATFORM: text.replace(EU, f"{EU}, {eu}") + more}


def kinds(made: Compiled, *folders: str) -> set[str]:
    return {
        one["kind"]
        for path, content in made.files.items()
        if path.startswith(folders) and path.endswith(".yaml")
        for one in yaml.safe_load_all(bytes(content))
    }


def found(changes: Files) -> list[tuple[str, tuple[Any, ...], str]]:
    told = compile_sources(sources(changes))
    assert isinstance(told, Findings), "nothing is wrong"
    return [(one.code, one.place.route, one.message) for one in told.found]


@pytest.mark.parametrize(
    ("eu", "there", "not_there"),
    [
        (AMBIENT, {"Gateway", "TrafficExtension"}, {"Sidecar", "EnvoyFilter"}),
        ("routes: gateway, istio: '1.31'", {"HTTPRoute", "Sidecar"}, {"TrafficExtension"}),
    ],
)
def test_a_cluster_has_a_plane_and_routes_of_its_own(
    eu: str, there: set[str], not_there: set[str]
) -> None:
    was, now = compiled(APART), compiled(apart(eu))
    mine = kinds(now, "overlays/eu/", "overlays/lanes.eu/")
    assert there <= mine and not not_there & mine
    assert {"Sidecar", "VirtualService"} <= kinds(now, "overlays/test/", "overlays/lanes/")
    others = ("overlays/test/", "overlays/perf/", "overlays/lanes/", "overlays/edge/", "argocd/", "overlays/edge.us/", "argocd.us/")  # fmt: skip
    before, after = (made.files.ids() for made in (was, now))
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed and not [path for path in changed if path.startswith(others)]


@pytest.mark.parametrize(
    "more",
    [
        AMBIENT,
        "routes: gateway, istio: '1.31'",
        "plane: ambient, routes: gateway, istio: '1.31'",
        "plane: sidecar",
    ],
)
def test_it_is_printed_as_if_it_were_the_only_one(more: str) -> None:
    """What a platform of this cluster alone would have, which `make mesh` asks on each target."""
    there = compiled(apart(more)).files
    only = compiled(alone(more)).files
    for folder in ("eu", "lanes"):
        mine = below(there, "overlays/eu/" if folder == "eu" else "overlays/lanes.eu/")
        assert mine and mine == below(only, f"overlays/{folder}/")


def below(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {
        path.removeprefix(folder): bytes(files[path]) for path in files if path.startswith(folder)
    }


def alone(more: str) -> dict[str, str | None]:
    """The cluster eu of APART as a platform of its own."""
    others = [path for path in SMALL if path.startswith(("environments/test/", "environments/perf/"))]  # fmt: skip
    others += ["environments/lanes/mixed.yaml", "environments/tenants/acme.yaml"]
    environment = "environments/eu/environment.yaml"
    mesh = f"cluster: {{server: 'https://eu.example.com:6443'}}\nmesh: {{revision: old, {more}}}\n"
    kept = {environment: str(APART[environment]).replace("cluster: eu\n", ""), PLATFORM: NAMED + mesh}  # fmt: skip
    return {**APART, **dict.fromkeys(others), **kept}


def test_named_clusters_may_stay_with_sidecars() -> None:
    made = compiled(apart("plane: sidecar", f"mesh: {{{AMBIENT}}}\n"))
    assert "Sidecar" in kinds(made, "overlays/eu/")
    assert "TrafficExtension" in kinds(made, "overlays/test/")
    assert made.plan.account("api", Unit("eu", "login")) == "api-login"
    assert made.plan.account("api", Unit("test", "login")) == "api.branch-login"


def test_what_a_plane_cannot_is_asked_of_its_own_cluster() -> None:
    """Api listens on localhost, which a waypoint does not reach."""
    local = service("api", LOCAL)
    ((code, route, message),) = found(apart(AMBIENT) | local)
    assert (code, route) == ("GEN335", ("clusters", "eu", "plane"))
    assert "in the cluster eu (asked for by the service api)" in message
    ((code, route, message),) = found(apart("plane: sidecar", f"mesh: {{{AMBIENT}}}\n") | local)
    assert (code, route) == ("GEN335", ("mesh", "plane"))
    assert "in the platform's own cluster, the cluster us (asked" in message
    whole = dict.fromkeys(path for path in APART if path.startswith("environments/eu/branches/"))
    only_here = {
        "environments/eu/environment.yaml": "cluster: eu\nruns: {web: {tag: v1}}\n",
        "environments/tenants/beta.yaml": "match: [{header: {x-tenant: beta}}]\nlane: eu\n",
        **service("web", "entry: [{prefix: /}]\n"),
    }
    assert compiled({**apart(AMBIENT), **local, **whole, **only_here}).files


def test_the_oldest_istio_is_that_of_the_cluster() -> None:
    ((code, route, message),) = found(apart("plane: ambient, istio: '1.30'"))
    assert (code, route) == ("GEN335", ("clusters", "eu", "plane"))
    assert "and the oldest in use in the cluster eu is 1.30" in message
    named = "mesh: {istio: '1.31', privateNames: {by: vhostHeader}}\n"
    private = service("api", "names: [trpc.shop.api]\n")
    assert [one[0] for one in found(apart("istio: '1.28'", named) | private)] == ["GEN210"]
    assert compiled(apart("istio: '1.29'", named) | private).files


@pytest.mark.parametrize(
    ("eu", "key"), [(AMBIENT, "plane"), ("routes: gateway, istio: '1.31'", "routes")]
)
def test_one_mesh_has_one_target(eu: str, key: str) -> None:
    one = ONE | {PLATFORM: str(ONE[PLATFORM]).replace("eu: {mesh", f"eu: {{{eu}, mesh")}
    told = found(one)
    assert [(code, route) for code, route, _ in told] == [("GEN215", ("clusters", "eu"))]
    assert told[0][2].startswith(f"`{key}` is ") and "of the same mesh" in told[0][2]
    whole = ONE | {PLATFORM: str(ONE[PLATFORM]) + f"mesh: {{{AMBIENT}}}\n"}
    assert any("asked for by clusters of one mesh" in message for _, _, message in found(whole))


def test_a_mesh_beside_one_of_several_may_have_another_plane() -> None:
    text = str(ONE[PLATFORM]).replace("us: {mesh: one, network: n2}", f"us: {{{AMBIENT}}}")
    perf = "cluster: us\nhosts: [us.example.com]\nruns: {web: {tag: v1}, api: {tag: v1}}\n"
    files = {PLATFORM: text, "environments/us/environment.yaml": perf}
    assert "TrafficExtension" in kinds(compiled(ONE | LIMITLESS | files), "overlays/us/")


LIMITLESS = service("api", "forwardsColour: true\n")


def test_what_another_plane_makes_of_it_is_told_of_every_cluster() -> None:
    read = sources(apart(AMBIENT))
    turned = valid(compile_sources(aimed(read, {"plane": "sidecar"})))
    assert {str(one) for one in turned.targets.environments.values()} == {
        "virtualService on sidecar"
    }
    told = diff(valid(compile_sources(read)), turned)
    assert [one.name for one in told.printed if one.name.startswith("target")] == ["target of the cluster eu"]  # fmt: skip
    istio = {PLATFORM: str(apart(AMBIENT)[PLATFORM]) + "mesh: {istio: '1.31'}\n"}
    both = valid(compile_sources(aimed(sources(APART | istio), {"plane": "ambient"})))
    assert {str(one) for one in both.targets.environments.values()} == {"virtualService on ambient"}
    assert aimed(sources(APART), {"ingress": "gateway"}).files.keys() == sources(APART).files.keys()


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        (None, ["ambient", "ambient", "ambient"]),
        ("", ["ambient", "sidecar", "sidecar"]),
        ("eu", ["sidecar", "ambient", "sidecar"]),
        ("us", ["sidecar", "sidecar", "ambient"]),
    ],
)
def test_one_cluster_may_turn_alone(cluster: str | None, expected: list[str]) -> None:
    text = str(APART[PLATFORM]).replace("  us: {name: america, ingress: {namespace: gates}}", "  us: {}")  # fmt: skip
    read = sources(APART | {PLATFORM: text + "mesh:\n  istio: '1.31'  # ours\n"})
    made = valid(compile_sources(aimed(read, {"plane": "ambient"}, cluster)))
    assert [made.targets.clusters[name].plane_name for name in ("", "eu", "us")] == expected


def test_a_cluster_that_changes_its_plane_is_told() -> None:
    told = diff(compiled(APART), compiled(apart(AMBIENT)))
    (trust,) = (one for one in told.trust if one.name == "clusters.eu.plane")
    assert "pods or a waypoint" in trust.what
    (target,) = (one for one in told.printed if one.name.startswith("target"))
    assert target.what == "virtualService on sidecar → virtualService on ambient"


def test_a_cluster_that_says_what_it_had_changes_nothing() -> None:
    """As the others do, where the platform's own cluster turns alone."""
    read = sources(APART | {PLATFORM: str(APART[PLATFORM]) + "mesh: {istio: '1.31'}\n"})
    before = valid(compile_sources(read))
    told = diff(before, valid(compile_sources(aimed(read, {"plane": "ambient"}, ""))))
    named = [one.name for one in (*told.trust, *told.settings)]
    assert "mesh.plane" in named and not any(name.startswith("clusters.") for name in named)


@pytest.mark.parametrize("eu", [AMBIENT, "routes: gateway, istio: '1.31'", "istio: '1.31'"])
def test_what_is_remembered_is_what_would_be_printed(eu: str) -> None:
    first = compiled(APART)
    list(first.files.items())
    read = sources(apart(eu))
    after = valid(compile_sources(read, memory=first.memory()))
    assert dict(after.files) == dict(valid(compile_sources(read)).files)
    assert after.targets == registry.targets(after.plan) and after.memory() is not None
