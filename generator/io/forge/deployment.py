"""Deployments on GitHub: the link to a unit on a pull request, for as long as it is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generator.io.forge.forge import Forge, pages, wanted
from generator.io.forge.github import Gitea, GitHub
from generator.vocabulary.refusal import Refusal

ASKED = "a deployment"
ENDED = "inactive"


@dataclass(frozen=True, slots=True)
class Status:
    """What was said last of a deployment, in GitHub's own words: `state` is `success`, `queued`
    or `inactive`."""

    state: str
    url: str


@dataclass(frozen=True, slots=True)
class Deployment:
    number: int
    commit: str
    last: Status


def of_github(forge: Forge) -> GitHub:
    """The forge, if it knows deployments."""
    if isinstance(forge, GitHub) and not isinstance(forge, Gitea):
        return forge
    raise Refusal(
        f"{forge.api.called} is no GitHub, which alone has deployments of this kind",
        "leave --deployment out; on GitLab, `environment:` of the job does the same",
        exit_code=2,
    )


def stand(forge: GitHub, number: int, environment: str, state: str, url: str | None) -> str:
    """Has the head of a pull request deployed in an environment of that name, and nothing else
    there: `written`, `brought up to date`, or `there already`. `state` is a word of GitHub's."""
    path = f"/repos/{forge.project}/pulls/{number}"
    commit = wanted(forge.api, "GET", path, "a pull request", lambda data: str(data["head"]["sha"]))
    there = list(_standing(forge, environment))
    own = [each for each in there if each.commit == commit]
    for other in there:
        if other not in own[:1]:
            _say(forge, other.number, ENDED, None)
    if not own:
        _say(forge, _made(forge, commit, environment), state, url)
        return "written"
    if own[0].last == Status(state, url or ""):
        return "there already"
    _say(forge, own[0].number, state, url)
    return "brought up to date"


def end(forge: GitHub, environment: str) -> str:
    """Nothing is deployed there any longer: `ended`, or `there is none`."""
    there = list(_standing(forge, environment))
    for each in there:
        _say(forge, each.number, ENDED, None)
    return "ended" if there else "there is none"


def _standing(forge: GitHub, environment: str) -> Iterator[Deployment]:
    """What was deployed and not ended, the newest first: what is older than one that was ended
    was ended before."""
    path = f"/repos/{forge.project}/deployments"
    for number, commit in pages(forge.api, path, ASKED, _made_of, environment=environment):
        said = pages(forge.api, f"{path}/{number}/statuses", ASKED, _status)
        last = next(said, Status("", ""))
        if last.state == ENDED:
            return
        yield Deployment(number, commit, last)


def _made(forge: GitHub, commit: str, environment: str) -> int:
    body = {
        "ref": commit,
        "environment": environment,
        "description": "An environment of this pull request",
        "auto_merge": False,
        "required_contexts": [],
        "transient_environment": True,
        "production_environment": False,
    }
    path = f"/repos/{forge.project}/deployments"
    return wanted(forge.api, "POST", path, ASKED, lambda data: int(data["id"]), body)


def _say(forge: GitHub, deployment: int, state: str, url: str | None) -> None:
    body = {"state": state, "auto_inactive": False} | ({"environment_url": url} if url else {})
    path = f"/repos/{forge.project}/deployments/{deployment}/statuses"
    wanted(forge.api, "POST", path, ASKED, _status, body)


def _made_of(data: dict[str, Any]) -> tuple[int, str]:
    return int(data["id"]), str(data["sha"])


def _status(data: dict[str, Any]) -> Status:
    return Status(str(data["state"]), str(data.get("environment_url") or ""))
