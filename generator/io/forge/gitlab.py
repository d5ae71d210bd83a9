"""GitLab, by its REST API v4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from generator.io.forge.forge import Proposed, There, pages, read, wanted
from generator.io.forge.web import Api, told

ASKED = "a merge request"


class GitLab:
    """`project` is the whole path, groups included."""

    def __init__(self, base: str, project: str, token: str) -> None:
        self.api, self.project = Api(base, token), project
        self._requests = f"/projects/{quote(project, safe='')}/merge_requests"
        self._issues = f"/projects/{quote(project, safe='')}/issues"

    def opened(self, head: str, base: str) -> There | None:
        query = {"state": "opened", "source_branch": head, "target_branch": base}

        def made(each: dict[str, Any]) -> There | None:
            here = each["source_project_id"] == each["target_project_id"]
            between = each["source_branch"], each["target_branch"]
            return _request(each) if here and between == (head, base) else None

        return next(pages(self.api, self._requests, ASKED, made, **query), None)

    def open(self, proposed: Proposed) -> There | None:
        body = {
            "source_branch": proposed.head,
            "target_branch": proposed.base,
            "title": proposed.title,
            "description": proposed.text,
            "remove_source_branch": True,
        }
        answer = self.api.call("POST", self._requests, body)
        if answer.status == 409:
            return None
        if answer.status != 201:
            raise told(answer, self.api.called, ASKED)
        return read(answer, self.api.called, ASKED, _request)

    def update(self, number: int, proposed: Proposed) -> There:
        body = {"title": proposed.title, "description": proposed.text}
        return wanted(self.api, "PUT", f"{self._requests}/{number}", ASKED, _request, body)

    def comments(self, number: int) -> Iterator[There]:
        path = f"{self._requests}/{number}/notes"
        query = {"sort": "asc", "order_by": "created_at"}
        return pages(self.api, path, "its notes", _written, **query)

    def comment(self, number: int, text: str) -> There:
        path = f"{self._requests}/{number}/notes"
        return wanted(self.api, "POST", path, "a note", _note, {"body": text})

    def rewrite(self, number: int, comment: int, text: str) -> There:
        path = f"{self._requests}/{number}/notes/{comment}"
        return wanted(self.api, "PUT", path, "a note", _note, {"body": text})

    def issues(self) -> Iterator[There]:
        return pages(self.api, self._issues, "its issues", _issue, state="opened")

    def open_issue(self, title: str, text: str) -> There:
        body = {"title": title, "description": text}
        return wanted(self.api, "POST", self._issues, "an issue", _issue, body)

    def change_issue(self, number: int, change: Mapping[str, str]) -> There:
        names = {"text": "description", "state": "state_event", "closed": "close"}
        body = {names.get(name, name): names.get(said, said) for name, said in change.items()}
        return wanted(self.api, "PUT", f"{self._issues}/{number}", "an issue", _issue, body)

    def mine(self) -> str | None:
        asked = "whose the token is"
        return wanted(self.api, "GET", "/user", asked, lambda data: str(data["username"]))

    def robot(self, by: str) -> bool:  # noqa: ARG002 GitLab always tells whose a token is
        return False


def _request(data: dict[str, Any]) -> There:
    url, text = str(data["web_url"]), str(data.get("description") or "")
    return There(int(data["iid"]), str(data["title"]), text, url)


def _issue(data: dict[str, Any]) -> There:
    return replace(_request(data), by=str((data.get("author") or {}).get("username", "")))


def _written(data: dict[str, Any]) -> There | None:
    """A note that somebody wrote, and not GitLab itself."""
    return None if data.get("system") else _note(data)


def _note(data: dict[str, Any]) -> There:
    by = str((data.get("author") or {}).get("username", ""))
    return There(int(data["id"]), "", str(data.get("body") or ""), "", by)
