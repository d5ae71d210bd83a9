"""`gen learn`: who calls whom and who loses the colour, from each kind of source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.adoption.telemetry.evidence import Evidence
from generator.adoption.telemetry.reader import Telemetry
from generator.adoption.telemetry.report import text as told_text
from generator.edits.document import Document
from generator.io.evidence import feed
from generator.vocabulary.refusal import Refusal
from tests.adoption.telemetry.lab import HEADER, JOINING, KINDS, draw, read, told, who

Gen = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("kind", KINDS)
def test_calls_and_losses_are_those_of_the_graph(kind: str) -> None:
    graph = draw(3, 30)
    seen = read(graph, KINDS[kind](graph))
    assert set(seen.calls) == graph.edges and not seen.unread
    if kind in JOINING:
        assert {name: tuple(share) for name, share in seen.shares().items()} == told(graph, kind)
    if kind == "istio text":
        assert not seen.shares()


def test_what_cannot_be_joined_is_told_apart() -> None:
    graph = draw(3, 10)
    text = KINDS["envoy json"](graph)
    lines = [line.replace("id-", f"{number}-") for number, line in enumerate(text.splitlines())]
    seen = read(graph, "\n".join(lines))
    assert set(seen.calls) == graph.edges and not seen.shares() and sum(seen.alone.values())


@pytest.mark.parametrize(
    ("line", "unread"),
    [
        ("{", 1),
        ("[" * 100_000, 1),
        ('{"a": ' + "9" * 5000 + "}", 1),
        ("hello", 1),
        ('{"data": {"result": [{"metric": 7}, 7, {"metric": {}, "value": [1, "x"]}]}}', 2),
        ('{"data": [7, {"spans": 1}]}', 2),
        ('{"elements": {"nodes": [7], "edges": [7, {"data": {}}]}}', 0),
        ('{"elements": {"nodes": [], "edges": 7}}', 0),
        ('{"resourceSpans": [7, {"resource": 7, "scopeSpans": [7, {"spans": [{}]}]}]}', 0),
        ('{"upstream_cluster": "outbound|1||x", "authority": 7, "pod": {"a": 1}}', 0),
        ('{"upstream_cluster": "PassthroughCluster"}', 0),
        ("", 0),
    ],
)
def test_odd_lines_are_counted_and_end_nothing(line: str, unread: int) -> None:
    telemetry = Telemetry(who(draw(3, 1)), HEADER)
    telemetry.line(line, None)
    seen = telemetry.close()
    assert sum(seen.unread.values()) == unread and not seen.calls


def test_another_host_with_a_services_first_word_is_nobody() -> None:
    graph = draw(3, 1)
    line = '{"pod": "web-1", "upstream_cluster": "outbound|443||cart.example.com", "authority": "cart.example.com"}'
    seen = read(graph, line)
    assert not seen.calls and list(seen.strangers) == ["cart.example.com"]


@pytest.mark.parametrize("cut", [0.3, 0.9])
@pytest.mark.parametrize("kind", ["otlp document", "jaeger"])
def test_a_document_that_ends_early_is_told(kind: str, cut: float) -> None:
    graph = draw(3, 20)
    text = KINDS[kind](graph)
    telemetry = Telemetry(who(graph), HEADER)
    assert telemetry.document(iter([text[: int(len(text) * cut)]])) == "it ends early"
    assert set(telemetry.close().calls) <= graph.edges


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("image: a\n", "image: a\ncalls: [b, c]\n"),
        ("calls: []   # none\nimage: a\n", "calls: [b, c]   # none\nimage: a\n"),
        ("calls: [a]  # x\n", "calls: [a, b, c]  # x\n"),
        ("calls:\n  # first\n  - a   # x\nimage: a\n", "calls:\n  # first\n  - a   # x\n  - b\n  - c\nimage: a\n"),
        ("image: a   # why\n# end", "image: a   # why\ncalls: [b, c]\n# end"),
        ("image: a\r\n", "image: a\r\ncalls: [b, c]\r\n"),
    ],
)  # fmt: skip
def test_lists_grow_and_comments_stay(text: str, after: str) -> None:
    document = Document("x.yaml", text.encode())
    document.extend("calls", ["b", "c"])
    assert document.raw.decode() == after


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(Refusal):
        Document("x.yaml", b"calls: a\n").extend("calls", ["b"])


ID = '"{}" "{}" "10.0.0.1:8080"'
TEXT = (
    '[2026-12-01T03:49:22.276Z] "GET {} HTTP/1.1" 200 - via_upstream - "-" 0 4 1 1 "-" "{}" ' + ID
)
CART = "outbound|8080||cart.shop-test.svc.cluster.local"


def calls(text: str, tmp_path: Path, name: str = "web-5d4f7.log") -> Evidence:
    """What a file tells."""
    path = tmp_path / name
    path.write_bytes(text.encode())
    telemetry = Telemetry(who(draw(3, 1)), HEADER)
    feed(telemetry, str(path))
    return telemetry.close()


@pytest.mark.parametrize(
    "line",
    [
        TEXT.format("/", "curl", "id", "cart:8080")
        + f" {CART} 10.0.0.1:1 10.0.0.1:2 10.0.0.1:3 - default",
        TEXT.format("/a{b", 'a" "b', "id", "cart:8080") + f" {CART} 10.0.0.1:1 - default",
        f'{{"upstream_cluster": "{CART};", "request_id": "1"}}',
        f'\ufeff{{"upstream_cluster": "{CART}"}}',
    ],
)
@pytest.mark.parametrize(
    "before",
    ["", "[pod/web-5d4f7/istio-proxy] ", "2026-12-01T03:49:22.276000000Z ", "2026-12-01T03:49:22.276+08:00 stdout F "],
)  # fmt: skip
def test_a_log_is_read_as_proxies_and_kubectl_write_it(
    line: str, before: str, tmp_path: Path
) -> None:
    if line.startswith("\ufeff"):
        line, before = line[1:], f"\ufeff{before}"
    seen = calls(f"{before}{line}\n", tmp_path)
    assert seen.calls == {("web", "cart"): 1} and not seen.unread


@pytest.mark.parametrize("agent", ["curl", 'a" "b', "-"])
def test_what_envoys_write_unasked_is_told(agent: str, tmp_path: Path) -> None:
    seen = calls(TEXT.format("/", agent, "id", "cart:8080") + "\n", tmp_path)
    assert not seen.calls and not seen.kinds and "own format" in "".join(seen.unread)


def test_a_call_of_nobody_is_told() -> None:
    telemetry = Telemetry(who(draw(3, 1)), HEADER)
    telemetry.line(f'{{"upstream_cluster": "{CART}"}}', None)
    seen = telemetry.close()
    assert not seen.calls and not seen.strangers and "whose proxy" in "".join(seen.unread)


def test_a_request_that_no_route_took_calls_nobody(tmp_path: Path) -> None:
    seen = calls(
        '{"upstream_cluster": null, "request_id": "1"}\n{"upstream_cluster": "-"}\n', tmp_path
    )
    assert not seen.calls and not seen.unread and not seen.strangers


def test_a_colour_that_the_mesh_gives_proves_nothing() -> None:
    telemetry = Telemetry(who(draw(3, 1)), HEADER, {"web": {"test/login"}})
    for number, (before, after) in enumerate(
        [
            ("test/login", "test/login"),
            ("mixed", "test/login"),
            ("mixed", "mixed"),
            ("test", "null"),
        ]
    ):
        for cluster, colour in (("inbound|8080||", before), (CART, after)):
            line = f'{{"pod": "web-login-1", "upstream_cluster": "{cluster}", "request_id": "{number}", "lane": "{colour}"}}'
            telemetry.line(line.replace('"null"', "null"), None)
    seen = telemetry.close()
    assert seen.shares() == {"web": (3, 2)} and seen.masked == {"web": 1}
    only = Evidence(masked=Counter(web=7))
    assert [line for line in told_text(only, {}, {}) if "7 calls of its branches" in line]


@pytest.mark.parametrize(
    "line",
    [
        TEXT.format("/", "x", "id", "cart:8080") + ' "" "" ""' * 100_000,
        '[2026-11-29T21:00:00.000Z] "' + '\\"' * 1_000_000,
    ],
)
def test_a_line_that_no_proxy_writes_is_not_looked_at(line: str) -> None:
    telemetry = Telemetry(who(draw(3, 1)), HEADER)
    telemetry.line(line, None)
    assert telemetry.close().unread == {"lines that are no telemetry": 1}


def test_what_is_held_has_an_end() -> None:
    telemetry = Telemetry(who(draw(3, 1)), HEADER)
    long = "c" * 10_000
    telemetry.line(
        f'{{"pod": "web", "upstream_cluster": "inbound|1||", "request_id": 1, "lane": "{long}"}}',
        None,
    )
    for reporter in ("one", "two"):
        labels = f'{{"reporter": "{reporter}", "source_workload": "web", "destination_service_name": "cart"}}'
        telemetry.line(
            f'{{"data": {{"result": [{{"metric": {labels}, "value": [1, "2"]}}]}}}}', None
        )
    (held,) = [one.colour for lines in telemetry._logs._window._open.values() for one in lines]
    assert held == "c" * 200 and telemetry.close().calls == {("web", "cart"): 4}


def test_the_command_adds_what_was_seen(gen: Gen, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    gen("init", root)
    log = tmp_path / "api.log"
    line = '{"upstream_cluster": "%s||web.shop-test.svc.cluster.local", "request_id": "%d", "x_lane": %s}\n'
    for number in range(30):
        with log.open("a") as file:
            file.write(
                line.replace("||web.shop-test.svc.cluster.local", "||")
                % ("inbound|9090", number, '"test"')
            )
            file.write(line % ("outbound|8080", number, "null"))
    with log.open("a") as file:
        file.write('{"upstream_cl')
    code, out, _ = gen("-C", root, "learn", log, "--forwards")
    assert "api → web: seen 30 times, new" in out and "web → api: declared and never seen" in out
    assert "api loses the colour on 30 of 30 calls (100%)" in out and "ends early" in out
    text = (root / "environments/services/api.yaml").read_text()
    assert code == 0 and "calls: [web]" in text and "forwardsColour: false" in text
    assert gen("-C", root, "learn", log)[1].endswith("already up to date\n")
    assert gen("-C", root, "learn", "--bases")[0] == 0
    assert gen("-C", root, "learn")[0] == 2 and gen("-C", root, "learn", "nowhere")[0] == 2
