"""`gen graph`: what is drawn, where it stands, and that names stay text in each format."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from generator.plan.units import Unit
from generator.views.graph import dot, made, mermaid, svg
from generator.views.graph.graph import EDGES, NODES, Graph, as_text
from generator.views.graph.layout import Box, Size, layout
from tests.conftest import Files, compiled, service, write
from tests.fuzz.strings import string

Gen = Callable[..., tuple[int, str, str]]
HOSTILE = (
    "</text><script>alert(1)</script>", '"]; click n0 "javascript:alert(1)"', "]]>", "&lt;b&gt;", "&#60;b&#62;", "#60;b#62;",
    "\\", "\\N", '\\"', "<br/>", "`**x**`", "1. list", "- item", "%%{init: {}}%%", "-->", "end", "a|b|c", "${x}", "\x1b[2J", "a\nb",
    "<![CDATA[", "<!--", "style n0 fill:#000", "ﬂ°°35¶ß", "中文", "\ud800", "'onload='alert(1)", "x" * 500,
)  # fmt: skip

OUTSIDE: Files = {
    "environments/externals/mail.yaml": "hosts: [mail.example.com]\nports: [{port: 443, protocol: tls}]\n",
    "environments/services/api.yaml": (
        "image: registry.example.com/api\nports: [{name: web, port: 8080, protocol: http}]\n"
        "forwardsColour: false\ncalls: [store, mail]\n"
    ),
    "environments/test/environment.yaml": (
        "hosts: [test.example.com]\nruns:\n  web: {tag: v1}\n  api: {tag: v1}\n  store: {tag: v1}\n"
    ),
} | service("store")


def lines(graph: Graph) -> list[str]:
    return as_text(graph).splitlines()


def test_environments_with_what_falls_back_and_who_takes_it() -> None:
    assert lines(made.environments(compiled().plan)) == [
        "perf api p1 → test api v1, web v1  (falls)",
        "test/login api b1 1 tenant → test api v1, web v1  (falls)",
        "lane mixed → test/login api b1 1 tenant  (named, 1)",
        "lane mixed → perf api p1  (named, 2)",
    ]


def test_what_sleeps_is_said() -> None:
    files: Files = {
        "environments/test/branches/login.yaml": "asleep: true\nruns:\n  api: {tag: b1}\n"
    }
    graph = made.environments(compiled(files).plan)
    assert graph.nodes["test/login"].lines == ("test/login", "api b1", "1 tenant", "asleep")
    assert "asleep" not in graph.nodes["test"].lines


def test_a_lane_hop_by_hop_with_the_colour_that_is_lost_and_what_lies_outside() -> None:
    graph = made.lane(compiled(OUTSIDE).plan, "mixed")
    assert lines(graph) == [
        "ingress → web test v1",
        "web test v1 → api test/login b1",
        "api test/login b1 → store test v1  (lost, colour test/login)",
        "api test/login b1 → mail mail.example.com: tls 443",
    ]
    assert {node.kind for node in graph.nodes.values()} == {"ingress", "service", "external"}


def test_nobody_is_drawn_too() -> None:
    plan = compiled().plan
    answers = {**plan.answers, "mixed": {"web": Unit("test")}}
    graph = made.lane(replace(plan, answers=answers), "mixed")
    assert lines(graph) == ["ingress → web test v1", "web test v1 → api 503"]
    assert [*graph.nodes.values()][-1].kind == "nobody"


def test_callers_of_a_service_and_of_what_lies_outside() -> None:
    plan = compiled(OUTSIDE).plan
    graph = made.asked_by(plan, "api")
    assert "web test v1 → api test v1  (test)" in lines(graph)
    assert "web test v1 → api test/login b1  (mixed, test/login)" in lines(graph)
    assert lines(made.asked_by(plan, "mail"))[-1].endswith("→ mail mail.example.com: tls 443")


def hostile() -> Graph:
    graph = Graph('"<title>&\\')
    dice = random.Random(26)
    texts = [*HOSTILE, *(string(dice) for _ in range(300))]
    for index, (text, kind) in enumerate(zip(texts, itertools.cycle(NODES), strict=False)):
        graph.add(f"{index} {text}", kind, text, f"x{text}", group=text)
    keys = [*graph.nodes]
    for (one, other), kind, text in zip(itertools.pairwise(keys), itertools.cycle(EDGES), texts, strict=False):  # fmt: skip
        graph.join(one, other, kind, text)
    return graph


def shown(graph: Graph) -> list[str]:
    """All that stands in a graph, less what XML, HTML and the rest take for a blank."""
    texts = [*(edge.label for edge in graph.edges if edge.label)]
    texts += [line for node in graph.nodes.values() for line in node.lines]
    return sorted(texts)


def test_names_stay_text_in_a_picture() -> None:
    graph = hostile()
    root = ET.fromstring(svg.draw(graph))
    name = "{http://www.w3.org/2000/svg}"
    kinds = {element.tag.removeprefix(name) for element in root.iter()}
    assert kinds == {"svg", "title", "style", "marker", "path", "text", "g", "rect"}
    assert sorted(element.text or "" for element in root.iter(f"{name}text")) == shown(graph)
    words = {word for element in root.iter() for word in element.get("class", "").split()}
    assert words <= {*NODES, *EDGES, *(f"g{i}" for i in range(8)), "node", "edge", "label", "name", "more", "plain"}  # fmt: skip
    assert not {key for element in root.iter() for key in element.keys() if key.startswith("on") or "href" in key}  # noqa: SIM118  # fmt: skip


def test_names_stay_text_in_dot() -> None:
    graph, quoted = hostile(), []

    def taken(found: re.Match[str]) -> str:
        quoted.append(found[1])
        return "Q"

    bare = re.sub(r'"((?:[^"\\]|\\.)*)"', taken, dot.draw(graph))
    for line in bare.splitlines():
        assert re.fullmatch(r"digraph Q \{|\}|  (rankdir=LR|node \[fontname=Q\]|n\d+( -> n\d+)? \[[a-z0-9=, Q]+\])", line), line  # fmt: skip
    parts = [part for text in quoted for part in re.split(r"(?<!\\)(?:\\\\)*\\n", text)]
    told = {part.replace("&amp;", "&").replace('\\"', '"').replace("\\\\", "\\") for part in parts}
    assert not any(re.search("&(?!amp;)", part) for part in parts)
    odd = {text for text in shown(graph) if "\\" in text}  # splitting at \n is no parser
    assert {*shown(graph)} - told <= odd and len(odd) < len(told) / 2


def test_names_stay_text_in_mermaid() -> None:
    graph, told = hostile(), []

    def taken(found: re.Match[str]) -> str:
        told.extend(found[1].split("<br/>"))
        return "Q"

    safe = r"(?:[A-Za-z0-9 ,/]|(?<=[A-Za-z0-9])[.-](?=[A-Za-z0-9])|#\d+;)*"
    bare = re.sub(rf'"({safe}(?:<br/>{safe})*)"', taken, mermaid.draw(graph))
    for line in bare.splitlines():
        assert re.fullmatch(r"flowchart LR|  n\d+[\[({/]+Q[\])}/]+|  n\d+ [-.=]+>(\|Q\|)? n\d+|  (style n\d+|linkStyle [\d,]+) stroke:#d1242f", line), line  # fmt: skip
    plain = [re.sub(r"#(\d+);", lambda code: chr(int(code[1])), text) for text in told]
    assert sorted(plain) == shown(graph)


@pytest.mark.parametrize("seed", range(20))
def test_nodes_stand_apart_and_calls_lead_on(seed: int) -> None:
    dice = random.Random(seed)
    count = dice.randint(1, 40)
    sizes = [Size(dice.randint(40, 300), dice.randint(20, 90)) for _ in range(count)]
    edges = [(dice.randrange(count), dice.randrange(count)) for _ in range(dice.randint(0, 80))]
    found = layout(sizes, edges, [dice.randint(0, 200) for _ in edges])
    assert [(box.width, box.height) for box in found.boxes] == [tuple(size) for size in sizes]
    assert not [pair for pair in itertools.combinations(found.boxes, 2) if overlap(*pair)]
    for index, ((source, target), way) in enumerate(zip(edges, found.ways, strict=True)):
        one, other = found.boxes[source], found.boxes[target]
        assert way[0][0] == one.x + one.width and way[-1][0] == other.x
        if index not in found.back:
            assert [x for x, _ in way] == sorted(x for x, _ in way)
            passed = [box for box in found.boxes if any(inside(point, box) for point in way[1:-1])]
            assert passed == []
        else:
            assert len(way) == 2


def overlap(one: Box, other: Box) -> bool:
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.y + other.height and other.y < one.y + one.height


def inside(point: tuple[int, int], box: Box) -> bool:
    x, y = point
    return box.x < x < box.x + box.width and box.y < y < box.y + box.height


def test_a_city_is_drawn_at_once() -> None:
    """Depth of calls and of columns is nobody's stack."""
    count = 3000
    edges = [(i, i + 1) for i in range(count - 1)]
    assert layout([Size(10, 10)] * count, edges, [0] * len(edges)).boxes[-1].x > 3000


def test_each_format_and_what_is_refused(gen: Gen, tmp_path: Path) -> None:
    root = write(tmp_path)
    for words, begin in (
        (("--format", "mermaid"), "flowchart LR\n"),
        (("lane", "mixed", "--format", "dot"), 'digraph "Lane mixed" {\n'),
        (("callers", "api", "--format", "svg"), "<svg "),
        (("callers", "api"), "web test v1"),
    ):
        code, out, err = gen("-C", root, "graph", *words)
        assert code == 0 and out.startswith(begin), err
    answer = json.loads(gen("-C", root, "graph", "lane", "mixed", "--format", "json")[1])
    assert (answer["version"], answer["title"]) == (1, "Lane mixed")
    assert answer["edges"][0] == {"from": 0, "to": 1, "kind": "kept", "label": None}
    assert answer["nodes"][1] == {"id": 1, "kind": "service", "lines": ["web", "test v1"], "group": "test"}  # fmt: skip
    for words in (("lane",), ("lane", "mixd"), ("callers",), ("environments", "test"), ("callers", "x")):  # fmt: skip
        assert gen("-C", root, "graph", *words)[0] == 2
