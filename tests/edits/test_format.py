"""`gen fmt`: the form of files; no comment is lost and no value changed, whatever they look like."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.edits.format import comments, formatted
from generator.io.tree import read_sources
from generator.views import scaffold
from generator.vocabulary.findings import outcome
from generator.vocabulary.layout import ROOT, classify
from generator.vocabulary.yaml_reader import read
from tests.conftest import TOP

SERVICE = """\
# yaml-language-server: $schema=../../schemas/service.json
# The head stays.

# whom it calls
calls:
    # the cart
    - cart   # often
    - prices
    # and no more
image: registry.example.com/web
ports:
- {port: 80,  name: http, protocol: http}   # pages
-   protocol: grpc
    # its number
    port: 9090
    name: grpc

owner: web
account:
      annotations:
          a.example.com/text: |
              two lines

                of text%%

          a.example.com/more: "on
              two"
entry: [{rewrite: /, prefix: /a}]
accept: {GEN312: why}
# the end
""".replace("%", " ")
FORMED = """\
# yaml-language-server: $schema=../../schemas/service.json
# The head stays.

owner: web
image: registry.example.com/web
ports:
  - {name: http,  port: 80, protocol: http}   # pages
  - name: grpc
    # its number
    port: 9090
    protocol: grpc
# whom it calls
calls:
  # the cart
  - cart   # often
  - prices
  # and no more
entry: [{prefix: /a, rewrite: /}]
account:
  annotations:
    a.example.com/text: |
        two lines

          of text%%

    a.example.com/more: "on
        two"
accept: {GEN312: why}
# the end
""".replace("%", " ")


def form(text: str, kind: str = "service") -> str:
    raw, found = outcome(formatted(kind, "x.yaml", text.encode()))
    assert not found
    return raw.decode()


def test_keys_indentation_and_comments() -> None:
    assert form(SERVICE) == FORMED
    assert form(FORMED) == FORMED


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("tenant", "lane: a\nmatch:\n- host: b\n", "match:\n  - host: b\nlane: a\n"),
        ("environment", "runs:\n    a: {env: {Z: x, A: y}, tag: v1}\n", "runs:\n  a: {tag: v1, env: {Z: x, A: y}}\n"),
        ("branch", "runs:\n  z: {tag: v1}\n  a: {tag: v2}   \nowner: me", "owner: me\nruns:\n  z: {tag: v1}\n  a: {tag: v2}\n"),
        ("lane", "pin: {a: b}\nthrough: [a,\n  b]\n", "through: [a,\n  b]\npin: {a: b}\n"),
        ("tenant", "match:\n  -\n    host: b\nlane:\n  -  {weight: 1, lane: a}\n", "match:\n  - host: b\nlane:\n  - {lane: a, weight: 1}\n"),
        ("lane", "# only\nthrough:\n  - - a\n", "# only\nthrough:\n  - - a\n"),
        ("service", "calls:\n# first\n- a\n# for the image\nimage: b\n", "# for the image\nimage: b\ncalls:\n  # first\n  - a\n"),
        ("platform", "name: a\n\n\nmesh: # here\n    istio: '1.27'\n      # deeper\n\nargocd: {}\n\n\n", "name: a\n\n\nmesh: # here\n  istio: '1.27'\n    # deeper\n\nargocd: {}\n"),
        ("service", "ports: []\nimage: 'on'\nlistens: on\nowner: 12:30:45\n", "owner: 12:30:45\nimage: 'on'\nports: []\nlistens: on\n"),
    ],
)  # fmt: skip
def test_forms(kind: str, before: str, after: str) -> None:
    assert form(before, kind) == after
    assert form(after, kind) == after


def test_line_ends_and_the_mark_stay() -> None:
    assert form("\ufefflane: a\r\nmatch: []\r\n", "tenant") == "\ufeffmatch: []\r\nlane: a\r\n"
    assert form("lane: a\r\nmatch: []\r\n", "tenant") == "match: []\r\nlane: a\r\n"


@pytest.mark.parametrize(
    "text",
    ["a: &x 1\n", "a: [\n", "a: 1\na: 2\n", "", "- a\n", "a: !x b\n", "a: 0x1F\n", "%YAML 1.1\n---\na: b\n"],
)  # fmt: skip
def test_what_gen_cannot_read_is_left_with_a_finding(text: str) -> None:
    raw, found = outcome(formatted("service", "x.yaml", text.encode()))
    assert raw == text.encode() and found


@pytest.mark.parametrize(
    "text",
    [
        "image: a\nports:\n  -\n    name: [a, # lost by a printer\n      b]\n",
        "--- # why\nports: []\nimage: a\n...\n",
        "? image\n: a\n",
    ],
)
def test_an_unusual_form_is_left_or_loses_nothing(text: str) -> None:
    raw, found = outcome(formatted("service", "x.yaml", text.encode()))
    assert (raw == text.encode() and [one.code for one in found] == ["GEN616"]) or not found
    assert comments(raw.decode()) == comments(text)


def test_what_gen_writes_itself_has_the_form() -> None:
    files = {path: raw for path, raw in read_sources(TOP).files.items() if path.startswith(ROOT)}
    assert len(files) > 20
    for path, raw in files.items():
        assert form(raw.decode(), str(classify(path)[0])) == raw.decode(), path
    port = scaffold.Port("http", 80, "http")
    for kind, text in {
        "service": scaffold.service("a", "b", [port], ["c"], [{"prefix": "/a"}]),
        "environment": scaffold.environment("a.example.com", "b"),
        "branch": scaffold.branch("me", "2027-01-31", {"a": "tag: v1"}),
        "lane": scaffold.lane(["a"]),
        "external": scaffold.external("a", [port]),
        "tenant": scaffold.tenant("x", "y", "z"),
    }.items():
        assert form(text, kind) == text


SCALARS = ["a", "'8.0'", "12:30", "on", "~", "", "-3", '"x # y"', "a#b", "https://a.example.com/#b", "|\n%  text # no comment\n%\n%  more", ">-\n%  folded\n%    deep", '"two\n%lines"', "two\n% plain lines", "[a, b]", "{}", "{x: 1,\n%  y: 2}"]  # fmt: skip
NOTES = ["", "", "", "   # note", " # {a: b}"]
ABOVE = ["", "", "", "", "#above\n", "\n", "\n# a section\n\n", "      # deep\n", "# one\n# two\n"]
KEYS = ["owner", "image", "ports", "calls", "entry", "account", "names", "accept", "traffic", "zz", "name", "port"]  # fmt: skip


class Drawn:
    """Files of all forms, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def node(self, column: int, depth: int) -> str:
        """Text behind `key:` or a dash, down to the end of its line."""
        kind = self.random.choice(["scalar", "map", "list"] if depth else ["scalar"])
        if kind == "scalar":
            text = self.random.choice(SCALARS).replace("%", " " * (column + 1))
            note = self.random.choice(NOTES) if "\n" not in text else ""
            return f" {text}{note}\n"
        below = column + self.random.choice([0, 2, 3, 4] if kind == "list" else [1, 2, 4])
        return self.random.choice(NOTES) + "\n" + self.block(kind, below, depth - 1)

    def block(self, kind: str, column: int, depth: int) -> str:
        lines, pad = [], " " * column
        for key in self.random.sample(KEYS, self.random.randint(1, 5)):
            above = self.random.choice(ABOVE).splitlines(keepends=True)
            lines += [pad + line if line.strip() else line for line in above]
            head = f"{pad}{key}:" if kind == "map" else f"{pad}-"
            lines.append(head + self.node(column, depth if kind == "map" else 0))
        return "".join(lines)


