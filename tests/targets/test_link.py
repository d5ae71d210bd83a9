"""Links at the edge, on LuaJIT; `make edge` asks real Envoys."""

from __future__ import annotations

import time

import pytest

from generator.plan import links
from generator.plan import tenants as plans
from tests.conftest import Files, compiled
from tests.envoy import Filters, Passed, table
from tests.linked import HOST, NEW, OLD, PERF, STRANGER, line, made, name, parsed, platform, said

LINKED: Files = {"environments/platform.yaml": platform()}
TRUSTING: Files = {
    "environments/test/environment.yaml": "hosts: [test.example.com]\ntrustColour: true\n"
    "runs:\n  web: {tag: v1}\n  api: {tag: v1}\n"
}
HOUR = 3600
COOKIE = links.COOKIE


def edge(changes: Files | None = None) -> Filters:
    return Filters(table(compiled(LINKED | (changes or {}))))


def soon() -> int:
    return int(time.time()) + HOUR


def opened(filters: Filters, token: str, host: str = HOST, query: str = "") -> Passed:
    return filters.ask([(":authority", host), (":path", f"/.gen/link?{token}{query}")])


def with_cookie(
    filters: Filters, token: str, *headers: tuple[str, str], host: str = HOST
) -> Passed:
    sent = [(":authority", host), (":path", "/"), ("cookie", f"a=b; {COOKIE}={token}"), *headers]
    return filters.ask(sent)


def lane(passed: Passed) -> str:
    assert passed.answer is None
    (found,) = passed.values("x-lane")
    return found


def test_without_links_nothing_changes() -> None:
    """Neither the filter nor what it looks at."""
    (without,) = table(compiled())
    assert not any(word in without for word in ("linked", COOKIE, "verifySignature", "/.gen/"))


def test_a_link_sets_its_own_words_as_a_cookie_and_goes_on() -> None:
    token = made(said(soon(), path="/checkout/a%20b"))
    passed = opened(edge(), token)
    assert passed.answer is not None
    status, headers, _ = passed.answer
    assert (status, headers["location"]) == (303, "/checkout/a%20b")
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    value, *attributes = headers["set-cookie"].split("; ")
    assert value == f"{COOKIE}={token}"
    age = attributes.pop(1)
    assert attributes == ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"]
    assert HOUR - 5 <= int(age.removeprefix("Max-Age=")) <= HOUR


def test_the_cookie_gives_the_lane() -> None:
    filters = edge()
    assert lane(with_cookie(filters, made(said(soon())))) == "test/login"
    assert lane(with_cookie(filters, made(said(soon(), lane="mixed")))) == "mixed"
    assert lane(with_cookie(filters, f'"{made(said(soon()))}"')) == "test/login"
    assert lane(filters.ask([(":authority", HOST), ("cookie", "a=b")])) == "test"


def test_the_way_out() -> None:
    for path in ("/.gen/leave", "/.gen/leave?x"):
        passed = edge().ask([(":authority", HOST), (":path", path)])
        assert passed.answer is not None
        status, headers, _ = passed.answer
        assert (status, headers["location"]) == (303, "/")
        assert headers["set-cookie"].startswith(f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly")


def test_where_no_links_are_the_paths_are_the_applications() -> None:
    passed = edge().ask([(":authority", PERF), (":path", "/.gen/leave")])
    assert lane(passed) == "perf"
    assert lane(edge().ask([(":authority", HOST), (":path", "/.gen/leaves")])) == "test"
    assert lane(with_cookie(edge(), made(said(soon(), host=PERF)), host=PERF)) == "perf"


def test_before_the_rules_of_tenants_and_behind_a_trusted_colour() -> None:
    token, acme, mixed = made(said(soon(), lane="mixed")), ("x-tenant", "acme"), ("x-lane", "perf")
    assert lane(with_cookie(edge(), token, acme)) == "mixed"
    assert lane(with_cookie(edge(), token, mixed)) == "mixed"
    assert lane(with_cookie(edge(TRUSTING), token, mixed)) == "perf"
    assert lane(with_cookie(edge(TRUSTING), token)) == "mixed"


def test_before_those_of_later_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "SHARD", 8)
    tenants: Files = {
        f"environments/tenants/t{number}.yaml": f"match: [{{header: {{x-t: v{number}}}}}]\nlane: perf\n"
        for number in range(9)
    }
    filters = edge(tenants)
    assert len(filters.runtimes) > 1
    for number in range(9):
        sent = ("x-t", f"v{number}")
        assert lane(with_cookie(filters, made(said(soon(), lane="mixed")), sent)) == "mixed"
        assert lane(filters.ask([(":authority", HOST), sent])) == "perf"


WRONG = [
    (lambda: made(said(soon(), key=name(NEW)), STRANGER), 403, "not genuine"),
    (lambda: made(said(soon(), key=name(STRANGER)), STRANGER), 403, "not genuine"),
    (lambda: made(said(soon(), key=name(NEW)), OLD), 403, "not genuine"),
    (lambda: made(said(soon()), NEW, "another"), 403, "not genuine"),
    (lambda: made(said(soon(), host=PERF)), 403, "another host"),
    (lambda: made(said(soon() + 8 * HOUR)), 403, "longer than"),
    (lambda: made(said(soon() - HOUR - 2)), 410, "expired"),
    (lambda: made(said(soon(), lane="perf")), 410, "is gone"),
    (lambda: made(said(soon(), lane="test/gone")), 410, "is gone"),
    (lambda: made(said(soon())).upper(), 403, "not genuine"),
    (lambda: "", 403, "not genuine"),
    (lambda: ":" * 900, 403, "not genuine"),
    (lambda: made(said(soon(), path="//evil.example.com/")), 403, "not genuine"),
    (lambda: made(said(soon(), path="/" + "a" * 1000)), 403, "not genuine"),
]  # fmt: skip


