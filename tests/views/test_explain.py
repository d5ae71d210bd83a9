"""`explain` says of a request what the edge does with it, and of a rule why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.views.explain import Request, explain_request
from tests.conftest import Files, compiled, write
from tests.envoy import Filters, table

Gen = Callable[..., tuple[int, str, str]]
HOST = "test.example.com"
TEST = f"hosts: [{HOST}]\nruns:\n  web: {{tag: v1}}\n  api: {{tag: v1}}\n"
PLATFORM = (
    "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
    "ingress: {jwt: [{issuer: i, jwks: '{\"keys\": []}'}]}\n"
)
TOWN: Files = {
    "environments/platform.yaml": PLATFORM,
    "environments/tenants/number.yaml": 'match: [{claim: {org: "123456789012345"}}]\nlane: perf\n',
    "environments/tenants/text.yaml": "match:\n"
    + "".join(f'- claim: {{org: "{value}"}}\n' for value in ("true", "9007199254740993", "1.5"))
    + "lane: mixed\n",
    "environments/tenants/cookie.yaml": "match: [{cookie: {trial: test/x}}]\nlane: perf\n",
    "environments/tenants/w.yaml": "match: [{header: {x-w: w}}]\n"
    "lane: [{lane: perf, weight: 1}, {lane: mixed, weight: 1}]\nsticky: {claim: user}\n",
}
ASKED = [
    *(Request(HOST, claims={"org": value}) for value in (
        "123456789012345", 123456789012345, 123456789012345.0, "true", True, "9007199254740993",
        9007199254740993, 1.5, "1.5", None, ["123456789012345"], {"a": 1}, "", 0,
    )),
    *(Request(HOST, cookies={"trial": value}) for value in (
        "test/x", '"test/x"', ' "test/x" ', "test/x2", '"test/x', "", '""',
    )),
    *(Request(host) for host in (
        "PERF.example.com", "perf.example.com:", "perf.example.com:80", "perf.example.com.",
        "perf.example.com.:x",
    )),
    Request(HOST, headers={"x-tenant": ["acme", ""]}),
    Request(HOST, headers={"x-tenant": ["acme", "acme"]}),
    Request(HOST, headers={"x-tenant": "acme", "x-lane": "perf"}),
    *(Request(HOST, headers={"x-w": "w"}, claims={"user": user}) for user in (
        "a", "b", "c", 1, 2, 3, 123456789012345, 123456789012346,
    )),
    Request(HOST, headers={"x-lane": ["perf"]}),
    Request(HOST, headers={"x-lane": ["", "perf"]}),
    Request(HOST, headers={"x-lane": ["perf", "mixed"]}),
    Request(HOST, headers={"x-lane": ""}),
]  # fmt: skip


@pytest.mark.parametrize("trusts", [False, True])
def test_explain_says_what_the_edge_does(trusts: bool) -> None:
    trusting = {"environments/test/environment.yaml": TEST + "trustColour: true\n"}
    done = compiled(TOWN | (trusting if trusts else {}))
    filters = Filters(table(done))
    for request in ASKED:
        headers = [(":authority", request.host)]
        for name, lines in request.headers.items():
            headers += [(name, line) for line in ([lines] if isinstance(lines, str) else lines)]
        headers += [("cookie", f"{name}={value}") for name, value in request.cookies.items()]
        claims: dict[str, Any] = {
            name: value for name, value in request.claims.items() if value is not None
        }
        passed = filters.ask(headers, claims)
        explanation = explain_request(done.plan, request)
        assert explanation is not None
        assert passed.values("x-lane") == [explanation.lane], request


def test_rules_that_would_also_have_fitted(gen: Gen, tmp_path: Path) -> None:
    root = write(tmp_path, TOWN)
    asked = ["--host", HOST, "--header", "x-tenant=acme", "--cookie", 'trial="test/x"']
    asked += ["--claim", "org:=123456789012345"]
    said = gen("-C", root, "explain", *asked)[1]
    assert "tenant number, by claim org: 123456789012345" in said
    assert "would also fit: tenant acme, by header x-tenant: acme" in said
    told = json.loads(gen("-C", root, "explain", *asked, "--format", "json")[1])
    assert told["alsoFits"] == [
        {"tenant": "acme", "rule": "header x-tenant: acme"},
        {"tenant": "cookie", "rule": "cookie trial: test/x"},
    ]
    for none in ("x", "NaN", "Infinity", "[" * 100_000, "9" * 5000):
        assert gen("-C", root, "explain", "--host", HOST, "--claim", f"org:={none}")[0] == 2
    lane = "explain", "--host", HOST, "--format", "json", "--claim"
    assert json.loads(gen("-C", root, *lane, "org:=true")[1])["lane"] == "test"
    assert json.loads(gen("-C", root, *lane, "org=true")[1])["lane"] == "mixed"
