"""What is printed for the ambient plane; `make mesh` asks real waypoints."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from lupa.luajit21 import LuaRuntime

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.vocabulary.findings import Findings
from tests.conftest import Files, compiled, service, sources

ON = "name: shop\nmesh: {plane: ambient, istio: '1.31'%s}\nargocd: {repository: https://git.example.com/shop.git}\n"
PLATFORM = "environments/platform.yaml"
AMBIENT: Files = {PLATFORM: ON % ""}
Thing = dict[str, Any]


def things(done: Compiled, below: str, kind: str | None = None) -> Iterator[Thing]:
    for path, content in done.files.items():
        if path.startswith(below) and not path.endswith("kustomization.yaml"):
            for thing in yaml.safe_load_all(bytes(content)):
                if kind in (None, thing["kind"]):
                    yield thing


def test_a_namespace_is_enrolled_and_has_a_waypoint_before_any_pod() -> None:
    made = compiled(AMBIENT)
    found = {one["kind"]: one for one in things(made, "overlays/test/namespace/")}
    assert found["Namespace"]["metadata"]["labels"]["istio.io/dataplane-mode"] == "ambient"
    assert "istio-injection" not in found["Namespace"]["metadata"]["labels"]
    gateway = found["Gateway"]["spec"]
    assert gateway["listeners"] == [{"name": "mesh", "port": 15008, "protocol": "HBONE"}]
    assert gateway["infrastructure"]["parametersRef"]["name"] == "gen.waypoint"
    sized = {key: yaml.safe_load(text) for key, text in found["ConfigMap"]["data"].items()}
    assert sized["horizontalPodAutoscaler"]["spec"]["minReplicas"] == 2
    assert sized["podDisruptionBudget"]["spec"] == {"minAvailable": 1}
    waves = {
        kind: int(one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for kind, one in found.items()
    }
    assert waves["ConfigMap"] < waves["Gateway"] < 0  # and units come in 0


def test_nothing_of_a_sidecar_is_left() -> None:
    kinds = {one["kind"] for one in things(compiled(AMBIENT), "overlays/test/")}
    assert kinds.isdisjoint({"Sidecar", "EnvoyFilter", "DestinationRule"})


RAW: Files = {
    **service("web", "calls: [db]\nentry: [{prefix: /}]\n"),
    **service("db", protocol="tcp"),
    "environments/test/environment.yaml": "hosts: [test.example.com]\nruns: {web: {tag: v}, api: {tag: v}, db: {tag: v}}\n",
    "environments/perf/environment.yaml": "extends: test\nruns: {db: {tag: p}}\n",
    "environments/perf/branches/far.yaml": "runs: {web: {tag: b}}\n",
}


@pytest.mark.parametrize("routes", ["virtualService", "gateway"])
def test_who_may_not_ask_is_not_told_apart(routes: str) -> None:
    """A branch's pods get its environment's `db`, as all there, and do not dial that of another."""
    made = compiled({**RAW, PLATFORM: ON % f", routes: {routes}"})
    kinds = ("VirtualService", "TCPRoute")
    (one,) = (
        thing for kind in kinds for thing in things(made, "overlays/test/mesh/services/db", kind)
    )
    assert one["kind"] == {"virtualService": "VirtualService", "gateway": "TCPRoute"}[routes]
    assert "sourceLabels" not in str(one)


def test_all_waypoints_that_lead_to_a_version_know_its_limits() -> None:
    """Nobody in perf calls `api`, but whoever dials it there comes by the waypoint of perf."""
    limited = service("api", "traffic: {limits: {requests: 9}}\n")
    beside, ambient = compiled(limited), compiled({**limited, **AMBIENT})
    assert ("networking.istio.io", "DestinationRule") in kinds_of(ambient)
    seen_from = {}
    for name, made in (("sidecar", beside), ("ambient", ambient)):
        rules = things(made, "overlays/test/mesh.pods/", "DestinationRule")
        (rule,) = [one for one in rules if one["metadata"]["name"] == "api-login.pods"]
        assert rule["spec"]["trafficPolicy"]["connectionPool"]["http"]["http2MaxRequests"] == 9
        seen_from[name] = rule["spec"]["exportTo"]
    assert seen_from == {"sidecar": ["shop-test"], "ambient": ["shop-perf", "shop-test"]}


def kinds_of(made: Compiled) -> set[tuple[str, str]]:
    """Kinds that an environment's project lets in."""
    (project,) = (
        one
        for one in things(made, "argocd/", "AppProject")
        if one["metadata"]["name"].endswith("test")
    )
    return {(one["group"], one["kind"]) for one in project["spec"]["namespaceResourceWhitelist"]}


