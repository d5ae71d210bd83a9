"""What `gen serve` sees when files are saved."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from generator.io import live as module
from generator.io.cache import Saved
from generator.io.live import Live, State, watch
from generator.vocabulary.refusal import Refusal
from tests.conftest import write
from tests.io.test_publish import Place, place  # noqa: F401 a fixture
from tests.views.test_pieces import whole

BRANCH = "environments/test/branches/login.yaml"


def seen(live: Live) -> State:
    state = live.look()
    assert state is not None
    return live.compare() or state


def data(state: State) -> dict[str, Any]:
    found: dict[str, Any] = whole(state.shown)
    return found


def test_a_state_is_told_once_and_what_differs_from_the_one_before(tmp_path: Path) -> None:
    live = Live(write(tmp_path), Saved(), None)
    first = seen(live)
    assert first.told["valid"] and first.told["changes"] is None and first.shown
    assert data(first)["changes"] is None and data(first)["commit"] == ""
    assert live.look() is None
    (tmp_path / BRANCH).write_text("runs:\n  api: {tag: b2}\n")
    second = seen(live)
    assert (second.number, second.told["number"]) == (3, 3)
    assert second.told["changes"]["summary"].startswith("1 of 1 tenant changes")
    workloads = dict(second.told["changes"]["sections"])["Workloads"]
    assert workloads == (("~", "api in test/login: tag b1 → b2"),)
    assert data(second)["branches"][0]["runs"] == {"api": "b2"}
    # The same bytes again are the same state, whatever their stamps.
    (tmp_path / BRANCH).write_text("runs:\n  api: {tag: b2}\n")
    assert live.look() is None


def test_what_takes_a_while_to_compare_is_shown_before(tmp_path: Path, monkeypatch: Any) -> None:
    live = Live(write(tmp_path), Saved(), None)
    monkeypatch.setattr(module, "DEAR", -1.0)
    seen(live)
    (tmp_path / BRANCH).write_text("runs:\n  api: {tag: b2}\n")
    first = live.look()
    assert first and first.fresh and first.told["more"] and first.told["changes"] is None
    assert data(first)["branches"][0]["runs"] == {"api": "b2"}
    second = live.compare()
    assert second and not second.told["more"] and second.told["changes"]
    assert second.number == first.number + 1 and live.compare() is None
    monkeypatch.setattr(module, "DEAR", 60.0)
    for tag in ("b3", "b4"):  # once it is quick, there is one step
        (tmp_path / BRANCH).write_text(f"runs:\n  api: {{tag: {tag}}}\n")
        told = live.look()
        assert told and told.told["more"] == (tag == "b3") and bool(live.compare()) == (tag == "b3")


def test_a_state_has_its_texts_when_its_files_are_others(tmp_path: Path) -> None:
    live = Live(write(tmp_path), Saved(), None)
    seen(live)
    time.sleep(0.1)  # what was read settles
    live.look()
    (tmp_path / BRANCH).write_text("runs:\n  api: {tag: b2}\n")
    seen(live)
    base = tmp_path / "overlays/base/api/deployment.yaml"
    base.write_text(base.read_text().replace("restartPolicy", "x") + "# more\n")
    told = seen(live).told
    assert told["valid"] and told["changes"]["summary"], told


def test_what_is_not_valid_keeps_what_was(tmp_path: Path) -> None:
    live = Live(write(tmp_path), Saved(), None)
    first = seen(live)
    (tmp_path / BRANCH).write_text("runs:\n  nobody: {tag: b2}\n")
    broken = seen(live)
    assert not broken.told["valid"] and not broken.fresh and broken.shown == first.shown
    assert broken.told["shown"] == first.told["shown"]
    (finding,) = broken.told["findings"]
    assert (finding["file"], finding["line"], finding["column"]) == (BRANCH, 2, 3)
    assert live.look() is None
    (tmp_path / BRANCH).unlink()
    (tmp_path / BRANCH).symlink_to("/etc/passwd")
    linked = seen(live)
    assert "symbolic link" in linked.told["findings"][0]["message"]
    assert "root:" not in json.dumps(linked.told)
    (tmp_path / BRANCH).unlink()
    (tmp_path / BRANCH).write_text("runs:\n  api: {tag: b3}\n")
    mended = seen(live)  # held against what was valid last
    json.dumps(mended.told)
    assert mended.told["valid"] and "b1 → b3" in json.dumps(mended.told["changes"], ensure_ascii=False)  # fmt: skip


def test_a_mistake_that_is_taken_back_changes_nothing(tmp_path: Path) -> None:
    live = Live(write(tmp_path), Saved(), None)
    seen(live)
    text = (tmp_path / BRANCH).read_text()
    (tmp_path / BRANCH).write_text("runs: [")
    assert not seen(live).told["valid"]
    (tmp_path / BRANCH).write_text(text)
    told = json.loads(json.dumps(seen(live).told))
    assert told["valid"] and told["changes"] == {"since": "", "summary": "no differences", "sections": []}  # fmt: skip


def test_a_folder_that_is_no_configuration_is_told(tmp_path: Path) -> None:
    live = Live(tmp_path, Saved(), None)
    nothing = seen(live)
    assert not nothing.told["valid"] and nothing.told["findings"] and nothing.shown == {}
    write(tmp_path)
    assert seen(live).shown
    (tmp_path / "environments").rename(tmp_path / "elsewhere")
    (tmp_path / "environments").symlink_to("elsewhere")
    assert not seen(live).told["valid"]
    with pytest.raises(Refusal, match="no folder"):
        Live(tmp_path / "none", Saved(), None)


def test_the_commit_that_it_is_compared_with_may_move(place: Place, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "COMMITS", 0.0)
    first = place.commit("<b>first</b>")
    live = Live(place.clone, Saved(), None)
    told = data(seen(live))
    assert (told["commit"], told["changes"]["summary"]) == (first, "no differences")
    assert told["subject"] == "Files as they are saved, beside <b>first</b>"
    (place.clone / BRANCH).write_text("runs:\n  api: {tag: b2}\n")
    assert "1 of 1 tenant changes" in data(seen(live))["changes"]["summary"]
    second = place.commit("second")
    told = data(seen(live))
    assert (told["commit"], told["changes"]["summary"]) == (second, "no differences")
    assert "1 of 1 tenant" in data(seen(Live(place.clone, Saved(), first)))["changes"]["summary"]
    with pytest.raises(Refusal, match="no commit `nothing`"):
        Live(place.clone, Saved(), "nothing").look()


def test_a_clone_without_a_commit_and_a_commit_that_is_broken(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    live = Live(write(tmp_path), Saved(), None)
    assert data(seen(live))["changes"] is None
    (tmp_path / BRANCH).write_text("broken: [")
    who = ["-c", "user.email=a@example.com", "-c", "user.name=a"]
    subprocess.run(["git", "-C", str(tmp_path), "add", "-A"], check=True)
    subprocess.run(["git", "-C", str(tmp_path), *who, "commit", "-qm", "broken"], check=True)
    (tmp_path / BRANCH).write_text("runs:\n  api: {tag: b2}\n")
    assert data(seen(live))["changes"] is None


def test_a_file_that_is_being_written_is_no_mistake(tmp_path: Path) -> None:
    """Two editors that truncate, and write piece by piece."""
    live = Live(write(tmp_path), Saved(), None)
    seen(live)
    states: list[State] = []
    ended = threading.Event()

    def save(path: str, text: str) -> None:
        for number in range(12):
            with (tmp_path / path).open("w") as file:
                for piece in text.replace("N", str(number)).partition("{"):
                    file.write(piece)
                    file.flush()
                    time.sleep(0.008)
            time.sleep(0.12)

    other = "environments/perf/environment.yaml"
    texts = {BRANCH: "runs:\n  api: {tag: bN}\n", other: "hosts: [perf.example.com]\nextends: test\nruns:\n  api: {tag: pN}\n"}  # fmt: skip
    writers = [threading.Thread(target=save, args=pair) for pair in texts.items()]

    def look(_: float) -> bool:
        if ended.is_set():
            raise KeyboardInterrupt
        if not any(writer.is_alive() for writer in writers):
            ended.set()  # one look more
        return True

    for writer in writers:
        writer.start()
    with pytest.raises(KeyboardInterrupt):
        watch(live, states.append, look)
    assert states[-1].told["valid"]
    runs = {row["name"]: row["runs"] for row in (*data(states[-1])["branches"], *data(states[-1])["environments"])}  # fmt: skip
    assert runs["test/login"] == {"api": "b11"} and runs["perf"]["api"] == "p11"
    json.dumps([state.told for state in states])
    assert sum(not state.told["valid"] for state in states) <= len(states) // 3


def test_a_look_opens_only_what_changed(tmp_path: Path, monkeypatch: Any) -> None:
    live = Live(write(tmp_path), Saved(), None)
    seen(live)
    time.sleep(0.1)
    live.look()
    opened: list[str] = []
    real = os.open

    def noted(path: Any, *more: Any, **given: Any) -> int:
        if not Path(os.fsdecode(path)).is_dir():
            opened.append(os.fsdecode(path))
        return real(path, *more, **given)

    monkeypatch.setattr(os, "open", noted)
    assert live.look() is None and opened == []


def test_what_changes_while_it_is_read_is_looked_at_again(tmp_path: Path, monkeypatch: Any) -> None:
    live = Live(write(tmp_path), Saved(), None)
    real = module.compile_sources

    def changed(*words: Any, **given: Any) -> Any:
        raise Refusal("a file changed while gen worked", "run the command again")

    monkeypatch.setattr(module, "compile_sources", changed)
    assert "changed while gen worked" in seen(live).told["note"]
    assert live.look() is None  # said once
    monkeypatch.setattr(module, "compile_sources", real)
    assert seen(live).told["valid"]


def test_a_commit_that_cannot_be_read_ends_it_only_where_it_was_asked_for(
    place: Place,
    monkeypatch: Any,
) -> None:
    first = place.commit("first")

    def refused(*_: Any) -> Any:
        raise Refusal("more than gen reads", "less of it")

    monkeypatch.setattr(module, "read_commit", refused)
    live = Live(place.clone, Saved(), None)
    assert live.look() and (told := live.compare()) and data(told)["changes"] is None
    live = Live(place.clone, Saved(), first)
    assert live.look()
    with pytest.raises(Refusal, match="more than gen reads"):
        live.compare()
