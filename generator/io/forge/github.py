"""GitHub, by its REST API of 2022-11-28; and Gitea and Forgejo, whose API has its shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from generator.io.forge.forge import Proposed, There, pages, read, wanted
from generator.io.forge.web import Answer, Api, told

ASKED = "a pull request"


class GitHub:
    """`project` is `owner/name`."""

    scheme = "Bearer"

    def __init__(self, base: str, project: str, token: str) -> None:
        self.api, self.project = Api(base, token, self.scheme), project
        self._repository = f"/repos/{project}"
        self._pulls = f"{self._repository}/pulls"

    def opened(self, head: str, base: str) -> There | None:
        owner = self.project.partition("/")[0]
        return self._open(head, base, head=f"{owner}:{head}", base=base)

    def _open(self, to_head: str, to_base: str, **query: str) -> There | None:
        """The one that leads from one branch of this very repository to the other."""

        def made(each: dict[str, Any]) -> There | None:
            repository = str((each["head"]["repo"] or {}).get("full_name", ""))
            between = each["head"]["ref"], each["base"]["ref"]
            same = repository.lower() == self.project.lower() and between == (to_head, to_base)
            return _request(each) if same else None

        return next(pages(self.api, self._pulls, ASKED, made, state="open", **query), None)

    def open(self, proposed: Proposed) -> There | None:
        body = {"head": proposed.head, "base": proposed.base}
        body |= {"title": proposed.title, "body": proposed.text}
        answer = self.api.call("POST", self._pulls, body)
        if self.exists(answer):
            return None
        if answer.status != 201:
            raise told(answer, self.api.called, ASKED)
        return read(answer, self.api.called, ASKED, _request)

    def exists(self, answer: Answer) -> bool:
        return answer.status == 422 and "already exists" in answer.said

    def update(self, number: int, proposed: Proposed) -> There:
        body = {"title": proposed.title, "body": proposed.text}
        return wanted(self.api, "PATCH", f"{self._pulls}/{number}", ASKED, _request, body)

    def comments(self, number: int) -> Iterator[There]:
        path = f"{self._repository}/issues/{number}/comments"
        return pages(self.api, path, "its comments", _comment)

    def comment(self, number: int, text: str) -> There:
        path = f"{self._repository}/issues/{number}/comments"
        return wanted(self.api, "POST", path, "a comment", _comment, {"body": text})

    def rewrite(self, number: int, comment: int, text: str) -> There:  # noqa: ARG002 GitLab's does
        path = f"{self._repository}/issues/comments/{comment}"
        return wanted(self.api, "PATCH", path, "a comment", _comment, {"body": text})

    def issues(self) -> Iterator[There]:
        return self._issues()

    def _issues(self, **query: str) -> Iterator[There]:
        path = f"{self._repository}/issues"
        return pages(self.api, path, "its issues", _issue, state="open", **query)

    def open_issue(self, title: str, text: str) -> There:
        body = {"title": title, "body": text}
        path = f"{self._repository}/issues"
        return wanted(self.api, "POST", path, "an issue", _request, body)

    def change_issue(self, number: int, change: Mapping[str, str]) -> There:
        body = {"body" if name == "text" else name: said for name, said in change.items()}
        path = f"{self._repository}/issues/{number}"
        return wanted(self.api, "PATCH", path, "an issue", _request, body)

    def mine(self) -> str | None:
        """A token of a job, or of an app, is nobody who may be asked for."""
        answer = self.api.call("GET", "/user")
        if answer.status in (403, 404):
            return None
        if answer.status != 200:
            raise told(answer, self.api.called, "whose the token is")
        return read(answer, self.api.called, "whose the token is", lambda data: str(data["login"]))

    def robot(self, by: str) -> bool:
        return by.endswith("[bot]")


class Gitea(GitHub):
    """Gitea 1.26; Forgejo says the same. Its lists know no head and no base."""

    scheme = "token"

    def opened(self, head: str, base: str) -> There | None:
        return self._open(head, base, limit="50")

    def exists(self, answer: Answer) -> bool:
        return answer.status == 409

    def comments(self, number: int) -> Iterator[There]:
        path = f"{self._repository}/issues/{number}/comments"
        return pages(self.api, path, "its comments", _comment, limit="50")

    def issues(self) -> Iterator[There]:
        return self._issues(type="issues", limit="50")

    def robot(self, by: str) -> bool:
        return by in ("gitea-actions", "forgejo-actions")


def _request(data: dict[str, Any]) -> There:
    url, text = str(data["html_url"]), str(data.get("body") or "")
    return There(int(data["number"]), str(data["title"]), text, url)


def _issue(data: dict[str, Any]) -> There | None:
    """GitHub lists pull requests among them."""
    if data.get("pull_request"):
        return None
    return replace(_request(data), by=str((data.get("user") or {}).get("login", "")))


def _comment(data: dict[str, Any]) -> There:
    by = str((data.get("user") or {}).get("login", ""))
    return There(int(data["id"]), "", str(data.get("body") or ""), str(data["html_url"]), by)