def test_the_text_of_a_refusal_is_made_its_body_at_the_waypoint() -> None:
    made = compiled({PLATFORM: ON % ", routes: gateway"})
    for name in ("test", "perf"):
        (one,) = things(made, f"overlays/{name}/mesh/", "TrafficExtension")
        assert one["metadata"]["name"] == "gen.nobody"
        assert [target["name"] for target in one["spec"]["targetRefs"]] == ["waypoint"]
        code = one["spec"]["lua"]["inlineCode"]
        assert code.startswith('local NOBODY = "x-lane-nobody"\n') and "on_response" in code
    assert not [*things(made, "overlays/test/", "EnvoyFilter")]  # which waypoints do not see


def test_only_what_is_asked_for_by_name_has_the_waypoint() -> None:
    services = [
        one
        for name in ("test", "perf")
        for one in things(compiled(AMBIENT), f"overlays/{name}/", "Service")
    ]
    label = "istio.io/use-waypoint"
    found = [
        (one["metadata"]["name"], one["metadata"].get("labels", {}).get(label)) for one in services
    ]
    # Those of baselines, and `web` of perf, which does not run it; the one without is the branch's.
    assert sorted(found, key=str) == [
        ("api", "waypoint"),
        ("api", "waypoint"),
        ("api", None),
        ("web", "waypoint"),
        ("web", "waypoint"),
    ]


OWN = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: api}\n"
BOUND = (
    "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: api}\n"
    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: x}\nsubjects: [{kind: ServiceAccount, name: api}]\n"
)


@pytest.mark.parametrize("own", [False, True], ids=["made", "brought"])
def test_the_account_of_a_branch_tells_the_branch(
    kustomize: tuple[str, ...], tmp_path: Path, own: bool
) -> None:
    deployment = "overlays/base/api/deployment.yaml"
    text = str(service("api")[deployment]) + (OWN + BOUND if own else "")
    kinds = "bases: {kinds: {rbac.authorization.k8s.io/RoleBinding: everywhere}}\n" if own else ""
    made = compiled({**AMBIENT, PLATFORM: ON % "" + kinds, deployment: text})
    for path, content in made.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(bytes(content))
    for unit, account in (("login", "api.branch-login"), ("baseline", "api")):
        done = subprocess.run(
            [*kustomize, str(tmp_path / "overlays/test" / unit / "api")],
            capture_output=True,
            text=True,
            check=True,
        )
        found = list(yaml.safe_load_all(done.stdout))
        (workload,) = [one for one in found if one["kind"] == "Deployment"]
        assert workload["spec"]["template"]["spec"]["serviceAccountName"] == account
        assert [one["metadata"]["name"] for one in found if one["kind"] == "ServiceAccount"] == [
            account
        ]
        for bound in (one for one in found if one["kind"] == "RoleBinding"):
            assert bound["subjects"][0]["name"] == account


def principals(rule: Thing) -> set[str] | None:
    return (
        {name for source in rule["from"] for name in source["source"]["principals"]}
        if "from" in rule
        else None
    )


MORE: Files = {
    PLATFORM: ON % ", addresses: ['*']",
    "environments/lanes/strict.yaml": "through: [perf]\nisolation: strict\n",
    "environments/test/branches/web.yaml": "runs: {web: {tag: b}}\n",
}


def test_pods_let_in_waypoints_that_lead_there_and_the_ingress_where_requests_enter() -> None:
    made = compiled(MORE)
    found = {
        (
            one["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"],
            one["spec"]["selector"]["matchLabels"]["gen/branch"],
        ): principals(one["spec"]["rules"][0])
        for one in things(made, "overlays/test/mesh.pods/", "AuthorizationPolicy")
        if "selector" in one["spec"]
    }
    waypoints = {f"cluster.local/ns/shop-{name}/sa/waypoint" for name in ("test", "perf")}
    ingress = {"cluster.local/ns/istio-ingress/sa/istio-ingress"}
    assert found["api", "login"] == found["api", "baseline"] == waypoints
    assert found["web", "baseline"] == waypoints | ingress


def test_policies_know_callers_by_the_clusters_trust_domain() -> None:
    """Tunnels compare what is written, and do not read `cluster.local` as their own."""
    there = {PLATFORM: str(MORE[PLATFORM]) + "cluster: {trustDomain: shop.example.com}\n"}
    found = [
        set().union(
            *(
                principals(rule) or ()
                for one in things(compiled(MORE | more), "overlays/", "AuthorizationPolicy")
                for rule in one["spec"].get("rules", ())
            )
        )
        for more in ({}, there)
    ]
    was = {one.removeprefix("cluster.local/") for one in found[0]}
    assert len(was) > 5 and not was & found[0]
    assert found[1] == {f"shop.example.com/{one}" for one in was}


