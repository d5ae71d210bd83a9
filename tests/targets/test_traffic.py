"""What the catalogue says of requests: times and tries in routes, limits in rules of each unit."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.views.explain import Request, explain_request
from generator.vocabulary.findings import Findings
from tests.conftest import Files, compiled, service

SAYS = (
    "traffic:\n  timeout: 1500ms\n  retries: {attempts: 3, perTry: 500ms, on: [5xx, reset]}\n"
    "  limits: {connections: 100, requests: 50, pending: 10}\n"
    "  outliers: {errors: 5, every: 10s, rest: 2m, share: 30}\n"
)
TIMES = {
    "timeout": "1.5s",
    "retries": {"attempts": 3, "perTryTimeout": "0.5s", "retryOn": "5xx,reset"},
}


def objects(files: Files, kind: str) -> dict[str, dict[str, Any]]:
    made = compiled(files).files
    things = (
        thing
        for path in made
        if path.startswith("overlays/") and "/mesh" in path and "kustomization" not in path
        for thing in yaml.safe_load_all(bytes(made[path]))
    )
    return {
        f"{thing['metadata']['namespace']}/{thing['metadata']['name']}": thing["spec"]
        for thing in things
        if thing["kind"] == kind
    }


def test_each_unit_has_a_rule_for_its_own_host() -> None:
    rules = objects(service("api", SAYS), "DestinationRule")
    assert {name: rule["host"].split(".")[0] for name, rule in rules.items()} == {
        "shop-test/api.pods": "api",
        "shop-test/api-login.pods": "api-login",
        "shop-perf/api.pods": "api",
    }
    (policy,) = {
        str(rule["trafficPolicy"]): rule["trafficPolicy"] for rule in rules.values()
    }.values()
    assert policy == {
        "connectionPool": {
            "tcp": {"maxConnections": 100},
            "http": {"http1MaxPendingRequests": 10, "http2MaxRequests": 50},
        },
        "outlierDetection": {
            "consecutive5xxErrors": 5,
            "interval": "10s",
            "baseEjectionTime": "120s",
            "maxEjectionPercent": 30,
        },
    }
    assert rules["shop-test/api-login.pods"]["exportTo"] == ["shop-test"]


def test_every_route_to_the_service_carries_its_times() -> None:
    routes = objects(service("api", SAYS), "VirtualService")
    for name, spec in routes.items():
        for entry in spec["http"]:
            carried = {key: entry[key] for key in TIMES if key in entry}
            assert carried == (TIMES if name.endswith("/api") and "route" in entry else {})


def test_an_ingress_may_need_the_rules_of_an_entry() -> None:
    says = "calls: [api]\nentry: [{prefix: /}]\ntraffic: {limits: {requests: 5}}\n"
    (rule,) = objects(service("web", says), "DestinationRule").values()
    assert rule["exportTo"] == ["istio-ingress", "shop-test"]
    assert rule["trafficPolicy"] == {"connectionPool": {"http": {"http2MaxRequests": 5}}}


def test_argocd_may_bring_rules_only_where_there_are_any() -> None:
    rule = {"group": "networking.istio.io", "kind": "DestinationRule"}
    for says, allowed in ((SAYS, True), ("traffic: {timeout: 1s}\n", False), ("", False)):
        project = yaml.safe_load(compiled(service("api", says)).files["argocd/projects/test.yaml"])
        assert (rule in project["spec"]["namespaceResourceWhitelist"]) == allowed


@pytest.mark.parametrize(
    "says, code",
    [
        ("traffic: {timeout: 0s}\n", "GEN104"),
        ("traffic: {timeout: 1.5s}\n", "GEN104"),
        ("traffic: {limits: {}}\n", "GEN104"),
        ("traffic: {retries: {attempts: 11}}\n", "GEN104"),
        ("entry: [{prefix: /a, exact: /a}]\n", "GEN104"),
        ("entry: [{rewrite: /}]\n", "GEN104"),
        ("entry: [{exact: /a}, {exact: /a}]\n", "GEN306"),
    ],
)
def test_what_cannot_be_meant(says: str, code: str) -> None:
    with pytest.raises(Findings) as stopped:
        compiled(service("api", says))
    assert {found.code for found in stopped.value.found} == {code}


def test_raw_tcp_has_no_requests_to_time() -> None:
    with pytest.raises(Findings) as stopped:
        compiled(service("api", "traffic: {timeout: 1s}\n", "tcp"))
    assert "raw TCP" in stopped.value.found[0].message
    assert objects(
        service("api", "traffic: {limits: {connections: 1}}\n", "tcp"), "DestinationRule"
    )


WAYS = "calls: [api]\nentry: [{prefix: /}, {exact: /login}, {prefix: /shop/, rewrite: /}, {exact: /old, rewrite: /new}]\n"


def test_ways_in_are_tried_path_by_path_and_then_the_longest_prefix_first() -> None:
    (hosts,) = (
        spec
        for name, spec in objects(service("web", WAYS), "VirtualService").items()
        if name == "shop-test/gen.hosts"
    )
    paths = list(dict.fromkeys(str(entry["match"][0]["uri"]) for entry in hosts["http"]))
    assert paths == [
        "{'exact': '/login'}",
        "{'exact': '/old'}",
        "{'prefix': '/shop/'}",
        "{'prefix': '/'}",
    ]
    rewritten = {
        str(entry["match"][0]["uri"]): entry["rewrite"]
        for entry in hosts["http"]
        if "rewrite" in entry
    }
    assert rewritten == {
        "{'exact': '/old'}": {"uri": "/new"},
        "{'prefix': '/shop/'}": {"uriRegexRewrite": {"match": "^/shop/?(.*)$", "rewrite": "/\\1"}},
    }


@pytest.mark.parametrize(
    "path, answers",
    [("/login", "web"), ("/login?a=b", "web"), ("/login/", "api"), ("/other", "api")],
)
def test_explain_reads_ways_as_the_gateway_does(path: str, answers: str) -> None:
    ways = service("web", "calls: [api]\nentry: [{exact: /login}]\n")
    plan = compiled(ways | service("api", "entry: [{prefix: /}]\n")).plan
    explained = explain_request(plan, Request("test.example.com", path))
    assert explained is not None
    assert explained.hops[0].service == answers
