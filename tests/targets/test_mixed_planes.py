"""Environments with and without sidecars in one mesh; `python -m tests.mesh --plane mixed` asks real proxies."""

from __future__ import annotations

import pytest

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.edits.aim import aimed, turned
from generator.plan.units import Unit
from generator.views.diff import diff
from generator.vocabulary.findings import Findings
from tests.conftest import Files, compiled, service, sources
from tests.targets.test_ambient import ON, PLATFORM, Thing, things

ISTIO = (
    "name: shop\nmesh: {istio: '1.31'%s}\nargocd: {repository: https://git.example.com/shop.git}\n"
)
TEST = "environments/test/environment.yaml"
PERF = "environments/perf/environment.yaml"
RUNS = "hosts: [test.example.com]\nruns: {web: {tag: v1}, api: {tag: v1}}\n"
TOP = "hosts: [perf.example.com]\nextends: test\nruns: {api: {tag: p1}}\n"


def mixed(without: str, more: Files | None = None, mesh: str = "") -> Files:
    """One of both environments without sidecars."""
    texts = {TEST: RUNS, PERF: TOP}
    path = {"test": TEST, "perf": PERF}[without]
    return {PLATFORM: ISTIO % mesh, **texts, path: f"plane: ambient\n{texts[path]}", **(more or {})}


def policy(made: Compiled, environment: str, kind: str, service: str = "api") -> Thing:
    """What says who may come to the pods of a baseline."""
    folder = f"overlays/{environment}/mesh.pods/services/{service}.yaml"
    chosen = {"app.kubernetes.io/name": service, "gen/branch": "baseline"}
    found = [
        one
        for one in things(made, folder, kind)
        for selector in (one["spec"].get("selector") or one["spec"].get("podSelector"),)
        if selector and chosen.items() <= selector["matchLabels"].items()
    ]
    assert len(found) == 1
    return found[0]


def principals(made: Compiled, environment: str, service: str = "api") -> set[str]:
    (rule,) = policy(made, environment, "AuthorizationPolicy", service)["spec"]["rules"]
    named = (one["source"]["principals"] for one in rule["from"])
    return {name.removeprefix("cluster.local/ns/") for names in named for name in names}


def test_each_environment_joins_its_plane() -> None:
    for without, other in (("test", "perf"), ("perf", "test")):
        made = compiled(mixed(without))
        (enrolled,) = things(made, f"overlays/{without}/namespace/", "Namespace")
        (injected,) = things(made, f"overlays/{other}/namespace/", "Namespace")
        assert enrolled["metadata"]["labels"]["istio.io/dataplane-mode"] == "ambient"
        assert injected["metadata"]["labels"]["istio-injection"] == "enabled"
        assert "istio.io/dataplane-mode" not in injected["metadata"]["labels"]
        assert [*things(made, f"overlays/{without}/", "Gateway")]
        assert not [*things(made, f"overlays/{other}/", "Gateway")]
        assert not [*things(made, f"overlays/{without}/", "Sidecar")]
        assert [*things(made, f"overlays/{other}/", "Sidecar")]


def test_a_branch_lives_on_the_plane_of_its_environment() -> None:
    with_one, without = compiled(mixed("perf")), compiled(mixed("test"))
    login = Unit("test", "login")
    assert with_one.plan.account("api", login) == "api-login"
    assert without.plan.account("api", login) == "api.branch-login"
    folder = "overlays/test/mesh.pods/branches/"
    assert [*things(with_one, folder, "EnvoyFilter")] and not [*things(without, folder)]


def test_pods_let_in_who_follows_routes_and_the_waypoints_of_all_others() -> None:
    """In lane perf `web` of test calls `api` of perf."""
    assert principals(compiled(mixed("perf")), "perf") == {
        "shop-perf/sa/waypoint",
        "shop-test/sa/web",
        "shop-test/sa/web-*",
    }
    assert principals(compiled(mixed("test")), "perf") == {
        "shop-test/sa/waypoint",
        "shop-perf/sa/web",
        "shop-perf/sa/web-*",
    }


def test_the_network_lets_in_the_same() -> None:
    (rule,) = policy(compiled(mixed("perf")), "perf", "NetworkPolicy")["spec"]["ingress"]
    assert rule["ports"] == [{"port": 15008, "protocol": "TCP"}]
    assert "waypoint" in str(rule["from"][0]) and "shop-test" in str(rule["from"][1])
    (rule,) = policy(compiled(mixed("test")), "perf", "NetworkPolicy")["spec"]["ingress"]
    assert rule["ports"] == [{"port": 8080, "protocol": "TCP"}]
    assert "waypoint" in str(rule["from"][0]) and "shop-test" in str(rule["from"][0])
    assert "shop-perf" in str(rule["from"][1])


def test_a_waypoint_asks_after_nobody_who_does_not_come_by_it() -> None:
    made = compiled(mixed("perf", service("web", "calls: [api]\naddresses: [perf]\n")))
    gates = [
        one
        for one in things(made, "overlays/perf/mesh.pods/services/api", "AuthorizationPolicy")
        if "targetRefs" in one["spec"]
    ]
    assert gates and "shop-perf/sa/web" in str(gates) and "shop-test" not in str(gates)
    (origin,) = things(made, "overlays/perf/namespace/", "TrafficExtension")
    assert "shop-test" not in origin["spec"]["lua"]["inlineCode"]