def test_the_network_is_entered_by_tunnels_alone() -> None:
    made = compiled(MORE)
    for one in things(made, "overlays/test/", "NetworkPolicy"):
        for rule in one["spec"].get("ingress", ()):
            probes = rule["from"] == [{"ipBlock": {"cidr": "169.254.7.127/32"}}]
            assert probes or [port["port"] for port in rule["ports"]] == [15008]


def test_policies_stand_beside_routes_too_and_leave_after_them() -> None:
    beside = [
        one["metadata"]
        for one in things(compiled(MORE), "overlays/test/mesh/", "AuthorizationPolicy")
    ]
    assert any(".waypoint.led." in one["name"] for one in beside)
    assert all(
        one["annotations"]["argocd.argoproj.io/sync-options"] == "PruneLast=true" for one in beside
    )


LUA = """
function ask(pairs, caller)
  local told, again = nil, 0
  local function values(name)
    local found = {}
    for _, pair in ipairs(pairs) do if pair[1] == name then found[#found + 1] = pair[2] end end
    return found
  end
  local headers = {
    getNumValues = function(_, name) return #values(name) end,
    getAtIndex = function(_, name, index) return values(name)[index + 1] end,
    get = function(_, name) local v = values(name); if #v > 0 then return table.concat(v, ",") end end,
    remove = function(_, name)
      for index = #pairs, 1, -1 do if pairs[index][1] == name then table.remove(pairs, index) end end
    end,
    add = function(_, name, value) pairs[#pairs + 1] = {name, value} end,
  }
  local info = {
    filterState = function() return {get = function() return caller end} end,
    dynamicMetadata = function() return {set = function(_, _, _, value) told = value end} end,
  }
  envoy_on_request({
    headers = function() return headers end,
    streamInfo = function() return info end,
    clearRouteCache = function() again = again + 1 end,
  })
  return table.concat(values("x-lane"), ";"), told, again
end
"""
BRANCH = "spiffe://cluster.local/ns/shop-test/sa/web.branch-login"


@pytest.mark.parametrize(
    "sent, caller, lane, told",
    [
        ([], BRANCH, "test/login", "test/login"),
        ([], "spiffe://cluster.local/ns/shop-test/sa/web", "", None),
        ([], "spiffe://cluster.local/ns/elsewhere/sa/web.branch-login", "", None),
        ([], None, "", None),
        ([""], BRANCH, "test/login", "test/login"),
        (["perf"], BRANCH, "perf", "perf"),
        (["perf", "test"], BRANCH, "perf", "perf"),
        (["test/gone"], None, "test/gone", "test/gone"),
        (["test/Not|one"], BRANCH, "test/Not|one", None),
        (["test/"], BRANCH, "test/", None),
        (["test/a/b"], BRANCH, "test/a/b", None),
        (["nobody"], None, "nobody", "nobody"),
    ],
)
def test_a_waypoint_gives_the_colour_of_who_calls_and_tells_policies(
    sent: list[str], caller: str | None, lane: str, told: str | None
) -> None:
    (made,) = things(compiled(MORE), "overlays/perf/namespace/", "TrafficExtension")
    runtime = LuaRuntime(unpack_returned_tuples=True)
    runtime.execute(made["spec"]["lua"]["inlineCode"])
    runtime.execute(LUA)
    pairs = runtime.table_from([runtime.table_from(["x-lane", value]) for value in sent])
    assert runtime.globals().ask(pairs, caller)[:2] == (lane, told)


def test_a_waypoint_knows_branches_of_those_alone_who_may_dial_it() -> None:
    (made,) = things(compiled(AMBIENT), "overlays/perf/namespace/", "TrafficExtension")
    assert '["shop-perf"] = "perf"' in made["spec"]["lua"]["inlineCode"]
    assert "shop-test" not in made["spec"]["lua"]["inlineCode"]


