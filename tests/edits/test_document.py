"""Edits keep every comment and every other byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.edits.document import Document
from generator.io.edit import refuse_links
from generator.vocabulary.findings import outcome
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.yaml_reader import read

TEXT = """\
# first
runs:   # what it runs
  web: {tag: v1, replicas: 2}  # keep me
  # between
  api:
    tag: "v1"   # old
    env:
      A: b
# last
owner: me
"""


def edited(text: str, route: tuple[str, ...], value: Any) -> str:
    document = Document("x.yaml", text.encode())
    document.set(route, value)
    return document.raw.decode()


@pytest.mark.parametrize(
    "route, value, old, new",
    [
        (("runs", "web", "tag"), "v2", "tag: v1,", "tag: v2,"),
        (("runs", "api", "tag"), "1e3", 'tag: "v1"   # old', 'tag: "1e3"   # old'),
        (("runs", "web", "digest"), "x", "replicas: 2}", "replicas: 2, digest: x}"),
        (("runs", "api", "env", "B"), "no", "      A: b\n", '      A: b\n      B: "no"\n'),
        (("runs", "cart", "tag"), "v1", "      A: b\n", "      A: b\n  cart: {tag: v1}\n"),
        (("expires",), "x", "owner: me\n", "owner: me\nexpires: x\n"),
    ],
)
def test_only_what_was_asked_changes(
    route: tuple[str, ...], value: str, old: str, new: str
) -> None:
    assert edited(TEXT, route, value) == TEXT.replace(old, new)
    assert edited(TEXT.replace("\n", "\r\n"), route, value) == TEXT.replace(old, new).replace(
        "\n", "\r\n"
    )
    assert edited("\ufeff" + TEXT, route, value) == "\ufeff" + TEXT.replace(old, new)


@pytest.mark.parametrize(
    "text, route, new",
    [
        ("runs:\n", ("runs", "a", "tag"), "runs: {a: {tag: v}}\n"),
        ("runs: # none\n", ("runs", "a", "tag"), "runs: {a: {tag: v}} # none\n"),
        ("runs: {}\n", ("runs", "a", "tag"), "runs: {a: {tag: v}}\n"),
        ("owner: me", ("runs", "a", "tag"), "owner: me\nruns:\n  a: {tag: v}"),
        ("a: |\n  text\n\n# end\n", ("b",), "a: |\n  text\nb: v\n\n# end\n"),
        ("runs:\n- a\n", ("b",), "runs:\n- a\nb: v\n"),
        ("owner: ~\n", ("owner",), "owner: v\n"),
        ("runs: null # none\n", ("runs", "a", "tag"), "runs: {a: {tag: v}} # none\n"),
        ("owner: |  # who\n  me\n\nexpires: x\n", ("owner",), "owner: v  # who\n\nexpires: x\n"),
        ("owner: |+\n  me\n\nexpires: x\n", ("owner",), "owner: v\n\nexpires: x\n"),
        ("a: 'x'\n", ("a",), "a: 'v'\n"),
        ("a: |+\n  text\n\n", ("b",), "a: |+\n  text\n\nb: v\n"),
    ],
)
def test_what_is_missing_is_made(text: str, route: tuple[str, ...], new: str) -> None:
    assert edited(text, route, "v") == new


KEYS = st.text("abcxyz", min_size=1, max_size=4)
VALUES = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=12)


@settings(max_examples=300)
@given(
    st.dictionaries(
        KEYS, st.dictionaries(KEYS, VALUES | st.integers(0, 99), max_size=3), min_size=1, max_size=3
    ),
    KEYS,
    KEYS,
    VALUES,
    st.booleans(),
)
def test_a_reader_sees_the_edit_and_nothing_else(
    content: dict[str, Any], first: str, second: str, value: str, flow: bool
) -> None:
    text = "# head\n" + yaml.safe_dump(
        content, default_flow_style=flow, default_style='"' if flow else None
    )
    assume(
        outcome(read("x.yaml", text.encode())).value is not None
    )  # an explicit !!int tag and a plain `08` are refused
    content.setdefault(first, {})[second] = value
    changed = edited(text, (first, second), value)
    assert yaml.safe_load(changed) == content
    assert changed.startswith("# head\n")


@pytest.mark.parametrize(
    "text, route",
    [("runs: {a: x}\n", ("runs",)), ("runs: [a]\n", ("runs", "a")), ("runs: x\n", ("runs", "a"))],
)
def test_what_is_no_single_value_is_not_replaced(text: str, route: tuple[str, ...]) -> None:
    document = Document("x.yaml", text.encode())
    with pytest.raises(Refusal):
        document.set(route, "v")
    assert document.raw.decode() == text


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "environments").symlink_to("real")
    with pytest.raises(Refusal, match="symbolic link"):
        refuse_links(tmp_path, "environments/lanes/x.yaml")
    refuse_links(tmp_path, "real/lanes/x.yaml")


def test_a_key_gets_another_name_where_it_stands() -> None:
    document = Document("x.yaml", b"runs:\n  api: {tag: v1}  # mine\n  web: {tag: v2}\n")
    document.rename(("runs", "api", "tag"), "digest")
    assert document.raw == b"runs:\n  api: {digest: v1}  # mine\n  web: {tag: v2}\n"
    with pytest.raises(Refusal, match=r"`runs.web` in x.yaml is there already"):
        document.rename(("runs", "api"), "web")
    with pytest.raises(ValueError, match="no key"):
        document.rename(("runs", "other"), "web")


@pytest.mark.parametrize(
    "text, words, made",
    [
        ("calls: [a]\n", ["b", "c"], "calls: [a, b, c]\n"),
        ("calls: []\n", ["b"], "calls: [b]\n"),
        ("calls:\n  - a\nx: 1\n", ["b"], "calls:\n  - a\n  - b\nx: 1\n"),
    ],
)
def test_a_list_grows_in_its_form(text: str, words: list[str], made: str) -> None:
    document = Document("x.yaml", text.encode())
    document.extend("calls", words)
    assert document.raw.decode() == made
