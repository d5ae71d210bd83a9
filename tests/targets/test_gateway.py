"""Routes of the Gateway API, read as its specification says, whatever object is the oldest."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.io.tree import read_sources
from generator.plan import colours
from generator.plan.routes import NoAnswer
from generator.targets import gateway, registry
from tests.conftest import TOP, compiled, service

Object = dict[str, Any]
PLATFORM = "environments/platform.yaml"
SAID = "name: shop\nmesh: {routes: gateway, mtls: disabled}\nargocd: {repository: https://git.example.com/shop.git}\n"

AMBIENT = SAID.replace("mtls: disabled", "plane: ambient, istio: '1.31'")


def small(changes: dict[str, str | None]) -> Compiled:
    return compiled({PLATFORM: SAID} | changes)


def branches(count: int) -> dict[str, str | None]:
    """Branches that all run `api`, and a lane in which nobody answers for `web`."""
    made: dict[str, str | None] = {
        f"environments/test/branches/b{index}.yaml": "runs: {api: {tag: b}}\n"
        for index in range(count)
    }
    return made | refused(1)


def lanes(count: int) -> dict[str, str | None]:
    """Lanes with long names and one answer."""
    return {
        f"environments/lanes/a-lane-with-a-name-of-some-length-{index}.yaml": "through: [perf]\n"
        for index in range(count)
    }


def refused(count: int) -> dict[str, str | None]:
    """Lanes in which nobody answers for `web`."""
    return {
        f"environments/lanes/refused-{index}.yaml": "through: [perf]\nisolation: strict\n"
        for index in range(count)
    }


def objects(made: Compiled, kind: str) -> list[Object]:
    return [
        thing
        for path in made.files
        if "/mesh/" in path or path.startswith("overlays/lanes/")
        for thing in yaml.load_all(made.files[path], Loader=yaml.CSafeLoader)
        if thing["kind"] == kind
    ]


def rules_of(routes: list[Object], namespace: str, name: str, port: int) -> Iterator[Object]:
    """The rules of a parent in the order in which they are tried, if the objects are this old."""
    parent = {"group": "", "kind": "Service", "name": name, "port": port}
    found = [
        (match, rule)
        for route in routes
        if route["metadata"]["namespace"] == namespace and route["spec"]["parentRefs"] == [parent]
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
    ]
    for match, rule in sorted(found, key=lambda one: -len(one[0].get("headers", ()))):
        yield {"asked": match.get("headers", ()), **rule}


def answer(rules: list[Object], request: dict[str, str]) -> Object:
    def fits(asked: Object) -> bool:
        value = request.get(asked["name"])
        if value is None:
            return False
        if asked["type"] == "RegularExpression":
            return re.fullmatch(asked["value"], value) is not None
        return bool(value == asked["value"])

    return next(rule for rule in rules if all(map(fits, rule["asked"])))


@pytest.mark.parametrize(
    "made",
    [
        lambda: small({}),
        lambda: small(branches(3)),
        lambda: small(branches(20)),
        lambda: small(lanes(300)),
        lambda: small(branches(20) | lanes(300)),
        lambda: small(refused(30)),
        lambda: small(refused(200)),
        lambda: small({PLATFORM: AMBIENT} | branches(20)),
        lambda: valid(compile_sources(read_sources(TOP), target=registry.target(routes="gateway"))),
    ],
    ids=("small", "branches", "many", "long", "both", "refused", "all-refused", "ambient", "demo"),
)
def test_every_colour_gets_its_answer(made: Any) -> None:
    compiled = made()
    plan, routes, dice = compiled.plan, objects(compiled, "HTTPRoute"), random.Random(1)
    asked = 0
    for environment, known in plan.known.items():
        namespace = plan.environments[environment].namespace
        for name in known:
            for port in plan.web_ports(name):
                dice.shuffle(routes)
                rules = list(rules_of(routes, namespace, name, port.port))
                for colour in (None, "nobody", f"{environment}/none", *plan.lanes):
                    header = {} if colour is None else {plan.platform.mesh.header: colour}
                    got = answer(rules, {"host": name} | header)
                    met = colours.met(plan, environment, name, colour)
                    _is(compiled, got, namespace, name, met, port.port)
                    asked += 1
    assert asked > 10


def _is(made: Compiled, rule: Object, namespace: str, name: str, lane: str, port: int) -> None:
    """Whether a rule is the answer of a lane."""
    plan = made.plan
    (backend,) = rule["backendRefs"]
    host = f"{backend['name']}.{backend.get('namespace', namespace)}"
    if (unit := plan.answers[lane].get(name)) is not None:
        assert f"{host}.svc.cluster.local" == plan.kubernetes_host(name, unit)
        assert backend["port"] == port
        return
    assert host == f"shop-nobody.{plan.platform.ingress.namespace}"
    ((told,),) = [one["responseHeaderModifier"]["set"] for one in rule["filters"]]
    body = NoAnswer(name, (lane,)).body.rstrip()
    assert told["name"] == "x-lane-nobody"
    assert told["value"] == body or lane in re.findall(r"[\w/-]+", told["value"])


@pytest.mark.parametrize(
    "changes", [branches(40), lanes(1000), branches(40) | lanes(1000), refused(200)]
)
def test_no_object_is_beyond_what_the_definitions_take(changes: dict[str, str | None]) -> None:
    routes = objects(small(changes), "HTTPRoute")
    names = [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in routes]
    assert len(names) == len(set(names))
    for route in routes:
        rules = route["spec"]["rules"]
        matches = [rule["matches"] for rule in rules]
        assert 1 <= len(rules) <= 16
        assert max(map(len, matches)) <= 64
        assert sum(map(len, matches)) <= 128
        values = [
            header["value"] for some in matches for one in some for header in one.get("headers", ())
        ]
        values += [
            told["value"]
            for rule in rules
            for one in rule.get("filters", ())
            for told in one["responseHeaderModifier"]["set"]
        ]
        assert all(len(value) <= 4096 for value in values)


def test_a_branch_moves_no_rule_of_others() -> None:
    """Beyond what one object holds, or two objects would have to be exchanged at once."""

    def by_name(count: int) -> dict[str, Object]:
        return {
            one["metadata"]["name"]: one
            for one in objects(small(branches(count)), "HTTPRoute")
            if one["metadata"]["namespace"] == "shop-test"
        }

    was, now = by_name(20), by_name(21)
    assert now.keys() - was.keys() == {"api.8080.test.b20"}
    assert all(now[name] == one for name, one in was.items())


def test_a_match_of_many_lanes_is_as_long_as_definitions_take() -> None:
    (route,) = [
        one
        for one in objects(small(lanes(300)), "HTTPRoute")
        if one["metadata"] | {"labels": 0}
        == {"name": "api.8080", "namespace": "shop-perf", "labels": 0}
    ]
    values = [
        header["value"]
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
        for header in match.get("headers", ())
        if "a-lane" in header["value"]
    ]
    assert len(values) == -(-sum(len(value) + 1 for value in values) // gateway.LONGEST)


def test_raw_tcp_is_a_route_where_all_get_the_same_and_else_a_virtual_service() -> None:
    alone = small(
        service("api", protocol="tcp")
        | {
            "environments/test/branches/login.yaml": None,
            "environments/lanes/mixed.yaml": "through: [perf]\n",
            "environments/tenants/acme.yaml": "match: [{header: {x-tenant: acme}}]\nlane: perf\n",
        }
    )
    (route, *_) = objects(alone, "TCPRoute")
    assert route["spec"]["parentRefs"] == [
        {"group": "", "kind": "Service", "name": "api", "port": 8080}
    ]
    (rule,) = route["spec"]["rules"]
    assert [backend["port"] for backend in rule["backendRefs"]] == [8080]
    branch = {"environments/test/branches/login.yaml": "runs: {web: {tag: b}, api: {tag: b}}\n"}
    by_caller = small(service("api", protocol="tcp") | branch)
    assert not objects(by_caller, "TCPRoute")
    connections = [
        one for one in objects(by_caller, "VirtualService") if one["metadata"]["name"] == "api"
    ]
    assert connections
    assert all("http" not in one["spec"] for one in connections)


def test_a_timeout_is_said_and_tries_are_refused() -> None:
    made = small(service("api", "traffic: {timeout: 2s}\n"))
    routes = [one for one in objects(made, "HTTPRoute") if one["metadata"]["name"] == "api.8080"]
    assert routes
    for route in routes:
        assert all(rule["timeouts"] == {"request": "2s"} for rule in route["spec"]["rules"])


def test_environments_let_each_other_lead_there() -> None:
    grants = {
        one["metadata"]["namespace"]: one["spec"] for one in objects(small({}), "ReferenceGrant")
    }
    leads: set[tuple[str, str]] = set()
    for route in objects(small({}), "HTTPRoute"):
        for rule in route["spec"]["rules"]:
            leads |= {
                (route["metadata"]["namespace"], backend["namespace"])
                for backend in rule["backendRefs"]
                if "namespace" in backend
            }
    assert leads
    for origin, end in leads:
        assert origin in [
            one["namespace"] for one in grants[end]["from"] if one["kind"] == "HTTPRoute"
        ]


def test_more_environments_than_a_grant_takes() -> None:
    more = {f"environments/e{index}/environment.yaml": "extends: test\n" for index in range(20)}
    for grant in objects(small(more), "ReferenceGrant"):
        assert len(grant["spec"]["from"]) <= 16
