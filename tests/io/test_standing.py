"""`gen status`: what is published, and what is not, on a real repository."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.io import keeps
from generator.io.keeps import KeptLane
from generator.plan.units import Lane, Unit
from generator.views.awaited import pinned
from generator.vocabulary.names import applied
from tests.conftest import compiled
from tests.io.test_publish import Place, git, place  # noqa: F401 a fixture
from tests.views.test_awaited import live

Gen = Callable[..., tuple[int, str, str]]
LANE = "environments/lanes/mixed.yaml"
BRANCH = "environments/test/branches/login.yaml"


def told(gen: Gen, where: Place, *words: object) -> dict[str, Any]:
    code, out, err = gen("-C", where.clone, "status", *words, "--format", "json")
    assert code == 0, err
    answer: dict[str, Any] = json.loads(out)
    return answer


def edit(where: Place, path: str, text: str, subject: str) -> str:
    (where.clone / path).write_text(text)
    return where.commit(subject)


def test_from_nothing_to_what_is_published_and_pending(place: Place, gen: Gen) -> None:
    answer = told(gen, place)
    assert (answer["version"], answer["state"], answer["published"]) == (1, "nothing", None)
    assert "nothing is published yet" in gen("-C", place.clone, "status")[1]
    receipt = place.publish()
    answer = told(gen, place)
    assert (answer["state"], answer["pending"], answer["changes"]) == ("current", [], None)
    assert answer["source"]["commit"] == answer["commit"] == receipt.source
    assert answer["tip"] == answer["published"]["commit"] == receipt.commit
    (place.clone / "README.md").write_text("no configuration\n")
    place.commit("a text")
    assert told(gen, place)["state"] == "current"
    second = edit(place, BRANCH, "runs:\n  api: {tag: b2}\n", "Deploy b2")
    answer = told(gen, place)
    assert (answer["state"], [each["commit"] for each in answer["pending"]]) == (
        "pending",
        [second],
    )
    assert answer["changes"]["applications"] == ["test/login"]
    assert "1 of 1 tenant changes" in answer["changes"]["summary"]
    out = gen("-C", place.clone, "status")[1]
    assert f"{receipt.source[:10]}: first" in out and "tests: Deploy b2" in out
    assert "Argo CD syncs test/login\n" in out
    assert told(gen, place, receipt.source)["state"] == "current"


def test_what_nobody_can_tell_is_said(place: Place, gen: Gen) -> None:
    first = place.publish().source
    later = edit(place, BRANCH, "runs:\n  api: {tag: b2}\n", "later")
    place.publish(compiled({BRANCH: "runs:\n  api: {tag: b2}\n"}).files)
    assert told(gen, place, first)["state"] == "newer"
    git(place.clone, "checkout", "-q", "-b", "other", first)
    edit(place, BRANCH, "runs:\n  api: {tag: b3}\n", "other")
    answer = told(gen, place)
    assert (answer["state"], answer["source"]["commit"]) == ("apart", later)
    assert "merge or rebase" in gen("-C", place.clone, "status")[1]
    git(place.clone, "push", "-q", "origin", "other:refs/heads/other")
    shallow = place.remote.parent / "shallow"
    git(
        place.remote.parent,
        "clone",
        "-q",
        "--depth=1",
        "-b",
        "other",
        place.remote.as_uri(),
        str(shallow),
    )
    code, out, _ = gen("-C", shallow, "status")
    assert code == 0 and "git fetch --all" in out
    answer = json.loads(gen("-C", shallow, "status", "--format", "json")[1])
    assert (answer["state"], answer["source"]["commit"]) == ("unknown", later)


def test_what_was_published_and_does_not_compile_is_no_silence(place: Place, gen: Gen) -> None:
    edit(place, LANE, "through: [nothing]\n", "broken")
    place.publish()
    edit(place, LANE, "through: [test]\n", "mended")
    answer = told(gen, place)
    assert (answer["state"], answer["changes"]) == ("pending", None)
    assert "does not take what was published" in gen("-C", place.clone, "status")[1]


def test_kept_lanes_last_days_and_what_runs(
    place: Place, gen: Gen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    edit(
        place,
        BRANCH,
        "owner: web\nasleep: true\nexpires: 2020-01-31\nruns:\n  api: {tag: b1}\n",
        "over",
    )
    since = int(time.time())
    kept = KeptLane(Lane("gone", (Unit("test"),), {}, strict=False, kind="kept"), since)
    monkeypatch.setattr(keeps, "keep", lambda *_: (kept,))
    assert gen("-C", place.clone, "publish")[0] == 0
    answer = told(gen, place)
    assert [each["lane"] for each in answer["kept"]] == ["gone"]
    assert answer["kept"][0]["since"] < answer["kept"][0]["until"]
    (due,) = answer["expires"]
    assert (due["unit"], due["expires"], due["owner"]) == ("test/login", "2020-01-31", "web")
    assert answer["asleep"] == ["test/login"]
    assert due["left"] < 0 and answer["applications"] is None
    paths = [path for path in place.files() if applied(path)]
    files = {path: git(place.remote, "show", f"deploy:{path}").encode() for path in paths}
    wanted = pinned(files, None)
    items = [live(name, pin) for name, pin in wanted.items()]
    items[0]["status"]["health"]["status"] = "Degraded\x1b[2J"
    file = tmp_path / "applications.json"
    file.write_text(json.dumps({"items": items}))
    answer = told(gen, place, "--applications", file)
    assert answer["applications"]["total"] == len(items)
    assert [each["what"] for each in answer["applications"]["missing"]] == [
        items[0]["metadata"]["name"]
    ]
    code, out, _ = gen("-C", place.clone, "status", "--applications", file)
    assert code == 0 and f"{len(items) - 1} of {len(items)} Applications run" in out
    assert "over: `gen expire`" in out and "gone  as it was led until" in out and "\x1b" not in out
