"""What `gen learn` is given: files, what is piped in, and what is neither."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from generator.adoption.telemetry.reader import Telemetry
from generator.io import evidence
from generator.vocabulary.refusal import Refusal
from tests.adoption.telemetry.lab import HEADER, KINDS, draw, who

GRAPH = draw(3, 10)
LOG = KINDS["envoy json"](GRAPH)


def telemetry() -> Telemetry:
    return Telemetry(who(GRAPH), HEADER)


def fed(path: Path, content: str) -> Telemetry:
    path.write_text(content)
    seen = telemetry()
    evidence.feed(seen, str(path))
    return seen


@pytest.mark.parametrize("kind", ["envoy json", "kiali"])
def test_a_file_is_read_by_lines_or_as_one_document(tmp_path: Path, kind: str) -> None:
    text = KINDS[kind](GRAPH)
    seen = fed(tmp_path / "given", text).seen
    assert set(seen.calls) == GRAPH.edges and not +seen.unread


def test_what_is_piped_in_is_read_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))
    seen = telemetry()
    evidence.feed(seen, "-")
    assert set(seen.seen.calls) == GRAPH.edges


def test_a_last_line_without_its_end_is_told_if_it_says_nothing(tmp_path: Path) -> None:
    seen = fed(tmp_path / "cut", LOG + '{"upstream_clus').seen
    assert any("ends early" in what for what in seen.unread)
    assert not any(
        "ends early" in what for what in fed(tmp_path / "whole", LOG.rstrip()).seen.unread
    )


@pytest.mark.parametrize("cut", ['{"upstream_clus', '{"path": "/a", "n', '{"a": {"b": 1}, "c'])
def test_a_first_line_that_was_cut_takes_no_other_with_it(tmp_path: Path, cut: str) -> None:
    """As where a log was rotated, or `tail -c` began in the middle of one."""
    seen = fed(tmp_path / "cut", f"{cut}\n{LOG}").seen
    assert set(seen.calls) == GRAPH.edges
    assert dict(+seen.unread) == {"lines that are no telemetry": 1}


@pytest.mark.parametrize("opened", ['{"spans": [', '{"a": 1,', '{"data":', "["])
def test_objects_that_stand_in_a_document_are_no_lines(tmp_path: Path, opened: str) -> None:
    seen = fed(tmp_path / "document", f"{opened}\n{LOG.splitlines()[0]}\n]}}\n").seen
    assert not seen.calls and all("document" in what for what in +seen.unread)


def test_a_line_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "MOST_LINE", 2000)
    seen = fed(tmp_path / "long", "x" * 7000 + "\n" + LOG).seen
    assert set(seen.calls) == GRAPH.edges
    assert [count for what, count in seen.unread.items() if "too long" in what] == [1]


def test_a_document_that_breaks_off_is_told(tmp_path: Path) -> None:
    seen = fed(tmp_path / "half", '{\n"data": {"result": [\n').seen
    assert any(what.startswith("document: ") for what in seen.unread)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, what in (("nothing", "there is no"), ("pipe", "no regular file"), ("", "no regular")):
        with pytest.raises(Refusal, match=what):
            evidence.feed(telemetry(), str(tmp_path / name))
