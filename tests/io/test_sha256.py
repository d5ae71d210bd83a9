"""Repositories whose objects are named by SHA-256: the same output, the same answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.io.origin import of_url
from generator.io.scratch import Scratch
from generator.vocabulary.refusal import Refusal
from tests.conftest import compiled
from tests.io.test_publish import Place, git

Gen = Callable[..., tuple[int, str, str]]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, form="sha256")


def test_a_publish_and_one_without_a_change(place: Place) -> None:
    receipt = place.publish()
    assert receipt.commit and len(receipt.commit) == 64
    assert place.files() == set(compiled().files)
    assert place.publish().commit is None


def test_only_what_changed_is_written(place: Place) -> None:
    place.publish()
    path = "environments/test/branches/login.yaml"
    changed = compiled({path: "runs:\n  api: {tag: b2}\n"})
    (place.clone / path).write_text("runs:\n  api: {tag: b2}\n")
    place.commit("another version")
    receipt = place.publish(changed.files)
    assert receipt.added == receipt.deleted == ()
    assert "overlays/test/login/api/kustomization.yaml" in receipt.changed
    assert not [path for path in receipt.changed if path.startswith("overlays/perf")]


def test_a_change_by_hand_is_told(place: Place) -> None:
    place.publish()
    place.by_hand("overlays/perf/mesh/services/api.yaml", "kind: Mine\n")
    with pytest.raises(Refusal, match="changed or deleted by hand"):
        place.publish()
    assert place.publish(adopt=True).adopted == ("overlays/perf/mesh/services/api.yaml",)


def test_verbs(place: Place, gen: Gen) -> None:
    code, _, said = gen("-C", place.clone, "publish")
    assert code == 0 and "Argo CD up to 3.5" in said
    assert gen("-C", place.clone, "verify")[0] == 0
    (place.clone / "environments/tenants/acme.yaml").write_text(
        "match: [{header: {x-tenant: acme}}]\nlane: perf\n"
    )
    code, out, _ = gen("-C", place.clone, "diff", "HEAD")
    assert code == 16 and "acme" in out
    place.commit("acme moves")
    assert gen("-C", place.clone, "publish")[0] == 0
    code, out, _ = gen("-C", place.clone, "status")
    assert code == 0 and git(place.clone, "rev-parse", "HEAD")[:10] in out


def test_an_edit_lands(place: Place, gen: Gen) -> None:
    git(place.clone, "push", "-q", "origin", "main")
    words = ("deploy", "test/login", "api=b7", "--push", "--repository", place.remote)
    assert gen(*words)[0] == 0
    assert "b7" in git(place.remote, "show", "main:environments/test/branches/login.yaml")


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_edits_that_wait(tmp_path: Path, form: str) -> None:
    place, edit, who = Place(tmp_path, form=form), "0123456789ab-0123456789abcdef", "a b <a@b.c>"
    git(place.clone, "push", "-q", "origin", "main")
    (tmp_path / "one").mkdir()
    one = Scratch(tmp_path / "one", of_url(str(place.remote), Path()))
    one.look("main")
    one.submit("main", edit, "What is to be done\n", who)
    (tmp_path / "two").mkdir()
    two = Scratch(tmp_path / "two", of_url(str(place.remote), Path()))
    assert list(two.look("main").pending) == [edit]
    two.fetch("main", waiting=True)
    assert list(two.waiting()) == [(edit, who, "What is to be done\n")]
    two.withdraw("main", two.lying)
    assert not one.look("main").pending
