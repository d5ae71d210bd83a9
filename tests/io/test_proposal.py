"""Edits that become pull requests: on a real repository, with a stand-in for the forge's API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from generator.io import origin
from tests.io.forge.stand_in import TOKEN, Stand, standing
from tests.io.test_landing import House, house  # noqa: F401 a fixture
from tests.io.test_publish import git

Gen = Callable[..., tuple[int, str, str]]


@pytest.fixture
def stand() -> Stand:
    return Stand("gitlab")


@pytest.fixture
def propose(
    house: House, gen: Gen, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """An edit of the repository, which the forge calls shop/config."""
    monkeypatch.setenv(origin.TOKEN, TOKEN)
    monkeypatch.setattr("generator.io.forge.known._parts", lambda url: ("forge", "shop/config"))
    with standing(stand) as base:
        to = ("--pull-request", "--forge", f"{stand.kind}={base}")
        yield lambda *words: gen("-C", house.clone, *words, *to)


def test_an_edit_becomes_one_pull_request(
    house: House, stand: Stand, propose: Callable[..., tuple[int, str, str]]
) -> None:
    first = house.tip()
    code, out, err = propose("deploy", "test", "web=v2")
    assert code == 0 and "pull request #1 opened: https://forge.example.com" in out, err
    (branch,) = [ref for ref in house.refs() if ref.startswith("refs/heads/gen/")]
    assert "web: {tag: v2}" in git(
        house.remote, "show", f"{branch}:environments/test/environment.yaml"
    )
    assert git(house.remote, "log", "-1", "--format=%P", branch) == first == house.tip()
    before = git(house.remote, "rev-parse", branch)
    code, out, err = propose("deploy", "test", "web=v2")
    assert code == 0 and "#1 says so already" in out, err
    assert git(house.remote, "rev-parse", branch) == before
    code, out, err = propose("deploy", "test", "web=v3", "--format", "json")
    told = json.loads(out)
    assert told["state"] == "requested" and told["pullRequest"]["how"] == "updated", err
    assert told["commit"] == git(house.remote, "rev-parse", branch) != before
    assert git(house.remote, "log", "-1", "--format=%P", branch) == first
    assert len(stand.requests) == 1 and stand.requests[0]["title"] == "deploy test web=v3"
    assert TOKEN not in out + err


def test_what_the_forge_refuses_is_refused_before_a_push(
    house: House, stand: Stand, propose: Callable[..., tuple[int, str, str]]
) -> None:
    stand.refuse["GET"] = (404, {"message": "Not Found"}, {})
    code, _, err = propose("deploy", "test", "web=v2")
    assert code == 1 and "no such repository" in err and house.refs() == ["refs/heads/main"]
    del stand.refuse["GET"]
    stand.refuse["POST"] = (403, {"message": "Resource not accessible by token"}, {})
    code, _, err = propose("deploy", "test", "web=v2")
    assert code == 1 and "on the branch gen/deploy-test-web" in err and "goes on from there" in err
    stand.refuse.clear()
    assert propose("deploy", "test", "web=v2")[0] == 0 and len(stand.requests) == 1


def test_what_is_invalid_or_nothing_or_somebody_elses(
    house: House, stand: Stand, propose: Callable[..., tuple[int, str, str]]
) -> None:
    assert propose("deploy", "test", "web=a b")[0] == 1
    code, out, _ = propose("deploy", "test", "web=v1")
    assert code == 0 and "already up to date" in out
    code, out, _ = propose("deploy", "test", "web=v2", "--dry-run")
    assert code == 0 and "nothing was pushed" in out
    assert stand.calls == [] and house.refs() == ["refs/heads/main"]
    assert propose("deploy", "test", "web=v2")[0] == 0
    (branch,) = [ref for ref in house.refs() if ref.startswith("refs/heads/gen/")]
    git(house.clone, "push", "-q", "-f", "origin", f"HEAD:{branch}")
    code, _, err = propose("deploy", "test", "web=v3")
    assert code == 4 and "somebody else committed to gen/" in err