def test_nothing_is_lost_and_nothing_changes() -> None:
    """FORMS=20000 asks more."""
    moved = 0
    for seed in range(int(os.environ.get("FORMS", "15"))):
        text = Drawn(seed).block("map", 0, 3)
        kind = ("service", "environment", "tenant", "platform")[seed % 4]
        before = outcome(read("x", text.encode())).value
        raw, told = outcome(formatted(kind, "x.yaml", text.encode()))
        after = raw.decode()
        if before is None or told:
            assert after == text
            continue
        moved += after != text
        assert outcome(read("x", raw)).value == before, seed
        assert yaml.safe_load(after) == yaml.safe_load(text), seed
        assert hashes(after) == hashes(text), seed
        again, _ = outcome(formatted(kind, "x.yaml", raw))
        assert again == raw, seed
    assert moved


def hashes(text: str) -> list[str]:
    """All words that could belong to comments, by a way of its own."""
    return sorted(text.replace("#", " # ").split())


def test_the_example_can_be_formatted_by_command(gen: Any, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    gen("init", root)
    assert gen("-C", root, "fmt", "--check") == (0, "", "")
    path = root / "environments/odd/environment.yaml"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("runs: {}\nhosts:\n- test.example.com # x\n")
    code, out, _ = gen("-C", root, "fmt", "--check")
    assert (code, out) == (16, "would change environments/odd/environment.yaml\n")
    code, out, _ = gen("-C", root, "fmt", "--check", "--format", "json")
    assert (code, json.loads(out)) == (
        16,
        {"version": 1, "findings": [], "changed": ["environments/odd/environment.yaml"]},
    )
    code, out, _ = gen("-C", root, "fmt", "--diff", path)
    assert code == 16 and "-- test.example.com # x" in out and path.read_text().startswith("runs")
    assert gen("-C", root, "fmt")[0] == 0
    assert path.read_text() == "hosts:\n  - test.example.com # x\nruns: {}\n"
    assert gen("-C", root, "fmt", path)[0] == 0
    path.write_text("a: [\n")
    code, _, err = gen("-C", root, "fmt")
    assert code == 1 and "GEN004" in err and path.read_text() == "a: [\n"
    code, _, err = gen("-C", root, "fmt", "nowhere.yaml")
    assert code == 2 and "nowhere.yaml" in err
