"""`explain` says of a request what the edge does with it, and of a rule why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.compiler.compile import compile_sources, valid
from generator.io.tree import read_sources
from generator.views.explain import Request, explain_lane, explain_request, following
from tests.conftest import Files, compiled, write
from tests.envoy import Filters, table
from tests.mesh.topology import generate

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


def test_the_way_as_a_tree(gen: Gen, tmp_path: Path) -> None:
    root = write(tmp_path)
    code, out, err = gen("-C", root, "explain", "--tenant", "acme", "--format", "tree")
    assert code == 0, err
    assert out.splitlines() == [
        "lane test/login (tenant acme)",
        "└── web  test v1  (lane test/login goes through test)",
        "    └── api  test/login b1  (lane test/login goes through test/login)",
    ]


def test_each_hop_stands_once_in_the_tree(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        generate(seed, tmp_path / str(seed), "1.40.0")
        plan = valid(compile_sources(read_sources(tmp_path / str(seed)))).plan
        for lane in plan.lanes:
            hops = explain_lane(plan, lane).hops
            below = following(plan, hops)
            hung = [hop for those in below.values() for hop in those]
            assert len(hung) == sum(hop.caller is not None for hop in hops)
            assert {(hop.service, hop.lane, hop.target) for hop in hung} == {(hop.service, hop.lane, hop.target) for hop in hops if hop.caller}  # fmt: skip
            assert all(hop.caller == (one.service, one.target) for one, those in below.items() for hop in those)  # fmt: skip
