"""Several clusters in one mesh: who calls is routed by its own, and let in by that of whom it calls."""

from __future__ import annotations

import random
import time
from ipaddress import ip_network
from typing import Any

import pytest
import yaml

from generator.compiler.check.meshes import _met
from generator.compiler.compile import compile_sources, valid
from generator.views.explain import Request, explain_lane, explain_request
from generator.vocabulary.findings import Findings
from tests.apart import EU, ONE, PLATFORM
from tests.conftest import Files, compiled, sources
from tests.plan.test_clusters import codes as apart_codes

TEXT = str(ONE[PLATFORM])
WEB = "environments/services/web.yaml"


def objects(folder: str, kind: str, changes: Files | None = None) -> dict[str, Any]:
    """Name → object of a kind below a folder."""
    files = compiled(ONE | (changes or {})).files
    read = [
        one
        for path in files
        if path.startswith(folder) and path.endswith(".yaml")
        for one in yaml.safe_load_all(bytes(files[path]))
    ]
    return {one["metadata"]["name"]: one for one in read if one["kind"] == kind}


def codes(changes: Files) -> list[str]:
    return apart_codes(ONE | changes)


def test_one_root_and_an_edge_for_each() -> None:
    files = compiled(ONE).files
    assert [path for path in files if path.endswith("/root.yaml")] == ["argocd/root.yaml"]
    assert not [path for path in files if path.endswith("elsewhere.yaml")]
    for cluster, server in (("edge", "server"), ("edge.eu", "name"), ("edge.us", "name")):
        for part in (cluster, f"hosts.{cluster}"):
            (made,) = yaml.safe_load_all(bytes(files[f"argocd/applications/{part}.yaml"]))
            assert server in made["spec"]["destination"], part


@pytest.mark.parametrize(
    "cluster, near, far",
    [
        ("edge", {"istio-ingress/*", "shop-perf/*", "shop-test/*"}, {"gen.hosts.eu"}),
        ("edge.eu", {"istio-ingress/*", "shop-eu/*"}, {"gen.hosts.perf", "gen.hosts.test"}),
        ("edge.us", {"istio-ingress/*"}, {"gen.hosts.eu", "gen.hosts.perf", "gen.hosts.test"}),
    ],
)
def test_each_ingress_serves_every_host(cluster: str, near: set[str], far: set[str]) -> None:
    (gateway,) = objects(f"overlays/{cluster}/", "Gateway").values()
    assert {*gateway["spec"]["servers"][0]["hosts"]} == near
    made = objects(f"overlays/hosts.{cluster}/", "VirtualService")
    assert made.keys() == far
    assert {one["metadata"]["namespace"] for one in made.values()} == {"istio-ingress"}
    tables = [objects(f"overlays/{one}/tenants", "EnvoyFilter") for one in ("edge", cluster)]
    assert tables[0] == tables[1]


def test_a_lane_leads_to_the_other_cluster_from_each() -> None:
    for folder, spaces, lane, host in (
        ("lanes", ["shop-perf", "shop-test"], "eu/login", "api-login.shop-eu.svc.cluster.local"),
        ("lanes.eu", ["shop-eu"], "test/login", "api-login.shop-test.svc.cluster.local"),
        ("lanes.us", [], "test/login", "api-login.shop-test.svc.cluster.local"),
    ):
        spec = objects(f"overlays/{folder}/", "VirtualService")["shop.api"]["spec"]
        assert spec["exportTo"] == ["istio-ingress", *spaces]
        (route,) = (one for one in spec["http"] if one["name"] == lane)
        assert route["route"] == [{"destination": {"host": host}}]


