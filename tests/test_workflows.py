"""The workflows that applications use, step by step: the starter's own, with the events that GitHub's documentation
describes, the action's own script, git's own server, and a stand-in for the forge."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import TOP
from tests.io.forge.stand_in import TOKEN, Stand, standing
from tests.io.test_landing import House, house  # noqa: F401 a fixture
from tests.io.test_publish import git
from tests.views.test_report import shown

ACTION = yaml.safe_load((TOP / "action.yml").read_text())
WORKFLOW = TOP / "generator/starter/dot-github/workflows/gen-environment.yaml"
GITEA = TOP / "docs/examples/gitea-actions.yaml"
WORDS = re.compile(r"'[^']*'|[A-Za-z_][\w.-]*")
NAMES = {"&&": " and ", "||": " or "}


def said(expression: str, known: Mapping[str, Any]) -> Any:
    """What an expression of GitHub's is, as far as these workflows write them."""

    def value(match: re.Match[str]) -> str:
        if match.group().startswith("'"):
            return match.group()
        there: Any = known
        for name in match.group().split("."):
            there = there.get(name) if isinstance(there, Mapping) else None
        return repr(there)

    python = WORDS.sub(value, expression)
    for theirs, ours in NAMES.items():
        python = python.replace(theirs, ours)
    return eval(python, {}, {})


