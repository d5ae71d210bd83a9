"""Hosts at an ingress that is a Gateway of the Gateway API, read as its specification says, whatever object is the oldest."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
import yaml

from generator.compiler.compile import Compiled, compile_sources
from generator.plan import colours
from generator.targets.gateway.hosts import dealt
from generator.vocabulary.findings import Findings
from tests.conftest import compiled, service, sources
from tests.targets.test_gateway import Object, branches, lanes, objects, refused

PLATFORM = "environments/platform.yaml"
TENANT = "environments/tenants/acme.yaml"
SAID = (
    "name: shop\nmesh: {istio: '1.31', mtls: disabled}\ningress: {kind: gateway, port: 8443, tls: {credential: shop-tls}}\n"
    "argocd: {repository: https://git.example.com/shop.git}\n"
)
Files = dict[str, str | None]
# Ways that begin alike, single paths among them, and those that no definition takes as a single path.
WAYS: Files = service(
    "web", "calls: [api]\nentry: [{prefix: /}, {exact: /a}, {prefix: /a.b}]\n"
) | service(
    "api",
    "entry: [{prefix: /a}, {prefix: /a/b/}, {exact: /a.b}, {exact: /a//b, rewrite: /c}, {exact: /login, rewrite: /in.html}]\n",
)
PATHS = (
    "/",
    "/a",
    "/ab",
    "/a/b",
    "/a/b/",
    "/a/b/c",
    "/a.b",
    "/axb",
    "/a.bc",
    "/a//b",
    "/a//bc",
    "/login",
    "/login/",
)


def made_of(changes: Files, said: str = SAID) -> Compiled:
    return compiled({PLATFORM: said} | WAYS | changes)


def hosts(made: Compiled) -> list[Object]:
    gate = {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "name": "shop",
        "namespace": "istio-ingress",
    }
    return [one for one in objects(made, "HTTPRoute") if one["spec"]["parentRefs"] == [gate]]


def answer(routes: list[Object], host: str, path: str, colour: str | None) -> tuple[Object, Object]:
    """The route and the rule that a request gets, if the objects are this old."""
    found = [
        (match, route, rule)
        for route in routes
        if host in route["spec"]["hostnames"]
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
    ]

    def order(one: tuple[Object, Object, Object]) -> tuple[bool, int, int]:
        asked = one[0]["path"]
        return asked["type"] != "Exact", -len(asked["value"]), -len(one[0].get("headers", ()))

    headers = {"host": host} | ({"x-lane": colour} if colour else {})
    for match, route, rule in sorted(found, key=order):
        if _fits(match["path"], path) and all(
            one["name"] in headers and _fits(one, headers[one["name"]])
            for one in match.get("headers", ())
        ):
            return route, rule
    raise LookupError(host, path, colour)


def _fits(asked: Object, value: str) -> bool:
    if asked["type"] == "RegularExpression":
        return re.fullmatch(asked["value"], value) is not None
    assert asked["type"] == "Exact"
    return bool(asked["value"] == value)


@pytest.mark.parametrize(
    "changes",
    [{}, branches(20), lanes(300), branches(20) | lanes(300), refused(30), refused(200)],
    ids=("small", "branches", "long", "both", "refused", "all-refused"),
)
@pytest.mark.parametrize("mesh", ["virtualService", "gateway"])
def test_every_path_and_colour_gets_its_answer(changes: Files, mesh: str) -> None:
    said = SAID.replace("mtls: disabled", f"mtls: disabled, routes: {mesh}")
    made, dice = made_of(changes, said), random.Random(2)
    plan, routes, asked = made.plan, hosts(made), 0
    for host, environment in plan.host_environments.items():
        dice.shuffle(routes)
        for path in PATHS:
            way = next(way for way in plan.entries() if way.fits(path))
            for colour in (None, "unknown", "test/none", *plan.lanes):
                route, rule = answer(routes, host, path, colour)
                lane = colours.lane_of(plan, colour) if colour else None
                unit = plan.answers[lane or environment].get(way.service)
                (backend,) = rule["backendRefs"]
                where = backend.get("namespace", route["metadata"]["namespace"])
                told = {one["type"]: one for one in rule.get("filters", ())}
                if unit is None:
                    assert (backend["name"], where) == ("shop-nobody", "istio-ingress")
                    (text,) = told["ResponseHeaderModifier"]["responseHeaderModifier"]["set"]
                    assert lane is not None and lane.partition("/")[0] in text["value"]
                    continue
                assert plan.kubernetes_host(way.service, unit).startswith(
                    f"{backend['name']}.{where}."
                )
                assert backend["port"] == way.port
                to = told.get("URLRewrite", {}).get("urlRewrite", {}).get("path", {})
                assert to.get("replaceFullPath") == way.rewrite
                asked += 1
    assert asked > 100


@pytest.mark.parametrize("changes", [branches(40), lanes(1000), refused(200)])
def test_no_object_is_beyond_what_the_definitions_take(changes: Files) -> None:
    many = {
        f"environments/tenants/h{index}.yaml": f"match: [{{host: h{index}.example.com}}]\nlane: test\n"
        for index in range(70)
    }
    routes = hosts(made_of(changes | dict(many)))
    names = [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in routes]
    assert len(names) == len(set(names))
    for route in routes:
        rules, matches = (
            route["spec"]["rules"],
            [rule["matches"] for rule in route["spec"]["rules"]],
        )
        assert 1 <= len(route["spec"]["hostnames"]) <= 16 and 1 <= len(rules) <= 16
        assert max(map(len, matches)) <= 64 and sum(map(len, matches)) <= 128
        for match in (one for some in matches for one in some):
            path = match["path"]
            assert len(path["value"]) <= 1024
            assert path["type"] != "Exact" or not re.search(r"//|/\.\.?(/|$)", path["value"])
            assert all(len(header["value"]) <= 4096 for header in match.get("headers", ()))


def test_another_host_moves_none_of_the_others() -> None:
    """But seldom, when there are too many for so few objects."""
    names, moved = [f"h{index}.example.com" for index in range(400)], 0
    for count in range(1, 400):
        was = {host: end for end, some in dealt(names[:count]) for host in some}
        now = {host: end for end, some in dealt(names[: count + 1]) for host in some}
        moved += any(now[host] != end for host, end in was.items())
    assert moved <= 6
    assert list(dealt(names[:16])) == [("", names[:16])]


def documents(made: Compiled, path: str) -> dict[str, Any]:
    found = yaml.load_all(made.files[path], Loader=yaml.CSafeLoader)
    return {f"{one['kind']} {one['metadata']['name']}": one for one in found}


def test_the_gateway_takes_hosts_of_environments_and_filters_are_meant_for_it() -> None:
    made = made_of({})
    edge = documents(made, "overlays/edge/gateway.yaml")
    (listener,) = edge["Gateway shop"]["spec"]["listeners"]
    assert (listener["port"], listener["protocol"]) == (8443, "HTTPS")
    assert listener["tls"]["certificateRefs"] == [
        {"group": "", "kind": "Secret", "name": "shop-tls"}
    ]
    (named,) = listener["allowedRoutes"]["namespaces"]["selector"]["matchExpressions"]
    assert named["values"] == ["shop-perf", "shop-test"]
    meant = [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "shop"}]
    tenants = documents(made, "overlays/edge/tenants.yaml")["EnvoyFilter shop-tenants"]
    for one in (tenants, edge["EnvoyFilter shop-nobody"]):
        assert one["spec"]["targetRefs"] == meant and "workloadSelector" not in one["spec"]
    allowed = documents(made, "argocd/projects/edge.yaml")["AppProject shop-edge"]["spec"]
    assert {"group": meant[0]["group"], "kind": "Gateway"} in allowed["namespaceResourceWhitelist"]
    assert not any(
        one["metadata"]["name"] == "gen.hosts" or one["metadata"]["name"].endswith(".8080")
        for one in objects(made, "VirtualService")
    )


def test_pods_let_in_the_account_that_istio_makes() -> None:
    made = made_of({}, SAID.replace("mtls: disabled", "mtls: strict"))
    text = "".join(made.files[path].decode() for path in made.files if "/mesh.pods/" in path)
    assert "cluster.local/ns/istio-ingress/sa/shop-istio" in text
    assert "gateway.networking.k8s.io/gateway-name: shop" in text
    assert "sa/istio-ingress" not in text and "istio: ingress" not in text


@pytest.mark.parametrize(
    "changes, message",
    [
        ({PLATFORM: SAID.replace("1.31", "1.27")}, "needs Istio 1.31"),
        (
            service("web", "entry: [{prefix: /x, rewrite: /}]\n"),
            "cannot exchange the beginning of a path",
        ),
        (
            service("web", "traffic: {retries: {attempts: 2}}\n"),
            "cannot say how often a request is tried",
        ),
    ],
)
def test_what_it_cannot_is_told_before_anything_is_printed(changes: Files, message: str) -> None:
    made = compile_sources(sources({PLATFORM: SAID} | changes))
    assert isinstance(made, Findings)
    (found,) = (one for one in made.found if one.code == "GEN335")
    assert message in found.message
    assert found.place.route == ("ingress", "kind")


@pytest.mark.parametrize(
    "said",
    [
        "ingress: {kind: gateway, selector: {istio: ingress}}\n",
        "ingress: {kind: gateway, serviceAccount: door}\n",
        "ingress: {kind: gateway}\nclusters: {eu: {ingress: {selector: {istio: eu}}}}\n",
    ],
)
def test_what_istio_names_itself_is_not_said(said: str) -> None:
    text = f"name: shop\nmesh: {{istio: '1.31'}}\nargocd: {{repository: https://git.example.com/shop.git}}\n{said}"
    made = compile_sources(sources({PLATFORM: text}))
    assert isinstance(made, Findings)
    assert any("Istio names the pods and the account" in one.message for one in made.found)


@pytest.mark.parametrize(
    "change",
    [
        {"environments/test/branches/new.yaml": "runs: {api: {tag: b2}}\n"},
        {"environments/lanes/more.yaml": "through: [perf]\nisolation: strict\n"},
        {TENANT: "match: [{host: acme.example.com}]\nlane: test\n"},
        service("api", "entry: [{prefix: /other}]\n"),
    ],
)
def test_what_is_remembered_is_what_would_be_printed(change: Files) -> None:
    """Hosts have their lanes in themselves, so that a lane changes them."""
    said = {PLATFORM: SAID} | WAYS
    first = compiled(said)
    dict(first.files)
    again = compile_sources(sources(said | change), memory=first.memory())
    anew = compiled(said | change)
    assert isinstance(again, Compiled)
    assert again.files.ids() == anew.files.ids()