def test_proxies_are_told_of_far_pods_by_their_own_cluster() -> None:
    near = objects("overlays/test/", "DestinationRule")
    assert near.keys() == {"api.pods", "api-login.pods", "api.eu.pods", "api-login.eu.pods"}
    assert near["api.eu.pods"]["spec"]["exportTo"] == ["."]
    assert "api.eu.pods" not in objects(
        "overlays/perf/mesh/", "DestinationRule"
    )  # nobody there calls it
    text = "image: registry.example.com/web\nports: [{name: web, port: 8080, protocol: http}]\ncalls: [api]\nentry: [{prefix: /}]\nforwardsColour: true\ntraffic: {limits: {connections: 7}}\n"  # fmt: skip
    edge = objects("overlays/hosts.edge.us/", "DestinationRule", {WEB: text})
    assert edge.keys() == {"web.eu.pods", "web.test.pods"}


def test_scopes_hold_what_resolves_in_their_cluster() -> None:
    for environment, known in (("eu", {"shop-eu"}), ("test", {"shop-test"})):
        scope = objects(f"overlays/{environment}/mesh/", "Sidecar")["web"]["spec"]["egress"][0]
        assert {host.split("/")[0] for host in scope["hosts"]} == {*known, "istio-system"}


def peers(policy: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for rule in policy["spec"]["ingress"] for one in rule["from"]]


def test_network_policies_let_in_the_pods_or_the_gateway_of_others() -> None:
    made = objects("overlays/test/mesh.pods/", "NetworkPolicy")
    (web,) = (one for name, one in made.items() if name.startswith("web."))
    assert [one["ipBlock"]["cidr"] for one in peers(web) if "ipBlock" in one] == ["10.2.0.0/16"]
    assert peers(web)[-1] == {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "istio-system"}},
        "podSelector": {"matchLabels": {"istio": "eastwestgateway"}},
    }
    for name, one in made.items():  # those of lanes that begin elsewhere come by addresses
        if name.startswith("api"):
            blocks = [peer["ipBlock"]["cidr"] for peer in peers(one) if "ipBlock" in peer]
            assert not blocks, name
    entering = objects("overlays/eu/mesh.pods/", "NetworkPolicy")
    (api,) = (one for name, one in entering.items() if name.startswith("api-login."))
    assert [one["ipBlock"]["cidr"] for one in peers(api) if "ipBlock" in one] == ["10.1.0.0/16"]


def test_egress_reaches_the_other_cluster() -> None:
    both = {PLATFORM: TEXT + "namespaces: {networkPolicies: both}\n"}
    spec = objects("overlays/test/namespace/", "NetworkPolicy", both)["gen.egress"]["spec"]
    assert {"to": [{"ipBlock": {"cidr": "10.2.0.0/16"}}]} in spec["egress"]
    parted = {PLATFORM: both[PLATFORM].replace("network: n1, podRanges: [10.2", "network: n3, podRanges: [10.2")}  # fmt: skip
    spec = objects("overlays/test/namespace/", "NetworkPolicy", parted)["gen.egress"]["spec"]
    assert spec["egress"][-1]["ports"] == [{"port": 15443, "protocol": "TCP"}]


def test_explain_tells_what_a_cluster_that_is_away_takes_along() -> None:
    plan = compiled(ONE).plan
    whole = explain_request(plan, Request("us.example.com", headers={}))
    assert whole is None
    told = explain_request(plan, Request("test.example.com", headers={"x-tenant": "round"}), "eu")
    assert told is not None
    assert [str(hop.target) for hop in told.hops] == ["test", "None"]
    assert told.hops[1].because.startswith("the cluster eu is away, and eu/login with it: 503")
    assert [str(hop.target) for hop in explain_lane(plan, "test/login", without="eu").hops] == ["test", "test/login"]  # fmt: skip


TRUST = TEXT.replace("n1, podRanges: [10.2", "n1, trustDomain: eu.example.com, podRanges: [10.2")


def principals(folder: str, platform: str) -> set[str]:
    """All that policies below a folder name."""
    back = {"environments/lanes/back.yaml": "through: [eu]\npin: {api: test/login}\n"}
    made = objects(folder, "AuthorizationPolicy", back | {PLATFORM: platform}).values()
    rules = (rule for one in made for rule in one["spec"].get("rules", ()))
    return {
        name
        for rule in rules
        for one in rule["from"]
        for kind in ("principals", "notPrincipals")
        for name in one["source"].get(kind, ())
    }


