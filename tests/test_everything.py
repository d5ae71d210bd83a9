"""`make test-all` leaves nothing out, and runs nothing twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import everything, results
from tests.everything import LEFT_OUT, TARGETS, Target


def test_each_target_is_run_or_left_out_with_a_reason() -> None:
    named = [one.name for one in TARGETS]
    assert len(set(named)) == len(named)
    assert {*named, *LEFT_OUT} == everything.there()


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A project of three targets, of which one fails; and what was run of it."""
    some = [Target("lint", 1), Target("docs", 1), Target("test", 1)]
    recipe = "\t@echo $@ >> ran\n"
    (tmp_path / "Makefile").write_text(f"lint test:\n{recipe}docs:\n{recipe}\t@test -e mended\n")
    monkeypatch.setattr(everything, "TOP", tmp_path)
    monkeypatch.setattr(everything, "FOLDER", tmp_path / "build")
    monkeypatch.setattr(everything, "TARGETS", some)
    monkeypatch.setattr(everything, "state", lambda: "one")
    monkeypatch.setattr("sys.argv", ["everything"])
    return []


def lines(folder: Path) -> list[str]:
    return (folder / "ran").read_text().split()


def test_what_is_green_is_not_run_again(
    ran: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert everything.main() == 1
    assert lines(tmp_path) == ["lint", "docs", "test"]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "3 of 3 targets, about 3 min; the others are green at one"
    assert "FAILED" in said[2] and said[2].endswith("build/docs.log")
    (tmp_path / "mended").touch()
    assert everything.main() == 0
    assert lines(tmp_path) == ["lint", "docs", "test", "docs"]
    assert everything.main() == 0
    assert "nothing is left to run" in capsys.readouterr().out
    monkeypatch.setattr(everything, "state", lambda: "another")
    monkeypatch.setattr("sys.argv", ["everything", "lint"])
    assert everything.main() == 0
    assert lines(tmp_path)[4:] == ["lint"]
    monkeypatch.setattr("sys.argv", ["everything", "nothing"])
    assert everything.main() == 2


def test_what_was_measured_is_the_next_estimate(ran: list[str]) -> None:
    (lint, *_) = everything.TARGETS
    assert everything.estimated(lint) == 60
    everything.keep("lint", {"at": "one", "green": True, "seconds": 7.5})
    assert everything.estimated(lint) == 7.5
    assert everything.left([lint], "one") == [] and everything.left([lint], "two") == [lint]


def test_results_are_kept_with_their_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(results, "commit", lambda: "0123456789abcdef")
    results.record("simulate", seconds=3.4, wrong=0, requests=1000)
    results.record("simulate", seconds=3.6, wrong=1, requests=2000)
    kept: Any
    (kept,) = results.read(tmp_path / "results")
    assert json.loads(json.dumps(kept)) == kept | {
        "seconds": 4,
        "wrong": 1,
        "counts": {"requests": 2000},
    }
    assert kept["commit"] == "0123456789abcdef" and kept["when"].endswith("Z")
