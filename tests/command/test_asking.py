"""How Applications are asked for, and what commit an image was built from."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.command.argocd import asking
from generator.command.options import TOKEN
from generator.io.application import built_from
from generator.vocabulary.refusal import Refusal
from tests.io.test_publish import Place, git, place  # noqa: F401 a fixture


def test_applications_are_those_of_a_file(tmp_path: Path) -> None:
    there = tmp_path / "applications.json"
    there.write_text('{"items": []}')
    ask = asking(None, there)
    assert ask is not None and ask() == {"items": []}
    there.write_text("items: []")
    with pytest.raises(Refusal, match="no Applications as JSON"):
        asking(None, there)


def test_without_an_address_nobody_is_asked_and_without_a_token_none_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    assert asking(None, None) is None
    with pytest.raises(Refusal, match="no token for https://argocd") as refused:
        asking("https://argocd.example.com", None)
    assert TOKEN in refused.value.next_step


def test_a_commit_with_its_time_is_taken_at_its_word() -> None:
    word = f"{'a' * 40}@2027-01-31T10:00:00Z"
    assert built_from(word) == (word, ())


def test_a_commit_of_the_checkout_says_its_time_and_what_came_before(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.clone)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2027-01-31T10:00:00Z")
    first = git(place.clone, "rev-parse", "HEAD")
    same = [place.commit(subject) for subject in ("second", "third")]
    word, before = built_from("HEAD")
    assert word.startswith(f"{same[1]}@20") and word.endswith("Z")
    assert before[0] == same[0] and set(before) <= {same[0], first}
    with pytest.raises(Refusal, match="--source-commit nowhere") as refused:
        built_from("nowhere")
    assert refused.value.exit_code == 2 and "COMMIT@" in refused.value.next_step