@pytest.mark.parametrize("folder", ["overlays/test/", "overlays/eu/"])
def test_policies_know_callers_by_the_trust_domain_of_their_cluster(folder: str) -> None:
    was, now = principals(folder, TEXT), principals(folder, TRUST)
    moved = {one.partition("/ns/")[2] for one in was}
    gates = {one for one in moved if one.startswith("istio-ingress/")}
    local = {f"cluster.local/ns/{one}" for one in moved if not one.startswith("shop-eu/")}
    far = {f"eu.example.com/ns/{one}" for one in moved if one.startswith("shop-eu/")}
    assert gates and far and local - {f"cluster.local/ns/{one}" for one in gates}
    assert now == local | far | {f"eu.example.com/ns/{one}" for one in gates}


def test_a_trust_domain_is_that_of_the_platforms_own_cluster_if_none_is_said() -> None:
    all_of_one = TEXT.replace("cluster: {mesh: one", "cluster: {mesh: one, trustDomain: shop-1")
    assert all(one.startswith("shop-1/ns/") for one in principals("overlays/", all_of_one))
    back = all_of_one.replace("eu: {mesh", "eu: {trustDomain: cluster.local, mesh")
    own = {one.partition("/")[0] for one in principals("overlays/eu/", back)}
    assert own == {"shop-1", "cluster.local"}


@pytest.mark.parametrize("text", ["'*.example.com'", "a/ns/b", "Example.com", "''", "a b", "'-a'"])
def test_a_trust_domain_is_one(text: str) -> None:
    assert codes({PLATFORM: TRUST.replace("eu.example.com", text)}) == ["GEN104 platform.yaml"]


@pytest.mark.parametrize(
    "change, told",
    [
        ({}, []),
        ({"environments/eu/environment.yaml": EU}, ["GEN209 test/environment.yaml"]),
        ({"environments/perf/environment.yaml": "cluster: us\nextends: test\n"}, ["GEN216 perf/environment.yaml"]),
        ({"environments/perf/environment.yaml": "cluster: us\nextends: test\n", PLATFORM: TEXT + "mesh: {across: allow}\n"}, []),
        ({PLATFORM: TEXT.replace("n2}", "n1}")}, ["GEN215 platform.yaml"]),
        ({PLATFORM: TEXT.replace("n2}", "n1}") + "namespaces: {networkPolicies: none}\n"}, []),
        ({PLATFORM: TEXT.replace(", network: n2", "")}, ["GEN215 platform.yaml"]),
        ({PLATFORM: TEXT.replace("10.2.0.0/16", "10.1.128.0/17")}, ["GEN215 platform.yaml"]),
        ({PLATFORM: TEXT.replace("10.2.0.0/16", "10.0.0.0/8, 'fd00::/64'")}, ["GEN215 platform.yaml"]),
        ({PLATFORM: TEXT.replace("10.2.0.0/16", "'fd00::/64'")}, []),
        ({PLATFORM: TEXT.replace("10.2.0.0/16", "10.0.0.0/8") + "namespaces: {networkPolicies: none}\n"}, []),
        ({PLATFORM: TEXT.replace("n2}", "n2, podRanges: [10.1.0.0/16]}")}, []),  # behind a gateway
        ({PLATFORM: TEXT + "mesh: {mtls: disabled}\n"}, ["GEN215 platform.yaml"]),
        ({PLATFORM: TEXT.replace("n2}", "n2, domain: us.example.com}")}, ["GEN215 platform.yaml"]),
        ({PLATFORM: TEXT.replace("n2}", "n2, ingress: {namespace: gates}}")}, ["GEN215 platform.yaml"]),
        ({PLATFORM: TEXT.replace("n2}", "n2, ingress: {serviceAccount: gate}}")}, ["GEN215 platform.yaml"]),
        ({PLATFORM: TEXT.replace("n2}", "n2, ingress: {selector: {gate: us}, port: 8080}}")}, []),
        ({"environments/eu/environment.yaml": EU.replace("namespace: shop-test\n", "").replace("web: {tag: v1}", "web: {tag: v1, env: {A: 'http://api.shop-test:8080'}}")}, ["GEN334 eu/environment.yaml"]),
    ],
)  # fmt: skip
def test_what_is_refused(change: Files, told: list[str]) -> None:
    assert codes(change) == told


