"""What each cluster gets of one configuration, and what it is spared."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.compiler.compile import compile_sources
from generator.plan.plan import Plan
from generator.views.explain import Request, explain_lane, explain_request
from generator.views.routes import rows
from generator.vocabulary.findings import Findings
from generator.vocabulary.refusal import Refusal
from tests.apart import APART, EU, PLATFORM
from tests.conftest import Files, compiled, sources
from tests.envoy import Filters, programs

TEXT = str(APART[PLATFORM])
BETA = "match: [{header: {x-tenant: beta}}, {cookie: {t: beta}}]\n"


def plan() -> Plan:
    return compiled(APART).plan


def of(path: str) -> list[dict[str, Any]]:
    return [*yaml.safe_load_all(bytes(compiled(APART).files[path]))]


def ids(changes: Files | None = None) -> dict[str, str]:
    return compiled(changes).files.ids()


def codes(changes: Files) -> list[str]:
    told = compile_sources(sources(APART | changes))
    found = told.found if isinstance(told, Findings) else told.warnings
    return [f"{one.code} {one.place.path.removeprefix('environments/')}" for one in found]


def test_more_clusters_change_nothing_of_the_first_but_its_edge() -> None:
    alone, beside = ids(), ids(APART)
    changed = {path for path, blob in alone.items() if beside.get(path) != blob}
    assert changed == {
        ".gen/owned/overlays-edge",
        "argocd/applications/edge.yaml",
        "overlays/edge/kustomization.yaml",
        "overlays/edge/tenants.yaml",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"environments/eu/environment.yaml": EU.replace("v1", "v2")},
        {"environments/eu/environment.yaml": EU.replace("eu.example.com", "other.example.com")},
        {"environments/eu/branches/other.yaml": "runs: {web: {tag: b2}}\n"},
        {"environments/eu/branches/login.yaml": "runs: {web: {tag: b2}, api: {tag: b}}\n"},
        {"environments/tenants/beta.yaml": BETA + "lane: eu\n"},
        {"environments/lanes/strict.yaml": "through: [eu/login, eu]\nisolation: strict\n"},
        {PLATFORM: TEXT.replace("revision: old", "revision: new")},
        {PLATFORM: TEXT.replace("gates", "doors")},
        {PLATFORM: TEXT.replace("revision: old", "revision: old, trustDomain: eu.example.com")},
        {PLATFORM: TEXT + "  asia: {}\n"},
    ],
)
def test_what_concerns_one_cluster_changes_no_byte_of_another(change: Files) -> None:
    before, after = ids(APART), ids(APART | change)
    folders = (".gen/owned/overlays-eu", "overlays/eu", "overlays/edge.", "overlays/lanes.", ".gen/owned/overlays-edge.", ".gen/owned/overlays-lanes.", "argocd.", ".gen/owned/argocd.")  # fmt: skip
    mine, now = (
        {path: blob for path, blob in files.items() if not path.startswith(folders)}
        for files in (before, after)
    )
    assert before != after and mine == now


def test_each_is_reached_by_server_or_name() -> None:
    wanted = {
        "argocd/applications/test/mesh.yaml": {"server": "https://kubernetes.default.svc"},
        "argocd.eu/applications/eu/mesh.yaml": {"server": "https://eu.example.com:6443"},
        "argocd.eu/applications/edge.eu.yaml": {"server": "https://eu.example.com:6443"},
        "argocd.us/applications/edge.us.yaml": {"name": "america"},
    }
    for path, destination in wanted.items():
        (application,) = of(path)
        found = application["spec"]["destination"]
        found.pop("namespace")
        assert found == destination, path
    (project,) = of("argocd.us/projects/edge.us.yaml")
    assert project["spec"]["destinations"] == [{"name": "america", "namespace": "gates"}]


def test_each_mesh_has_a_root_which_lets_in_what_it_reads() -> None:
    project, root = of("argocd.us/root.yaml")
    assert root["metadata"]["name"] == project["metadata"]["name"] == "shop-root.us"
    assert root["spec"]["source"]["path"] == "argocd.us"
    assert root["spec"]["destination"]["server"] == "https://kubernetes.default.svc"
    kinds = [one["kind"] for one in project["spec"]["namespaceResourceWhitelist"]]
    assert kinds == ["AppProject", "Application"]


def test_an_edge_without_hosts_has_no_gateway() -> None:
    """Istio refuses one, as the mesh told."""
    kinds = {folder: {one["kind"] for one in of(f"overlays/{folder}/gateway.yaml")} for folder in ("edge.eu", "edge.us")}  # fmt: skip
    assert "Gateway" in kinds["edge.eu"] and kinds["edge.us"] == {"ConfigMap"}


def test_a_mesh_knows_nothing_of_another() -> None:
    files = compiled(APART).files
    for path in files:
        text = bytes(files[path]).decode()
        if path.startswith(("overlays/test/", "overlays/perf/", "argocd/")):
            assert "eu" not in text.replace("kubernetes", "").replace("queue", ""), path
    namespace, *_ = of("overlays/eu/namespace/namespace.yaml")
    assert namespace["metadata"]["labels"]["istio.io/rev"] == "old"


@pytest.mark.parametrize(
    "folder, headers, told",
    [
        ("edge", [("x-tenant", "acme")], "test/login"),
        ("edge", [("x-tenant", "beta")], "this tenant's lane is in the cluster eu\n"),
        ("edge", [("cookie", "t=beta")], "this tenant's lane is in the cluster eu\n"),
        ("edge", [("x-lane", "@eu")], "test"),
        ("edge", [], "test"),
        ("edge.eu", [("x-tenant", "acme")], "eu"),
        ("edge.eu", [("x-tenant", "beta")], "eu/login"),
        (
            "edge.us",
            [("x-tenant", "acme")],
            "this tenant's lane is in the platform's own cluster\n",
        ),
    ],
)
def test_a_tenant_of_another_cluster_is_told_so_and_gets_no_other_answer(
    folder: str, headers: list[tuple[str, str]], told: str
) -> None:
    done = compiled(APART)
    filters = Filters(programs(done, f"overlays/{folder}/", "shop-"))
    host = "test.example.com" if folder == "edge" else "eu.example.com"
    passed = filters.ask([(":authority", host), *headers])
    if passed.answer is None:
        assert passed.values("x-lane") == [told]
    else:
        assert passed.answer == (503, {":status": "503", "content-type": "text/plain; charset=utf-8"}, told)  # fmt: skip


def test_explain_says_the_same() -> None:
    for host, tenant, lane in (
        ("test.example.com", "acme", "test/login"),
        ("eu.example.com", "acme", "eu"),
        ("eu.example.com", "beta", "eu/login"),
    ):
        told = explain_request(plan(), Request(host, headers={"x-tenant": tenant}))
        assert told is not None and told.lane == lane
    with pytest.raises(Refusal, match="503, the lane of the tenant beta is in the cluster eu"):
        explain_request(plan(), Request("test.example.com", headers={"x-tenant": "beta"}))
    with pytest.raises(Refusal, match="eu/login is in the cluster eu, and test in another mesh"):
        explain_lane(plan(), "eu/login", environment="test")


def test_the_table_has_no_way_from_one_mesh_to_another() -> None:
    ways = {(row[0], row[2]) for row in rows(plan())}
    assert ("eu", "eu/login") in ways and ("test", "mixed") in ways
    assert not {("eu", "test"), ("test", "eu"), ("perf", "eu/login")} & ways


@pytest.mark.parametrize(
    "change, told",
    [
        ({"environments/perf/environment.yaml": "cluster: eu\nextends: test\nruns: {api: {tag: v}}\n"}, ["GEN214 perf/environment.yaml", "GEN214 lanes/mixed.yaml"]),
        ({"environments/lanes/mixed.yaml": "through: [test]\npin: {api: eu/login}\n"}, ["GEN214 lanes/mixed.yaml"]),
        ({"environments/tenants/beta.yaml": BETA + "lane: {through: [eu, test]}\n"}, ["GEN214 tenants/beta.yaml"]),
        ({"environments/tenants/beta.yaml": BETA + "lane: [{lane: eu, weight: 1}, {lane: test, weight: 1}]\n"}, ["GEN214 tenants/beta.yaml"]),
        ({"environments/eu/environment.yaml": EU.replace("cluster: eu", "cluster: ue")}, ["GEN213 eu/environment.yaml"]),
        ({"environments/eu/environment.yaml": EU.replace("cluster: eu", "cluster: own")}, ["GEN213 eu/environment.yaml"]),
        ({PLATFORM: TEXT.replace("name: america", "name: america, server: 'https://us.example.com'")}, ["GEN104 platform.yaml"]),
        ({PLATFORM: TEXT.replace("name: america", "server: 'https://eu.example.com:6443'")}, ["GEN209 platform.yaml"]),
        ({PLATFORM: TEXT.replace("us:", "in-cluster:").replace("name: america, ", "")}, ["GEN209 platform.yaml"]),
        ({PLATFORM: TEXT.replace("name: america", "server: 'https://kubernetes.default.svc/'")}, ["GEN209 platform.yaml"]),
        ({PLATFORM: TEXT.replace("us:", "in-cluster:").replace("name: america, ", "") + "cluster: {server: 'https://own.example.com'}\n"}, []),
        ({PLATFORM: TEXT.replace("us:", "lock:")}, ["GEN104 platform.yaml"]),
        ({PLATFORM: TEXT.replace("us:", "own:")}, ["GEN104 platform.yaml"]),
        ({PLATFORM: TEXT.replace("us:", f"{'u' * 60}:")}, ["GEN106 platform.yaml"]),
        ({"environments/tenants/gamma.yaml": BETA + "lane: eu\n"}, ["GEN302 tenants/gamma.yaml", "GEN302 tenants/gamma.yaml"]),
        ({"environments/perf/environment.yaml": "namespace: shop-test\nruns: {api: {tag: v}, web: {tag: v}}\n"}, ["GEN209 test/environment.yaml"]),
    ],
)  # fmt: skip
def test_what_is_refused(change: Files, told: list[str]) -> None:
    assert codes(change) == told