@pytest.mark.parametrize("index", range(len(WRONG)))
def test_what_does_not_hold_is_told_and_gives_nothing(index: int) -> None:
    make, status, words = WRONG[index]
    filters, token = edge(), make()
    passed = opened(filters, token)
    assert passed.answer is not None
    told, headers, text = passed.answer
    assert (told, words in text) == (status, True)
    assert "location" not in headers and "set-cookie" not in headers
    passed = with_cookie(filters, token)
    if words == "is gone":
        assert passed.answer is not None
        assert passed.answer[0] == 410
        assert "Max-Age=0" in passed.answer[1]["set-cookie"]
    else:
        assert lane(passed) == "test"


def test_a_lane_that_is_gone_is_told_once_and_the_cookie_taken_back() -> None:
    token = made(said(soon()))
    passed = with_cookie(edge({"environments/platform.yaml": platform("{test: [mixed]}")}), token)
    assert passed.answer is not None
    assert (passed.answer[0], passed.answer[2]) == (
        410,
        "The lane that this link leads into is gone, or links may no longer lead into it.\n",
    )
    assert passed.answer[1]["set-cookie"].startswith(f"{COOKIE}=; Path=/; Max-Age=0")


def test_one_statement_has_one_link() -> None:
    """Of the two numbers that fit, the larger one does not count, and no other form of a number."""
    link = parsed(made(said(soon())))
    for r, s in ((link.r, links.ORDER - link.s), (link.r, 0), (0, link.s), (0, 0)):
        assert lane(with_cookie(edge(), f"{link.said}:{r:064x}{s:064x}")) == "test"
    for end in (f"{link.r:x}{link.s:064X}", f"00{link.r:064x}{link.s:064x}", f"{link.r:064x}"):
        assert lane(with_cookie(edge(), f"{link.said}:{end}")) == "test"


def test_small_numbers_are_written_as_they_must_be() -> None:
    """Signatures are drawn until some begin with zeros, or with a byte that looks negative."""
    filters, heads = edge(), set[str]()
    for number in range(400):
        token = made(said(soon(), path=f"/{number}"))
        r = f"{parsed(token).r:064x}"
        heads |= {"00"} if r.startswith("00") else {"80"} if r[0] in "89abcdef" else {"10"}
        assert lane(with_cookie(filters, token)) == "test/login"
    assert {"80", "10"} <= heads


def test_a_link_is_verified_once_and_what_is_kept_has_an_end() -> None:
    filters, first = edge(), made(said(soon()))
    assert opened(filters, first).verified == 1
    assert [with_cookie(filters, first).verified for _ in range(3)] == [0, 0, 0]
    for number in range(1100):
        with_cookie(filters, made(said(soon(), path=f"/{number}")))
    assert with_cookie(filters, first).verified == 1
    forged = made(said(soon()), STRANGER)
    assert [with_cookie(filters, forged).verified for _ in range(3)] == [1, 1, 1]


def test_what_is_cheap_to_refuse_is_not_verified() -> None:
    filters = edge()
    for token in (
        made(said(soon() - HOUR)),
        made(said(soon(), host=PERF)),
        made(said(soon() + 9 * HOUR)),
        made(said(soon(), key=name(STRANGER))),
        "x",
    ):
        assert with_cookie(filters, token).verified == 0


def test_a_proof_that_is_kept_holds_no_longer_than_the_link() -> None:
    filters, token = edge(), made(said(int(time.time()) + 2))
    assert lane(with_cookie(filters, token)) == "test/login"
    time.sleep(2.1)
    assert lane(with_cookie(filters, token)) == "test"


def test_an_error_of_the_proof_is_no_proof() -> None:
    """Envoy lets a request pass as it came when a filter fails: with the colour that it brought."""
    filters = edge()
    filters.runtimes[0].execute("verifySignature = nil; string.char = nil")
    passed = with_cookie(filters, made(said(soon())), ("x-lane", "perf"))
    assert lane(passed) == "test"


def test_the_first_cookie_counts() -> None:
    filters, one, two = edge(), made(said(soon())), made(said(soon(), lane="mixed"))
    for sent, found in (
        (f"{COOKIE}={one}; {COOKIE}={two}", "test/login"),
        (f"{COOKIE}=; {COOKIE}={two}", "mixed"),
        (f"{COOKIE}=x; {COOKIE}={two}", "test"),
        (f"x{COOKIE}={one}", "test"),
        (f"{COOKIE}x={one}", "test"),
        (f"{COOKIE.lower()}={one}", "test"),
        (f"other={COOKIE}={one}", "test"),
    ):
        assert lane(filters.ask([(":authority", HOST), ("cookie", sent)])) == found
    lines = [("cookie", "a=b"), ("cookie", f"{COOKIE}={one}")]
    assert lane(filters.ask([(":authority", HOST), *lines])) == "test/login"


def test_what_trackers_put_behind_a_link_does_not_matter() -> None:
    passed = opened(edge(), made(said(soon())), query="&utm_source=mail")
    assert passed.answer is not None
    assert passed.answer[0] == 303


def test_both_keys_count_while_one_takes_over() -> None:
    filters = edge()
    for key in (NEW, OLD):
        assert lane(with_cookie(filters, made(said(soon(), key=name(key)), key))) == "test/login"
    alone = platform().replace(f", {line(OLD)}", "")
    filters = edge({"environments/platform.yaml": alone})
    assert lane(with_cookie(filters, made(said(soon(), key=name(OLD)), OLD))) == "test"
