"""What the filters do to requests, on LuaJIT; `make mesh` and `make edge` ask real Envoys."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lupa.luajit21 import LuaRuntime

from generator.plan import tenants as plans
from generator.targets.edge import table as emitted
from tests.conftest import Files, compiled
from tests.envoy import Filters, Passed, programs, table
from tests.linked import platform

PLATFORM = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
TEST = "hosts: [test.example.com]\nruns:\n  web: {tag: v1}\n  api: {tag: v1}\n"
TRUSTING = {"environments/test/environment.yaml": TEST + "trustColour: true\n"}
BAGGAGE = {"environments/platform.yaml": PLATFORM + "mesh: {propagation: baggage}\n"}
HOST = (":authority", "test.example.com")


def edge(changes: Files | None = None) -> Filters:
    return Filters(table(compiled(changes)))


def colour(passed: Passed) -> str | None:
    (found,) = passed.values("x-lane") or [None]
    return found


@pytest.mark.parametrize(
    "headers, lane",
    [
        ([HOST], "test"),
        ([HOST, ("x-tenant", "acme")], "test/login"),
        ([HOST, ("x-tenant", "acm")], "test"),
        ([HOST, ("x-lane", "perf")], "test"),
        ([HOST, ("x-lane", "perf"), ("x-lane", "mixed")], "test"),
        ([(":authority", "perf.example.com")], "perf"),
        ([(":authority", "PERF.example.com:80")], "perf"),
        ([(":authority", "other.example.com")], None),
        ([], None),
    ],
)
def test_a_request_gets_its_lane(headers: list[tuple[str, str]], lane: str | None) -> None:
    passed = edge().ask(headers)
    assert (colour(passed), passed.rerouted) == (lane, 1)


def test_one_colour_is_trusted_at_a_host_that_trusts() -> None:
    filters = edge(TRUSTING)
    assert colour(filters.ask([HOST, ("x-lane", "perf")])) == "perf"
    assert colour(filters.ask([HOST, ("x-lane", "perf"), ("x-lane", "mixed")])) == "test"
    assert colour(filters.ask([(":authority", "perf.example.com"), ("x-lane", "test")])) == "perf"


def test_later_parts_win_by_the_order_of_rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Header before cookie before host, whichever part holds them."""
    monkeypatch.setattr(plans, "SHARD", 8)
    kinds = ("header: {x-t: v}", "cookie: {t: v}", "host: test.example.com")
    lanes = ("mixed", "perf", "test/login")
    allowed = "tenants: {by: {headers: [x-t, x-tenant], cookies: [t], hosts: [test.example.com]}}\n"
    tenants = {
        f"environments/tenants/t{index}.yaml": f"match: [{{{kind}}}]\nlane: {lane}\n"
        for index, (kind, lane) in enumerate(zip(kinds, lanes, strict=True))
    }
    filters = edge({"environments/platform.yaml": PLATFORM + allowed} | tenants)
    assert len(filters.runtimes) > 1
    assert colour(filters.ask([HOST])) == "test/login"
    assert colour(filters.ask([HOST, ("cookie", "a=b; t=v")])) == "perf"
    assert colour(filters.ask([HOST, ("cookie", "t=v"), ("x-t", "v")])) == "mixed"


def test_no_claims_are_asked_for_where_no_token_came() -> None:
    platform = PLATFORM + "ingress: {jwt: [{issuer: i, jwks: '{\"keys\": []}'}]}\n"
    acme = "match: [{claim: {org: a}}]\nlane: test/login\n"
    files = {"environments/platform.yaml": platform, "environments/tenants/acme.yaml": acme}
    filters = edge(files)
    assert filters.ask([HOST, (":path", "/a")]).streamed == 0
    for token in ("authorization", "Bearer t"), (":path", "/a?access%5ftoken=t"):
        assert filters.ask([HOST, token]).streamed == 1
    assert colour(filters.ask([HOST], claims={"org": "a"})) == "test/login"