def filled(text: str, known: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        found = said(match.group(1), known)
        return "" if found is None else str(found)

    return re.sub(r"\$\{\{ (.*?) \}\}", value, text)


def event(action: str, **more: Any) -> dict[str, Any]:
    """What a job knows when something happens to a pull request."""
    request = {
        "draft": False,
        "updated_at": "2027-01-01T11:00:00Z",
        "html_url": "https://git.example.com/shop/checkout/pull/7",
        "head": {"sha": "b" * 40, "repo": {"full_name": "shop/checkout"}},
    } | more
    return {
        "github": {
            "event_name": "pull_request",
            "event": {"action": action, "number": 7, "pull_request": request},
            "repository": "shop/checkout",
            "head_ref": "Feature/X",
            "token": TOKEN,
        },
        "inputs": {"environment": "test", "versions": "web=v2  api=v3", "owner": "me", "repository": "REMOTE"},
        "secrets": {"token": "", "CONFIG_TOKEN": "", "TELL_TOKEN": TOKEN},
    }  # fmt: skip


def step(path: Path, known: Mapping[str, Any]) -> dict[str, str] | None:
    """What the job hands to the action; None if it does not run."""
    job = yaml.safe_load(path.read_text())["jobs"]["environment"]
    if not said(job["if"], known):
        return None
    (only,) = job["steps"]
    return {name: filled(text, known) for name, text in only["with"].items()}


FORK = {"head": {"sha": "b" * 40, "repo": {"full_name": "somebody/checkout"}}}
GONE = {"head": {"sha": "b" * 40, "repo": None}}  # the fork was deleted


@pytest.mark.parametrize("path", [WORKFLOW, GITEA], ids=["github", "gitea"])
@pytest.mark.parametrize(
    "action, more, command",
    [
        ("opened", {}, "deploy"),
        ("opened", {"draft": True}, "drop"),
        ("synchronize", {}, "deploy"),
        ("reopened", {}, "deploy"),
        ("ready_for_review", {}, "deploy"),
        ("converted_to_draft", {"draft": True}, "drop"),
        ("closed", {}, "drop"),
        ("opened", FORK, None),
        ("closed", FORK, None),
        ("opened", GONE, None),
    ],
)
def test_what_a_pull_request_asks_for(
    path: Path, action: str, more: dict[str, Any], command: str | None
) -> None:
    given = step(path, event(action, **more))
    assert (given and given["command"]) == command
    if given:
        assert given["unit"] == "test/Feature/X"
        assert given["source-commit"] == f"{'b' * 40}@2027-01-01T11:00:00Z"
        assert given.keys() <= ACTION["inputs"].keys()


def act(house: House, given: dict[str, str]) -> tuple[subprocess.CompletedProcess[str], str]:
    """The action's own script in an application's job, and the outputs of its step."""
    python = house.folder / "runner/gen/bin/python"
    if not python.exists():
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nshift\nPYTHONPATH={TOP} exec {sys.executable} "$@"\n')
        python.chmod(0o755)
    run = ACTION["runs"]["steps"][1]
    inputs = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
    variables = {
        name: filled(text, {"inputs": inputs | given}) for name, text in run["env"].items()
    }
    outputs = house.folder / "outputs"
    outputs.write_text("")
    files = {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(house.folder / "summary")}
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", run["run"]],
        cwd=house.folder,
        env=os.environ | variables | files | {"RUNNER_TEMP": str(house.folder / "runner")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, outputs.read_text()


def test_the_life_of_a_pull_request(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened, an older job that comes late, closed; with one comment, and the outputs of each step."""
    stand, remote = Stand("github", "shop/checkout"), {"repository": str(house.remote)}
    opened, closed = (step(WORKFLOW, event(action)) for action in ("opened", "closed"))
    assert opened and closed
    with standing(stand) as base:
        script = ACTION["runs"]["steps"][1]["run"]
        at = script.replace('--at "$GEN_TELL"', f'--at "$GEN_TELL" --forge github={base}')
        monkeypatch.setitem(ACTION["runs"]["steps"][1], "run", at)
        done, outputs = act(house, opened | remote)
        assert done.returncode == 0 and "::warning::" not in done.stdout, done.stderr
        assert outputs == f"lane=test/feature-x\nheader=x-lane\nurl=\ncommit={house.tip()}\n"
        text = house.text("environments/test/branches/feature-x.yaml")
        assert "owner: me" in text and "web: {tag: v2" in text and "api: {tag: v3" in text
        (comment,) = stand.notes
        assert "lane `test/feature-x`" in comment["body"] and "`web=v2`" in comment["body"]
        assert stand.standing("test/feature-x") == [("b" * 40, "")]
        before = house.tip()
        late = {"source-commit": "aaaaaaa@2027-01-01T10:00:00Z", "versions": "web=v1"}
        done, outputs = act(house, opened | remote | late)
        assert (done.returncode, outputs) == (0, "") and "newer commit" in done.stderr
        assert house.tip() == before
        done, outputs = act(house, closed | remote)
        assert done.returncode == 0 and outputs.endswith(f"commit={house.tip()}\n"), done.stderr
        assert "feature-x" not in git(house.remote, "ls-tree", "-r", "--name-only", "main")
        assert "is gone" in stand.notes[0]["body"] and len(stand.notes) == 1
        assert stand.deployments and stand.standing("test/feature-x") == []
        assert TOKEN not in done.stdout + done.stderr


def test_words_are_no_options_and_nights_expire(house: House) -> None:
    remote = {"repository": str(house.remote)}
    done, _ = act(house, {"command": "deploy", "unit": "--help", "versions": "web=v1"} | remote)
    assert done.returncode and "there is no environment `--help`" in done.stderr
    done, _ = act(house, {"command": "deploy", "land": "force"} | remote)
    assert done.returncode == 2 and "land must be" in done.stderr
    assert act(house, {"command": "expire"} | remote)[0].returncode == 0


def test_owners_are_told_before_the_last_day(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the starter's job, with its own token and least rights."""
    jobs = yaml.safe_load((TOP / "generator/starter/dot-github/workflows/gen.yaml").read_text())[
        "jobs"
    ]
    assert jobs["remind"]["permissions"] == {"contents": "read", "issues": "write"}
    given = {
        name: filled(text, {"github": {"token": TOKEN}})
        for name, text in jobs["remind"]["steps"][-1]["with"].items()
    }
    branch = house.clone / "environments/test/branches/login.yaml"
    branch.write_text(
        f"expires: {dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)}\n{branch.read_text()}"
    )
    stand = Stand("github", "shop/config")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.example.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "shop/config")
    with standing(stand) as base:
        script = ACTION["runs"]["steps"][1]["run"]
        at = script.replace("gen remind --issues", f"gen remind --forge github={base} --issues")
        monkeypatch.setitem(ACTION["runs"]["steps"][1], "run", at)
        done, _ = act(house, given | {"directory": str(house.clone)})
    assert done.returncode == 0, done.stderr
    (issue,) = stand.issues
    assert issue["title"].startswith("test/login has its last day on ") and TOKEN not in done.stdout


def test_units_sleep_and_wake_and_what_is_due_is_done(house: House) -> None:
    remote, path = {"repository": str(house.remote)}, "environments/test/environment.yaml"

    def there() -> str:
        return git(house.remote, "show", f"main:{path}")

    done, _ = act(house, {"command": "sleep", "unit": "test"} | remote)
    assert done.returncode == 0 and "asleep: true" in there(), done.stderr
    done, _ = act(house, {"command": "wake", "unit": "test"} | remote)
    assert done.returncode == 0 and "asleep: false" in there(), done.stderr
    done, _ = act(house, {"command": "sleep"} | remote)  # nothing has a schedule
    assert done.returncode == 0 and "asleep: false" in there(), done.stderr


def test_gitlab_runs_for_requests_of_the_project_alone_and_keeps_tokens_apart() -> None:
    jobs = yaml.safe_load((TOP / "docs/examples/gitlab-ci.yaml").read_text())
    for name in ("environment", "gone"):
        (rule,) = jobs[name]["rules"]
        assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in rule["if"]
        edit, comment = jobs[name]["script"]
        assert edit.startswith("GEN_TOKEN=$CONFIG_TOKEN gen ") and " -- " in edit
        assert comment.startswith("GEN_TOKEN=$TELL_TOKEN gen comment edit.json")
    assert jobs["environment"]["environment"]["on_stop"] == "gone"


def test_the_page_of_a_change_and_of_what_was_published(house: House) -> None:
    first = house.commit("first")
    (house.clone / "environments/test/branches/login.yaml").write_text("runs:\n  api: {tag: b2}\n")
    house.commit("second")
    page = house.folder / "gen-report/index.html"
    given = {"command": "report", "directory": str(house.clone)}
    for since, told in (
        (first, first),
        ("HEAD^1", first),
        ("0" * 40, None),  # the first push of a branch
        ("f" * 40, None),  # a push that was forced
        ("--output=x", None),
        ("", None),
    ):
        page.unlink(missing_ok=True)
        done, _ = act(house, given | {"since": since})
        assert done.returncode == 0, done.stderr
        changes = shown(page.read_text())["changes"]
        assert (changes and changes["since"]) == told
    (house.clone / "environments/test/branches/login.yaml").write_text("runs: [")
    house.commit("broken")
    assert act(house, given)[0].returncode == 1


STARTER = TOP / "generator/starter/dot-github/workflows"
GH = """#!/bin/bash
# What GitHub answers: the pull request, the artifact's number, and no comment yet.
printf '%s\\n' "$*" >>"$HERE/asked"
case "$*" in
  *pulls*) echo 7 ;;
  *artifacts*) echo "$PAGE" ;;
esac
"""


@pytest.mark.parametrize("page", ["4242", ""])
def test_the_comment_links_its_own_page_by_numbers_alone(tmp_path: Path, page: str) -> None:
    (job,) = yaml.safe_load((STARTER / "gen-comment.yaml").read_text())["jobs"].values()
    step = job["steps"][-1]
    run = {"id": 99, "head_sha": "b" * 40, "head_branch": "](x)", "head_repository": {"owner": {"login": "me"}}}  # fmt: skip
    known = {"github": {"token": "t", "repository": "shop/config", "event": {"workflow_run": run}}}
    variables = {name: filled(text, known) for name, text in step["env"].items()}
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "body.md").write_text("<!-- gen diff -->\nwhat differs\n")
    given = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HERE": str(tmp_path), "PAGE": page, "GITHUB_SERVER_URL": "https://github.com"}  # fmt: skip
    subprocess.run(["bash", "-e", "-o", "pipefail", "-c", step["run"]], cwd=tmp_path, env=os.environ | variables | given, check=True)  # fmt: skip
    body, asked = (tmp_path / "body.md").read_text(), (tmp_path / "asked").read_text()
    link = "(https://github.com/shop/config/actions/runs/99/artifacts/4242)"
    assert (link in body) == bool(page) and body.startswith("<!-- gen diff -->\nwhat differs\n")
    assert "repos/shop/config/issues/7/comments -F body=@body.md" in asked
    assert "runs/99/artifacts?name=gen-report" in asked


def test_the_page_is_public_only_if_somebody_says_so() -> None:
    jobs = yaml.safe_load((STARTER / "gen.yaml").read_text())["jobs"]
    assert jobs["report"]["if"] == "github.event_name == 'push' && vars.GEN_PAGES == 'true'"
    assert (jobs["report"]["needs"], jobs["pages"]["needs"]) == ("publish", "report")
    having = {name for name, job in jobs.items() if "pages" in job["permissions"]}
    assert having == {"pages"} and jobs["pages"]["permissions"] == {"pages": "write", "id-token": "write"}  # fmt: skip
    assert [step["uses"].split("@")[0] for step in jobs["pages"]["steps"]] == ["actions/deploy-pages"]  # fmt: skip
    assert jobs["validate"]["permissions"] == jobs["report"]["permissions"] == {"contents": "read"}
    kept = [step["with"]["name"] for step in jobs["validate"]["steps"] if "upload-artifact" in step["uses"]]  # fmt: skip
    assert kept == ["gen-diff", "gen-report"]


def test_gitlab_keeps_the_page_of_a_change_and_shows_that_of_what_was_published() -> None:
    jobs = yaml.safe_load((TOP / "docs/examples/gitlab-configuration.yaml").read_text())
    kept = jobs["validate"]["artifacts"]
    assert kept["paths"] == ["gen-report/index.html"] and kept["expose_as"]
    assert "GEN_PUSH" not in str(jobs["validate"])
    (rule,) = jobs["pages"]["rules"]
    assert rule["if"].endswith('&& $GEN_PAGES == "true"') and jobs["pages"]["needs"] == ["publish"]
    assert jobs["pages"]["artifacts"] == {"paths": ["public"]}