def test_what_is_remembered_prints_the_same() -> None:
    """Clusters, seats and all, go through the form in which memories are kept."""
    changed = ONE | {"environments/eu/branches/login.yaml": "runs:\n  api: {tag: b2}\n"}
    first = compiled(ONE)
    first.files.ids()
    memory = first.memory()
    again = valid(compile_sources(sources(changed), memory=memory))
    assert again.files.ids() == compiled(changed).files.ids()


@pytest.mark.parametrize(
    ("change", "code", "route", "word"),
    [
        ({PLATFORM: TEXT.replace("n2}", "n2, domain: us.example.com}")}, "GEN215", ("clusters", "us"), "`domain` is us.example.com here and cluster.local in"),
        ({PLATFORM: TEXT.replace("n2}", "n2, ingress: {namespace: gates}}")}, "GEN215", ("clusters", "us"), "`ingress.namespace` is gates here"),
        ({PLATFORM: TEXT.replace("n2}", "n2, ingress: {serviceAccount: gate}}")}, "GEN215", ("clusters", "us"), "`ingress.serviceAccount` is gate here"),
        ({PLATFORM: TEXT.replace(", podRanges: [10.1.0.0/16]", "")}, "GEN215", ("cluster",), "nobody says which addresses"),
        ({PLATFORM: TEXT.replace("10.2.0.0/16", "10.9.0.0/16, 10.1.0.0/24")}, "GEN215", ("clusters", "eu", "podRanges", 1), "have addresses of 10.1.0.0/24 as well"),
        ({"environments/perf/environment.yaml": "cluster: us\nextends: test\n"}, "GEN216", ("extends",), "test is in the platform's own cluster, and perf in the cluster us"),
    ],
)  # fmt: skip
def test_where_it_is_told(
    change: Files, code: str, route: tuple[str | int, ...], word: str
) -> None:
    found = compile_sources(sources(ONE | change))
    assert isinstance(found, Findings)
    ((one, at),) = [(one, one.place.route) for one in found.found]
    assert (one.code, at) == (code, route) and word in one.message


@pytest.mark.parametrize("seed", range(30))
def test_ranges_meet_as_their_addresses_do(seed: int) -> None:
    dice = random.Random(seed)
    mine, others = ([cidr(dice) for _ in range(dice.randint(0, 12))] for _ in range(2))
    networks = [[*map(ip_network, those)] for those in (mine, others)]
    assert [*_met(mine, others)] == [
        index
        for index, one in enumerate(networks[0])
        if any(one.version == each.version and one.overlaps(each) for each in networks[1])  # type: ignore[arg-type]
    ]


def cidr(dice: random.Random) -> str:
    """A range, of few addresses so that some meet, and of both kinds."""
    length = dice.randint(0, 6)
    first = dice.getrandbits(6) >> (6 - length) << (6 - length)
    return (
        f"10.0.0.{first}/{26 + length}"
        if dice.random() < 0.6
        else f"fd00::{first:x}/{122 + length}"
    )


def test_many_ranges_are_compared_in_no_time() -> None:
    mine, others = (
        [f"{net}.{one // 256}.{one % 256}.0/24" for one in range(1000)] for net in (10, 11)
    )
    begin = time.process_time()
    assert not [*_met(mine, others)]
    assert time.process_time() - begin < 1


def test_without_identities_a_mesh_has_one_network() -> None:
    flat = TEXT.replace("n2}", "n1, podRanges: [10.3.0.0/16]}") + "mesh: {mtls: disabled}\n"
    assert codes({PLATFORM: flat}) == []