def test_parts_remember_what_a_later_one_could_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom no rule of a tenant fits costs no more for it, and others cost one word."""
    monkeypatch.setattr(plans, "SHARD", 8)
    tenants = {
        f"environments/tenants/t{index}.yaml": f"match: [{{header: {{x-tenant: v{index}}}}}]\n"
        f"lane: {lane}\n"
        for index, lane in enumerate(("mixed", "perf", "test/login", "mixed"))
    }
    filters = edge(tenants)
    assert len(filters.runtimes) > 1
    assert filters.ask([HOST]).streamed == 0
    for index, lane in enumerate(("mixed", "perf", "test/login", "mixed")):
        passed = filters.ask([HOST, ("x-tenant", f"v{index}")])
        assert colour(passed) == lane and 1 <= passed.streamed <= 2
    assert len(passed.values("x-lane")) == 1


def test_baggage_carries_the_colour_and_nobody_elses() -> None:
    filters = edge(BAGGAGE)
    sent = [HOST, ("baggage", "a=b,x-lane=perf"), ("baggage", "c=d")]
    assert sorted(",".join(filters.ask(sent).values("baggage")).split(",")) == [
        "a=b",
        "c=d",
        "x-lane=test",
    ]


@pytest.mark.parametrize(
    "sent, lane",
    [
        ("org=a", None),
        ("123456789012345", "test/login"),  # 15 digits
        (123456789012345, "test/login"),
        (123456789012345.0, "test/login"),
        (9007199254740991, "perf"),
        (9007199254740992, None),  # as is what a token's reader made of 2^53 + 1
        ("9007199254740993", "mixed"),
        (9007199254740993, None),
        (-7, "test/login"),
        (0, "test/login"),
        (-0.0, "test/login"),
        (1.5, None),
        (True, None),
        (["123456789012345"], None),
        ({"a": "123456789012345"}, None),
        ("", None),
    ],
)
def test_claims_are_text_or_whole_numbers(sent: Any, lane: str | None) -> None:
    claims = {
        "test/login": ["123456789012345", "-7", "0"],
        "perf": ["9007199254740991"],
        "mixed": ["9007199254740992", "9007199254740993", "1.5", "true", "False"],
    }
    platform = PLATFORM + "ingress: {jwt: [{issuer: i, jwks: '{\"keys\": []}'}]}\n"
    tenants = {
        f"environments/tenants/t-{name.replace('/', '-')}.yaml": "match:\n"
        + "".join(f'- claim: {{org: "{value}"}}\n' for value in values)
        + f"lane: {name}\n"
        for name, values in claims.items()
    }
    filters = edge({"environments/platform.yaml": platform} | tenants)
    assert colour(filters.ask([HOST], {"org": sent})) == (lane or "test")


@pytest.mark.parametrize(
    "lines, lane",
    [
        (["trial=test/x"], "perf"),
        (['trial="test/x"'], "perf"),
        (["trial = test/x "], "perf"),
        (["a=b; trial=test/x;z=1"], "perf"),
        (["a=b", "trial=test/x"], "perf"),
        (["a; =; trial=test/x"], "perf"),
        (["trial=other; trial=test/x"], "test"),  # the first of a name counts
        (["trial=; trial=test/x"], "perf"),  # an empty one is none
        (["trial=test/x2"], "test"),
        (["xtrial=test/x"], "test"),
        (["a=b,trial=test/x"], "test"),  # a value may hold a comma
        (['trial="test/x'], "test"),
        (["trial"], "test"),
        (["trial x=test/x"], "test"),
        ([""], "test"),
    ],
)
def test_cookies(lines: list[str], lane: str) -> None:
    tenant = "match: [{cookie: {trial: test/x}}]\nlane: perf\n"
    filters = edge({"environments/tenants/c.yaml": tenant})
    assert colour(filters.ask([HOST, *(("cookie", line) for line in lines)])) == lane


def test_the_cookie_header_is_read_once() -> None:
    """However many rules there are; and a long one in no time."""
    rules = "".join(f"- cookie: {{c{index}: v}}\n" for index in range(490))
    filters = edge({"environments/tenants/c.yaml": f"match:\n{rules}lane: perf\n"})
    cookies = "; ".join(f"k{index}=v" for index in range(50))
    passed = filters.ask([HOST, ("cookie", cookies), ("cookie", "c489=v")])
    assert (colour(passed), passed.asked < 20) == ("perf", True)
    started = time.perf_counter()
    for long in (
        "a" + " " * 60_000 + "b",
        "=" * 60_000,
        "a=" + " " * 60_000 + "b",
        "a=" + " " * 60_000,
        " " * 60_000,
        ";" * 60_000,
    ):
        filters.ask([HOST, ("cookie", long), ("baggage", long), (":authority", long)])
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    "host", ["PERF.example.com", "perf.example.com:", "perf.example.com:80", "perf.example.com.",
             "perf.example.com.:80", "perf.example.com:x"],
)  # fmt: skip
def test_a_host_is_the_same_however_it_is_spelled(host: str) -> None:
    assert colour(edge().ask([(":authority", host)])) == "perf"


def test_an_empty_colour_is_none() -> None:
    trusting = edge(TRUSTING)
    assert colour(trusting.ask([HOST, ("x-lane", "")])) == "test"
    assert colour(trusting.ask([HOST, ("x-lane", ""), ("x-lane", "perf")])) == "perf"
    for changes in ({}, BAGGAGE):
        own = Filters(programs(compiled(changes), "overlays/test/", "origin-login"))
        assert colour(own.ask([HOST])) == "test/login"
        assert colour(own.ask([HOST, ("x-lane", "")])) == "test/login"
        assert colour(own.ask([HOST, ("x-lane", ""), ("x-lane", "perf")])) == "perf"
        passed = own.ask([HOST, ("x-lane", "perf")])
        rewritten = changes is BAGGAGE  # its header is written each time
        assert (colour(passed), passed.rerouted) == ("perf", int(rewritten))


def test_a_colour_in_baggage_is_one_value() -> None:
    """A comma in it would else begin another member, and a blank end it."""
    done = compiled(BAGGAGE | TRUSTING)
    sidecar = Filters(programs(done, "overlays/test/", "gen.baggage"))
    for sent in ("perf", "a,b", "perf,x-lane=mixed", "per f", "a;b", 'a"b', "a%2Cb", "a=b", "\xe9"):
        passed = Filters(table(done)).ask([HOST, ("x-lane", sent), ("baggage", "a=b")])
        first, *rest = (",".join(passed.values("baggage"))).split(",")
        assert (unquote(first, "latin-1"), rest) == (f"x-lane={sent}", ["a=b"])
        assert sidecar.ask([("baggage", first)]).values("x-lane") == [sent]


@pytest.mark.parametrize(
    "part, kept",
    [
        ("a=b", True), ("a=b;p=1;q", True), ("a = b ; p", True), ("a=b%20c", True), ("a=", True),
        ("a=b=c", True), ("key=" + "v" * 4092, True), ("key=" + "v" * 4093, False),
        ("a", False), ("=b", False), ("a=%zz", False), ("a=%", False), ("a=%4", False), ("a=%4z", False), ("a=%41", True), ("%41=b", True), ("a=b;p=%4", False), ("a=\xe9", False),
        ('a="b"', False), ("a=b;", False), ("a=b;;p", False), ("a b=c", False),
        ("x-lane=perf", False), ("x%2Dlane=perf", False), ("x%2dlane=perf", False),
        ("%20x-lane=perf", False), ("+x-lane=perf", False), ("x-lane%09=perf", False),
        ("x-lane;p=1", False), ("X-Lane=perf", True), ("x%252Dlane=perf", True),
    ],
)  # fmt: skip
def test_what_clients_bring_in_baggage(part: str, kept: bool) -> None:
    """What one library cannot read, that drops all; and whatever any of them reads as the colour."""
    passed = edge(BAGGAGE).ask([HOST, ("baggage", f"k=v,{part},z=1")])
    middle = [part] if kept else []
    assert ",".join(passed.values("baggage")).split(",") == ["x-lane=test", "k=v", *middle, "z=1"]


def test_baggage_is_capped_behind_the_colour() -> None:
    many = ",".join(f"k{index}=v" for index in range(300))
    parts = edge(BAGGAGE).ask([HOST, ("baggage", many)]).values("baggage")[0].split(",")
    assert (parts[0], len(parts)) == ("x-lane=test", 64)
    long = ",".join(f"k{index}={'v' * 1000}" for index in range(20))
    (baggage,) = edge(BAGGAGE).ask([HOST, ("baggage", long)]).values("baggage")
    assert baggage.startswith("x-lane=test,") and 7000 < len(baggage) <= 8192


WEIGHTED = (
    "match: [{header: {x-tenant: w}}]\nlane: [{lane: perf, weight: 10}, {lane: test, weight: 90}]\n"
)


def test_shares_hold_from_the_first_request_on() -> None:
    """Each state is a worker after a change of the table, and asked a few times only."""
    program = table(compiled({"environments/tenants/w.yaml": WEIGHTED}))
    asked = [HOST, ("x-tenant", "w")]
    seen = []
    for _ in range(400):
        worker = Filters(program)
        seen.append([colour(worker.ask(asked)) for _ in range(3)])
    for turn in (0, 1, 2):
        fallen = sum(lanes[turn] == "perf" for lanes in seen)
        assert abs(fallen - 40) < 5 * (400 * 0.1 * 0.9) ** 0.5
    assert len({tuple(lanes) for lanes in seen}) > 3, "no two lanes go together"


def test_many_shares_fit_one_function_of_luajit() -> None:
    """67,000 entries, each of which was a constant once: 65,536 are the most."""
    tenants = {}
    for number in range(67):
        shares = "".join(
            f"- {{lane: perf, weight: {(number + index) % 1000}}}\n" for index in range(999)
        )
        text = f"match: [{{header: {{x-tenant: t{number}}}}}]\nlane:\n{shares}- {{lane: perf, weight: 1}}\n"
        tenants[f"environments/tenants/t{number}.yaml"] = text
    assert colour(edge(tenants).ask([HOST, ("x-tenant", "t66")])) == "perf"


@pytest.mark.parametrize(
    "by, headers, address, called",
    [
        ("calleeHeader", [("x-callee", "trpc.api")], "10.0.0.1:8080", "api.shop-test.svc.cluster.local"),
        ("calleeHeader", [("x-callee", "trpc.other")], "10.0.0.1:8080", "10.0.0.9:8080"),
        ("calleeHeader", [], "10.0.0.1:8080", "10.0.0.9:8080"),
        ("port", [], "10.0.0.1:8080", "api.shop-test.svc.cluster.local"),
        ("port", [], "[fd00::1]:8080", "api.shop-test.svc.cluster.local"),
        ("port", [], "10.0.0.1:8081", "10.0.0.9:8080"),
    ],
)  # fmt: skip
def test_a_private_name_finds_its_service(
    by: str, headers: list[tuple[str, str]], address: str, called: str
) -> None:
    done = compiled(
        {
            "environments/platform.yaml": PLATFORM + f"mesh: {{privateNames: {{by: {by}}}}}\n",
            "environments/services/api.yaml": "image: registry.example.com/api\nnames: [trpc.api]\n"
            "ports: [{name: web, port: 8080, protocol: http}]\n",
            "environments/services/web.yaml": "image: registry.example.com/web\ncalls: [api]\n"
            "entry: [{prefix: /}]\nports: [{name: web, port: 8085, protocol: http}]\n",
        }
    )
    filters = Filters(programs(done, "overlays/test/", "gen.private-names"))
    passed = filters.ask([(":authority", "10.0.0.9:8080"), *headers], address=address)
    assert passed.values(":authority") == [called]
    assert passed.values("x-callee") == []


def all_programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Every filter that there is, in every shape."""
    for changes in ({}, BAGGAGE, TRUSTING, {"environments/platform.yaml": platform()}):
        yield from table(compiled(changes))
    done = compiled(BAGGAGE)
    yield emitted.without(done.plan)
    yield emitted.without(compiled().plan)
    yield from programs(done, "overlays/test/", "gen.baggage")
    yield from programs(done, "overlays/test/", "origin-")
    monkeypatch.setattr(plans, "SHARD", 3)
    yield from table(compiled(BAGGAGE))


def test_the_linter_has_nothing_to_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of the filters as they are emitted: an unknown name is a fault of the whole, not of a part."""
    if (luacheck := shutil.which("luacheck")) is None:
        if os.environ.get("CI"):
            pytest.fail("luacheck is missing, and CI must not skip")
        pytest.skip("luacheck is not installed")
    for index, program in enumerate(all_programs(monkeypatch)):
        (tmp_path / f"{index}.lua").write_text(program)
    rules = [
        "--std",
        "luajit",
        "--globals",
        "envoy_on_request",
        "--no-max-line-length",
        "--ignore",
        "211/rules",
        "211/take",
        "211/shares",
        "211/trust",
        "211/allow",
        "211/order",
    ]
    command = [luacheck, tmp_path, "-q", *rules]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_more_lanes_than_a_function_of_luajit_has_constants_for() -> None:
    values = {f'shares("{index} a 1 b")': [f"v{index}"] for index in range(40_000)}
    lua = "\n".join(emitted._rules(1, "header", "x-tenant", values))
    runtime = LuaRuntime()
    runtime.execute("count = 0 function rules() end function shares(text) return text end")
    runtime.execute(f"function take() count = count + 1 end\n{lua}")
    assert runtime.globals().count == len(values)
