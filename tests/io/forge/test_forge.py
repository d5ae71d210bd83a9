"""Pull requests by the APIs of three kinds of forge, each a stand-in on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator.io.forge import deployment
from generator.io.forge.comment import keep
from generator.io.forge.forge import Forge, Proposed, brought
from generator.io.forge.known import forge_of, pull_request
from generator.vocabulary.refusal import Refusal
from tests.io.forge.stand_in import TOKEN, Stand, standing

KINDS = ("github", "gitlab", "gitea")
URL = "https://git.example.com/shop/config.git"
WANTED = Proposed("gen/deploy-test-web-1", "main", "deploy test web=v2", "`gen deploy test web=v2`")


@pytest.fixture(params=KINDS)
def stand(request: pytest.FixtureRequest) -> Stand:
    return Stand(request.param)


@pytest.fixture
def forge(stand: Stand) -> Iterator[Forge]:
    with standing(stand) as base:
        yield forge_of(URL, f"{stand.kind}={base}", TOKEN)


def test_one_pull_request_however_often_it_is_asked_for(stand: Stand, forge: Forge) -> None:
    how, there = brought(forge, WANTED)
    assert (how, there.number) == ("opened", 1) and there.url.startswith("https://forge.")
    assert brought(forge, WANTED)[0] == "there"
    newer = Proposed(WANTED.head, "main", "deploy test web=v3", "`gen deploy test web=v3`")
    how, there = brought(forge, newer)
    assert (how, there.title) == ("updated", "deploy test web=v3")
    assert brought(forge, newer)[0] == "there" and len(stand.requests) == 1
    brought(forge, Proposed("gen/other", "main", "other", "other"))
    assert len(stand.requests) == 2


def test_another_job_was_faster(stand: Stand, forge: Forge) -> None:
    brought(forge, WANTED)
    stand.hidden = True  # it is not in the list yet, and opening it again is refused
    assert brought(forge, WANTED)[0] == "there" and len(stand.requests) == 1


def test_a_request_out_of_a_fork_is_another(stand: Stand, forge: Forge) -> None:
    brought(forge, WANTED)
    if stand.kind == "gitlab":
        stand.requests[0]["source_project_id"] = 2
    else:
        stand.requests[0]["head"]["repo"] = {"full_name": "somebody/config"}
    assert forge.opened(WANTED.head, "main") is None


def test_a_request_behind_many_others_is_found(stand: Stand, forge: Forge) -> None:
    forge.open(Proposed("x", "main", "x", "x"))
    first = stand.requests[0]
    stand.requests += [first | {"id": number} for number in range(2000, 2120)]
    assert brought(forge, WANTED)[0] == "opened" and brought(forge, WANTED)[0] == "there"


@pytest.mark.parametrize(
    "status, data, headers, message, step",
    [
        (401, {"message": "Bad credentials"}, {}, "does not know the token", "GEN_TOKEN"),
        (403, {"message": "Resource not accessible"}, {}, "does not let the token", "pull-requests: write"),
        (404, {"message": "Not Found"}, {}, "no such repository", "URL"),
        (422, {"message": "Validation Failed", "errors": [{"message": "No commits"}]}, {}, "No commits", "mend"),
        (429, {}, {"Retry-After": "30"}, "no more requests", "in 30 s"),
        (403, {"message": "API rate limit exceeded"}, {"X-RateLimit-Remaining": "0"}, "no more requests", "later"),
        (502, b"<html>", {}, "fails", "when it is well"),
        (302, {}, {"Location": "http://127.0.0.1:1/"}, "sends elsewhere", "--forge"),
        (201, b"no JSON", {}, "does not know", "see what it says"),
    ],
)  # fmt: skip
def test_what_a_forge_refuses_is_told_with_the_next_step(
    stand: Stand,
    forge: Forge,
    status: int,
    data: object,
    headers: dict[str, str],
    message: str,
    step: str,
) -> None:
    stand.refuse["POST"] = (status, data, headers)
    with pytest.raises(Refusal, match=message) as refused:
        brought(forge, WANTED)
    assert step in refused.value.next_step
    assert TOKEN not in f"{refused.value}{refused.value.next_step}"


def test_a_wrong_token_is_told_before_anything_is_written(stand: Stand) -> None:
    with (
        standing(stand) as base,
        pytest.raises(Refusal, match="does not know the token") as refused,
    ):
        brought(forge_of(URL, f"{stand.kind}={base}", "another"), WANTED)
    assert "another" not in str(refused.value) and len(stand.calls) == 1


def test_a_forge_that_does_not_answer() -> None:
    with pytest.raises(Refusal, match="does not answer"):
        forge_of(URL, "gitea=http://127.0.0.1:1/api/v1", TOKEN).opened("a", "b")


@pytest.mark.parametrize(
    "url, said, base, project",
    [
        ("https://github.com/o/r.git", None, "https://api.github.com", "o/r"),
        ("git@github.com:o/r.git", None, "https://api.github.com", "o/r"),
        (
            "https://user:pass@github.example.com/o/r",
            None,
            "https://github.example.com/api/v3",
            "o/r",
        ),
        ("https://gitlab.com/g/sub/r.git", None, "https://gitlab.com/api/v4", "g/sub/r"),
        ("ssh://git@codeberg.org:22/o/r.git", None, "https://codeberg.org/api/v1", "o/r"),
        (
            "https://git.example.com:8443/o/r.git",
            "forgejo",
            "https://git.example.com:8443/api/v1",
            "o/r",
        ),
    ],
)
def test_which_forge_it_is(url: str, said: str | None, base: str, project: str) -> None:
    forge = forge_of(url, said, TOKEN)
    assert (forge.api.base, forge.project) == (base, project)


@pytest.mark.parametrize(
    "url, said, why",
    [
        ("https://git.example.com/o/r.git", None, "nobody can tell by its name"),
        ("/srv/config.git", None, "nobody can tell"),
        ("https://git.example.com/o/r.git", "bitbucket", "no kind of forge"),
        ("https://git.example.com/o/r.git", "gitea=http://git.example.com/api/v1", "no address"),
        ("https://github.com/only", None, "names no repository"),
        ("https://github.com/../x", None, "names no repository"),
    ],
)
def test_what_is_no_forge(url: str, said: str | None, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        forge_of(url, said, TOKEN)


def test_a_job_knows_its_own_forge(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI_SERVER_HOST", "GITHUB_SERVER_URL", "GITEA_ACTIONS", "FORGEJO_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    url = "https://git.example.com/o/r.git"
    monkeypatch.setenv("CI_SERVER_HOST", "git.example.com")
    assert type(forge_of(url, None, TOKEN)).__name__ == "GitLab"
    monkeypatch.delenv("CI_SERVER_HOST")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.example.com")
    monkeypatch.setenv("GITEA_ACTIONS", "true")
    assert type(forge_of(url, None, TOKEN)).__name__ == "Gitea"


def test_no_token_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GEN_TOKEN", raising=False)
    with pytest.raises(Refusal, match="no token for github") as refused:
        forge_of("https://github.com/o/r", None)
    assert "GEN_TOKEN" in refused.value.next_step


def test_one_comment_is_kept_up_to_date(stand: Stand, forge: Forge) -> None:
    for number in range(120):
        stand.said(f"talk {number}", "somebody")
    stand.said("<!-- x -->\nforged", "somebody")
    assert keep(forge, 1, "<!-- x -->", "<!-- x -->\none\n") == "written"
    assert keep(forge, 1, "<!-- x -->", "<!-- x -->\none\n") == "there already"
    assert keep(forge, 1, "<!-- x -->", "<!-- x -->\ntwo\n") == "brought up to date"
    assert keep(forge, 1, "<!-- y -->", "<!-- y -->\nother\n") == "written"
    texts = [note["body"] for note in stand.notes[120:]]
    assert texts == ["<!-- x -->\nforged", "<!-- x -->\ntwo\n", "<!-- y -->\nother\n"]


@pytest.mark.parametrize("stand", ["github", "gitea"], indirect=True)
def test_a_job_knows_its_own_comment_without_a_name(stand: Stand, forge: Forge) -> None:
    stand.user = None
    stand.said("<!-- x -->\nforged", "somebody")
    assert keep(forge, 1, "<!-- x -->", "<!-- x -->\none\n") == "written"
    assert keep(forge, 1, "<!-- x -->", "<!-- x -->\ntwo\n") == "brought up to date"
    assert [note["body"] for note in stand.notes] == ["<!-- x -->\nforged", "<!-- x -->\ntwo\n"]


@pytest.mark.parametrize(
    "url, kind, project",
    [
        ("https://github.com/o/r/pull/7", None, "o/r"),
        ("https://gitlab.com/g/sub/r/-/merge_requests/7", None, "g/sub/r"),
        ("https://git.example.com/o/r/pulls/7", "gitea", "o/r"),
    ],
)
def test_a_pull_request_by_its_address(url: str, kind: str | None, project: str) -> None:
    forge, number = pull_request(url, kind, TOKEN)
    assert (forge.project, number) == (project, 7)


@pytest.mark.parametrize("url", ["https://github.com/o/r", "x", "https://github.com/o/r/pull/7;x"])
def test_what_is_no_pull_request(url: str) -> None:
    with pytest.raises(Refusal, match="no address of a pull request"):
        pull_request(url, None, TOKEN)


def test_one_deployment_stands_while_the_unit_is_there() -> None:
    stand_in = Stand("github")
    with standing(stand_in) as base:
        github = deployment.of_github(forge_of(URL, f"github={base}", TOKEN))
        link = "https://x.example.com/"
        assert deployment.stand(github, 7, "test/x", "success", None) == "written"
        assert deployment.stand(github, 7, "test/x", "success", None) == "there already"
        assert deployment.stand(github, 7, "test/x", "success", link) == "brought up to date"
        assert deployment.stand(github, 7, "test/other", "success", link) == "written"
        stand_in.head = "c" * 40
        assert deployment.stand(github, 7, "test/x", "success", link) == "written"
        assert stand_in.standing("test/x") == [("c" * 40, link)]
        assert (
            deployment.end(github, "test/x") == "ended"
            and deployment.end(github, "test/x") == "there is none"
        )
        assert stand_in.standing("test/x") == [] and len(stand_in.standing("test/other")) == 1
        assert deployment.stand(github, 7, "test/x", "queued", None) == "written"


def test_a_deployment_whose_first_word_was_lost_is_told_of_again() -> None:
    stand_in = Stand("github")
    stand_in.deployments = [
        {"id": 500, "sha": stand_in.head, "environment": "test/x", "statuses": []}
    ]
    with standing(stand_in) as base:
        github = deployment.of_github(forge_of(URL, f"github={base}", TOKEN))
        assert deployment.stand(github, 7, "test/x", "success", None) == "brought up to date"
    assert len(stand_in.deployments) == 1 and stand_in.standing("test/x")


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_others_have_no_deployments(kind: str) -> None:
    forge = forge_of(URL, f"{kind}=http://127.0.0.1:1/api", TOKEN)
    with pytest.raises(Refusal, match="is no GitHub") as refused:
        deployment.of_github(forge)
    assert refused.value.exit_code == 2