def test_while_all_of_a_service_of_raw_tcp_sleeps_no_policy_names_nobody() -> None:
    """Istio and Kubernetes refuse one, and Argo CD then applies none of the part."""
    asleep: Files = {
        **service("web", "calls: [db]\nentry: [{prefix: /}]\n"),
        **service("db", protocol="tcp"),
        "environments/test/environment.yaml": "hosts: [test.example.com]\nasleep: true\nruns: {web: {tag: v}, api: {tag: v}, db: {tag: v}}\n",
        "environments/test/branches/login.yaml": "runs: {api: {tag: b}}\n",
    }
    made = compiled({**AMBIENT, **asleep})
    let_in = [*things(made, "overlays/", "AuthorizationPolicy")]
    named = [one["spec"]["selector"]["matchLabels"] for one in let_in if "selector" in one["spec"]]
    assert {one["app.kubernetes.io/name"] for one in named} == {"web"}
    for one in let_in:
        assert all(principals(rule) != set() for rule in one["spec"].get("rules", ()))
    for one in things(made, "overlays/", "NetworkPolicy"):
        for entered in one["spec"].get("ingress", ()):
            for peer in entered.get("from", ()):
                asked = peer.get("namespaceSelector", {}).get("matchExpressions", ())
                assert all(each["values"] for each in asked)


@pytest.mark.parametrize(
    "change",
    [
        {"environments/lanes/more.yaml": "through: [test/login]\n"},
        {"environments/lanes/mixed.yaml": "through: [perf]\n"},
        {"environments/perf/branches/far.yaml": "runs: {api: {tag: b}}\n"},
        {
            "environments/perf/environment.yaml": "hosts: [perf.example.com]\nruns:\n  web: {tag: p}\n  api: {tag: p}\n"
        },
        {"environments/test/branches/login.yaml": "runs: {api: {tag: b}, web: {tag: b}}\n"},
        service("web", "calls: [api]\nentry: [{prefix: /}]\naddresses: [perf]\n"),
        service("web", "entry: [{prefix: /}]\n"),
        service("api", "forwardsColour: false\n"),
    ],
)
def test_what_is_remembered_is_what_would_be_printed(change: Files) -> None:
    before = compiled(AMBIENT)
    list(before.files.items())
    read = sources({**AMBIENT, **change})
    after = valid(compile_sources(read, memory=before.memory()))
    assert dict(after.files) == dict(valid(compile_sources(read)).files)


def test_nobody_is_taken_for_a_waypoint() -> None:
    """Pods let in its identity, and what carries its labels gets its connections."""
    label = "labels: {app: api, gateway.networking.k8s.io/gateway-name: waypoint}"
    deployment = str(service("api")["overlays/base/api/deployment.yaml"])
    shaped = deployment.replace("labels: {app: api}", label)
    runs = "hosts: [test.example.com]\nruns: {web: {tag: v}, api: {tag: v}, %s: {tag: v}}\n"
    named: Files = {"environments/test/environment.yaml": runs % "waypoint"}
    branch: Files = {
        "environments/test/environment.yaml": runs % "way",
        "environments/test/branches/point.yaml": "runs: {way: {tag: v}}\n",
    }
    account = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: waypoint}\n"
    for changes in (
        {**named, **service("waypoint")},
        {"overlays/base/api/deployment.yaml": shaped},
        {"overlays/base/api/deployment.yaml": deployment + account},
    ):
        with pytest.raises(Findings) as refused:
            compiled({**AMBIENT, **changes})
        assert {one.code for one in refused.value.found if one.severity == "error"} == {"GEN335"}
        assert compiled(changes).files  # with sidecars it may
    assert compiled({**AMBIENT, **branch, **service("way")}).files  # way-point is another name


@pytest.mark.parametrize(
    "changes, word",
    [
        ({PLATFORM: ON.replace("1.31", "1.30") % ""}, "needs Istio 1.31"),
        ({PLATFORM: ON % ", mtls: disabled"}, "go without identities"),
        (service("api", "names: [trpc.shop.api]\n"), "private name"),
        (service("api", "listens: localhost\n"), "localhost"),
        (
            {
                "environments/perf/environment.yaml": "extends: test\nadopting: true\nruns:\n  api: {tag: p1}\n"
            },
            "take in",
        ),
        (
            service("web", "calls: [db]\nentry: [{prefix: /}]\n")
            | service("db", protocol="tcp")
            | {
                "environments/test/environment.yaml": "hosts: [test.example.com]\nruns: {web: {tag: v}, api: {tag: v}, db: {tag: v}}\n",
                "environments/test/branches/login.yaml": "runs: {web: {tag: b}, db: {tag: b}}\n",
            },
            "raw TCP by their caller",
        ),
    ],
)
def test_what_waypoints_cannot_is_told_before_anything_is_printed(
    changes: Mapping[str, str], word: str
) -> None:
    with pytest.raises(Findings) as refused:
        compiled({**AMBIENT, **changes})
    found = [one for one in refused.value.found if one.code == "GEN335"]
    assert any(word in one.message for one in found), refused.value.found
    assert all(one.place.route[:1] == ("mesh",) for one in found)
