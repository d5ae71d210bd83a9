"""Owners are told of last days by issues, each once, by the APIs of three kinds of forge."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.io.forge.forge import Forge
from generator.io.forge.issue import remind
from generator.views.reminder import reminders
from tests.conftest import SMALL, Files, compiled, write
from tests.io.forge.stand_in import TOKEN, Stand, standing
from tests.io.forge.test_forge import URL, forge, stand  # noqa: F401 fixtures

Gen = Callable[..., tuple[int, str, str]]
BRANCH, PLATFORM = "environments/test/branches/login.yaml", "environments/platform.yaml"
TODAY = dt.date(2027, 1, 25)
SOON: Files = {
    BRANCH: f"owner: accounts\nexpires: 2027-01-31\n{SMALL[BRANCH]}",
    PLATFORM: f"{SMALL[PLATFORM]}teams: {{accounts: ['@shop/accounts']}}\n",
}


def told(forge: Forge, files: Files, days: int = 7) -> list[str]:
    return list(remind(forge, reminders(compiled(files), TODAY, days)))


def body(stand: Stand, number: int = 0) -> str:
    return str(stand.issues[number]["description" if stand.kind == "gitlab" else "body"])


def test_an_issue_is_opened_once_kept_and_closed(stand: Stand, forge: Forge) -> None:
    (line,) = told(forge, SOON)
    assert line.startswith("opened: test/login has its last day on 2027-01-31: https://")
    text = body(stand)
    assert "@shop/accounts" in text and "1 tenant takes it" in text and BRANCH in text
    assert told(forge, SOON) == [] and len(stand.issues) == 1
    later = SOON | {BRANCH: str(SOON[BRANCH]).replace("01-31", "01-30")}
    assert told(forge, later) == ["brought up to date: test/login has its last day on 2027-01-30"]
    assert "after 2027-01-30" in body(stand)
    kept = SOON | {BRANCH: str(SOON[BRANCH]).replace("01-31", "06-30")}
    assert told(forge, kept) == ["closed: test/login has its last day on 2027-01-30"]
    assert stand.issues[0]["state"] == "closed" and told(forge, kept) == []
    assert told(forge, SOON)[0].startswith("opened") and len(stand.issues) == 2


def test_others_issues_and_pull_requests_are_left_alone(stand: Stand, forge: Forge) -> None:
    told(forge, SOON)
    forged = stand.issues[0] | {"user": {"login": "eve"}, "author": {"username": "eve"}}
    stand.issues[0] = forged
    if stand.kind == "github":
        stand.issues.append({**forged, "id": 9, "number": 9, "pull_request": {"url": "x"}})
    assert told(forge, SMALL) == []  # it is not gen's to close
    assert told(forge, SOON)[0].startswith("opened")


def test_the_verb(tmp_path: Path, gen: Gen, monkeypatch: pytest.MonkeyPatch) -> None:
    root, stand = write(tmp_path, SOON), Stand("gitea")
    words = ("-C", root, "remind", "--on", "2027-01-25")
    assert gen(*words) == (0, "test/login has its last day on 2027-01-31\n", "")
    assert gen(*words, "--within", "3")[1] == "no last day comes soon\n"
    monkeypatch.setenv("GEN_TOKEN", TOKEN)
    with standing(stand) as base:
        at = ("--issues", URL, "--forge", f"gitea={base}")
        assert gen(*words, *at)[1].startswith("opened: test/login")
        code, out, _ = gen(*words, *at, "--format", "json")
    assert code == 0 and json.loads(out)["done"] == [] and len(stand.issues) == 1
    assert json.loads(out)["reminders"][0]["title"] == "test/login has its last day on 2027-01-31"