def test_limits_are_known_to_sidecars_and_to_waypoints() -> None:
    limited = service("api", "traffic: {limits: {requests: 9}}\n")
    for without in ("test", "perf"):
        rules = things(compiled(mixed(without, limited)), "overlays/perf/", "DestinationRule")
        assert [one["spec"]["exportTo"] for one in rules] == [["shop-perf", "shop-test"]]


DIALS = service("web", "calls: [api]\nentry: [{prefix: /}]\naddresses: [perf]\n")


def test_names_of_environments_with_sidecars_are_not_dialled_from_others() -> None:
    with pytest.raises(Findings) as refused:
        compiled(mixed("test", DIALS))
    (one,) = (one for one in refused.value.found if one.code == "GEN335")
    assert one.place.path == TEST and one.place.route == ("plane",)
    assert "in test (asked for by web in test, which dials names of perf)" in one.message
    assert "`addresses`" in one.hint and "`plane: ambient`" in one.hint
    assert compiled(mixed("perf", DIALS)).files
    assert compiled({**DIALS, PLATFORM: ON % ""}).files
    quiet = service("web", "entry: [{prefix: /}]\naddresses: [perf]\n")  # it calls nobody there
    assert compiled(mixed("test", quiet)).files


LOCAL = service("api", "listens: localhost\n")


def test_what_waypoints_cannot_is_asked_of_environments_without_sidecars_alone() -> None:
    """What a sidecar reaches in test, no tunnel would in perf, which falls back to test."""
    web = {PERF: "plane: ambient\nextends: test\nruns: {web: {tag: v1}}\n"}
    assert compiled({**mixed("perf"), **web, **LOCAL}).files
    with pytest.raises(Findings) as refused:
        compiled(mixed("perf", LOCAL))
    assert [one.place.path for one in refused.value.found if one.code == "GEN335"] == [PERF]
    with pytest.raises(Findings) as refused:
        compiled({**mixed("perf"), PLATFORM: (ISTIO % "").replace("1.31", "1.30")})
    assert any("needs Istio 1.31" in one.message for one in refused.value.found)


RAW: Files = {
    **service("web", "calls: [db]\nentry: [{prefix: /}]\n"),
    **service("db", protocol="tcp"),
    "environments/test/branches/login.yaml": "runs: {web: {tag: b}, db: {tag: b}}\n",
}
DB = {TEST: "hosts: [test.example.com]\nruns: {web: {tag: v}, api: {tag: v}, db: {tag: v}}\n"}


def test_raw_tcp_is_told_by_callers_with_sidecars() -> None:
    assert compiled(mixed("perf", {**RAW, **DB})).files
    with pytest.raises(Findings) as refused:
        compiled(mixed("test", {**RAW, TEST: f"plane: ambient\n{DB[TEST]}"}))
    assert any("raw TCP by their caller" in one.message for one in refused.value.found)


def test_one_environment_turns_alone() -> None:
    read = sources({PLATFORM: ISTIO % ""})
    before, after = (
        valid(compile_sources(read)),
        valid(compile_sources(turned(read, "ambient", "perf"))),
    )
    told = diff(before, after)
    assert not told.tenants
    assert [one.name for one in told.trust] == ["environment perf, plane"]
    (target,) = (one for one in told.printed if one.name.startswith("target"))
    assert (target.name, target.what) == (
        "target of perf",
        "virtualService on sidecar → virtualService on ambient",
    )
    assert not [one for one in told.settings if "plane" in one.name]


def test_all_turn_whatever_they_say_themselves() -> None:
    read = sources(mixed("perf"))
    both = valid(compile_sources(aimed(read, {"plane": "ambient"})))
    assert {one.plane for one in both.plan.environments.values()} == {"ambient"}
    none = valid(compile_sources(aimed(read, {"plane": "sidecar"})))
    assert dict(none.files) == dict(valid(compile_sources(sources({PLATFORM: ISTIO % ""}))).files)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({PLATFORM: ISTIO % ""}, mixed("perf")),
        (mixed("test"), mixed("perf")),
        (mixed("perf"), {PLATFORM: ISTIO % ", plane: ambient"}),
        (mixed("test"), mixed("test", service("web", "entry: [{prefix: /}]\n"))),
    ],
)
def test_what_is_remembered_is_what_would_be_printed(old: Files, new: Files) -> None:
    before = compiled(old)
    list(before.files.items())
    read = sources(new)
    after = valid(compile_sources(read, memory=before.memory()))
    assert dict(after.files) == dict(valid(compile_sources(read)).files)


@pytest.mark.parametrize("said", ["sidecar", "ambient"])
def test_an_environment_that_says_what_holds_anyway_changes_nothing(said: str) -> None:
    plain = compiled({PLATFORM: ISTIO % f", plane: {said}"})
    spoken = compiled({PLATFORM: ISTIO % f", plane: {said}", PERF: f"plane: {said}\n{TOP}"})
    kept = compiled({PLATFORM: ISTIO % f", plane: {said}", PERF: TOP})
    assert dict(spoken.files) == dict(kept.files) and plain.targets == spoken.targets
