"""The readings of the simulation, and that it tells right from wrong. `python -m tests.simulate.held` holds it to real Envoys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.mesh.mutations import FAULTS
from tests.mesh.oracle import Input
from tests.mesh.topology import generate
from tests.simulate import Unread, told, tree
from tests.simulate.__main__ import run_seed
from tests.simulate.faults import noticed
from tests.simulate.istio import Outbound, Registry
from tests.simulate.routes import Caller, VirtualHost, merged, routes
from tests.simulate.world import World, ask

NOBODY = Caller("shop-test", {"app": "cart"}, 80)


def to(host: str) -> dict[str, Any]:
    return {"route": [{"destination": {"host": host}}]}


def lane(**asked: str) -> list[dict[str, Any]]:
    return [{"headers": {"x-lane": asked}}]


def first(entries: list[dict[str, Any]], *lines: str, path: str = "/", each: bool = True) -> Any:
    host = VirtualHost(list(routes(entries, NOBODY, gateway=False)))
    does = host.find(path, {"x-lane": lines} if lines else {}, each)
    return does and does.host


@pytest.mark.parametrize(
    "asked, lines, each, fits",
    [
        ({"exact": "a"}, ("a",), True, True),
        ({"exact": "a"}, ("ab",), True, False),
        ({"exact": "a"}, (), True, False),
        ({"exact": "a"}, ("b", "a"), True, True),
        ({"exact": "a"}, ("b", "a"), False, False),
        ({"exact": "b,a"}, ("b", "a"), False, True),
        ({"regex": "a|b"}, ("b",), True, True),
        ({"regex": "a|b"}, ("bc",), True, False),
        ({"prefix": "a"}, ("ab",), True, True),
        ({}, ("",), True, True),
        ({}, (), True, False),
    ],
)
def test_headers(asked: dict[str, str], lines: tuple[str, ...], each: bool, fits: bool) -> None:
    entries = [{"match": lane(**asked)} | to("lane"), to("default")]
    assert first(entries, *lines, each=each) == ("lane" if fits else "default")


def test_the_first_route_that_fits_decides() -> None:
    entries = [to("all"), {"match": lane(exact="a")} | to("lane")]
    assert first(entries, "a") == "all"
    assert first(entries[1:]) is None


def test_all_that_a_match_asks_for_must_fit() -> None:
    both = {"uri": {"prefix": "/x"}, "headers": {"x-lane": {"exact": "a"}}}
    entries = [{"match": [both]} | to("lane"), to("default")]
    assert first(entries, "a", path="/x/y") == "lane"
    assert first(entries, "a", path="/y") == "default"
    assert first(entries, "b", path="/x") == "default"


def test_what_is_asked_of_the_caller_is_known_beforehand() -> None:
    entries = [
        {"match": [{"sourceLabels": {"app": "other"}}]} | to("labels"),
        {"match": [{"sourceNamespace": "elsewhere"}]} | to("namespace"),
        {"match": [{"port": 81}]} | to("port"),
        {"match": [{"sourceLabels": {"app": "cart"}, "port": 80}]} | to("mine"),
    ]
    assert first(entries) == "mine"


@pytest.mark.parametrize(
    "root, below, fits",
    [
        ([], [], [{}]),
        ([], lane(exact="a"), lane(exact="a")),
        (lane(exact="a"), [], lane(exact="a")),
        (
            [{"uri": {"prefix": "/x"}}],
            lane(exact="a"),
            [{"uri": {"prefix": "/x"}, **lane(exact="a")[0]}],
        ),
        (lane(prefix="a"), lane(exact="ab"), lane(exact="ab")),
        (lane(prefix="a"), lane(exact="b"), None),
        (lane(regex="a|b"), lane(exact="a"), None),
        (lane(exact="a"), lane(prefix="a"), None),
        (lane(exact="a"), [*lane(exact="a"), *lane(exact="b")], None),
        ([*lane(exact="a"), *lane(exact="b")], lane(exact="b"), lane(exact="b")),
        ([{"port": 80}], [{"port": 81}], None),
        ([{"sourceLabels": {"a": "1"}}], [{"sourceLabels": {"a": "2"}}], None),
        ([{"sourceNamespace": "n"}], lane(exact="a"), None),
    ],
)
def test_a_root_and_its_delegate(root: Any, below: Any, fits: Any) -> None:
    """As `MergeHTTPRoutes` of Istio 1.31 merges them: one match that fits no match of the root takes its entry away."""
    entry = to("x") | ({"match": below} if below else {})
    found = merged({"delegate": {"name": "d"}} | ({"match": root} if root else {}), [entry])
    if fits is None:
        assert found == []
    else:
        assert [entry.get("match", [{}]) for entry in found] == [fits]


def virtual(name: str, namespace: str = "shop-test", **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"kind": "VirtualService", "metadata": metadata, "spec": spec}


ROOT = virtual(
    "cart",
    hosts=["cart.shop-test.svc.cluster.local"],
    http=[{"delegate": {"name": "lanes", "namespace": "routes"}}, to("default")],
)


@pytest.mark.parametrize(
    "delegate, entries",
    [
        ({"exportTo": ["shop-test"]}, 2),
        ({}, 2),
        ({"exportTo": ["*"]}, 2),
        ({"exportTo": ["."]}, 1),
        ({"exportTo": ["shop-perf"]}, 1),
        ({"hosts": ["cart.routes.svc.cluster.local"]}, 1),
        (None, 1),
    ],
)
def test_a_delegate_that_is_not_heard_is_skipped_without_a_word(
    delegate: Any, entries: int
) -> None:
    objects = [ROOT]
    if delegate is not None:
        below = [{"match": lane(exact="a")} | to("lane")]
        objects.append(virtual("lanes", "routes", http=below, **delegate))
    found = [item for item in Registry(objects).virtual if item["metadata"]["name"] == "cart"]
    assert len(found[0]["spec"]["http"]) == entries


def test_a_delegate_is_no_route_of_its_own_and_delegates_no_further() -> None:
    deeper = virtual("lanes", "routes", http=[{"delegate": {"name": "more"}}, to("lane")])
    (root,) = Registry([ROOT, deeper]).virtual
    assert [does.does.host for does in routes(root["spec"]["http"], NOBODY, gateway=False)] == [
        "lane",
        "default",
    ]


def test_of_two_destinations_one_without_weight_gets_nothing() -> None:
    led = [
        {"destination": {"host": "x"}, "weight": 100},
        {"destination": {"host": "y"}, "weight": 0},
    ]
    (route,) = routes([{"route": led}], NOBODY, gateway=False)
    assert route.does.host == "x"


def test_what_has_no_reading_is_refused() -> None:
    for entry in (
        {"mirror": {}} | to("x"),
        {"match": [{"queryParams": {}}]} | to("x"),
        {"match": lane(suffix="x")} | to("x"),
        {"route": [{"destination": {"host": "x"}}, {"destination": {"host": "y"}}]},
    ):
        with pytest.raises(Unread):
            list(routes([entry], NOBODY, gateway=False))
    with pytest.raises(Unread):
        tree.built({"a/kustomization.yaml": "namePrefix: x"}, "a")


def test_scopes_bound_what_is_known() -> None:
    def service(name: str, namespace: str) -> dict[str, Any]:
        ports = [{"name": "http", "port": 80, "targetPort": 80, "appProtocol": "http"}]
        spec = {"clusterIP": "10.0.0.1", "ports": ports}
        return {"kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec}

    selected = {"labels": {"app": "cart"}}
    hosts = ["shop-test/a.shop-test.svc.cluster.local", "istio-system/*"]
    sidecar = {
        "kind": "Sidecar",
        "metadata": {"name": "cart", "namespace": "shop-test"},
        "spec": {"workloadSelector": selected, "egress": [{"hosts": hosts}]},
    }
    registry = Registry([service("a", "shop-test"), service("b", "shop-test"), sidecar])
    mine, other = (Outbound(registry, "shop-test", {"app": app}) for app in ("cart", "other"))
    assert set(mine.virtual_hosts(80)) >= {"a", "a.shop-test", "a.shop-test.svc.cluster.local"}
    assert "b" not in mine.virtual_hosts(80)
    assert "b" in other.virtual_hosts(80)


@pytest.mark.parametrize("seed", [2, 3, 8, 31])
def test_topologies_agree_with_the_oracle(seed: int) -> None:
    """Of all kinds: identities, sleepers, one that is invalid on purpose."""
    result = run_seed(seed)
    assert result.wrong == []
    assert result.refused or result.requests > 300


def test_a_wrong_route_is_told_as_a_small_repository_and_a_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A world in which pins are forgotten."""
    generate(2, tmp_path, "1.40.0")
    monkeypatch.setattr(told, "TRIES", 60)
    target = Input.target

    def forgotten(self: Input, choice: Any, service: str, awake: bool = False) -> str | None:
        return target(self, {**self.lane(choice), "pin": {}}, service, awake)

    assert not ask(World(tmp_path, "1.40.0", 2)).wrongs
    monkeypatch.setattr(Input, "target", forgotten)
    lines = list(told.counterexample(told.repository(tmp_path), "1.40.0", 2))
    assert any(line.startswith("# environments/") for line in lines)
    assert re.match(r"\$ (kubectl .* )?(curl|nc) ", lines[-2]) and "expected" in lines[-1]


@pytest.mark.parametrize("what", ["a lane is lost from a list", "forged colours stay"])
def test_a_fault_in_the_compiler_is_noticed(what: str) -> None:
    """`make simulate` puts in all of them."""
    (fault,) = (fault for fault in FAULTS if fault.what == what)
    seen, said = noticed(fault)
    assert seen, said
