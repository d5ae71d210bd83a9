"""A stand-in for the APIs of GitHub, GitLab and Gitea, as their documentation has them: pull requests and comments, with
the answers by which each refuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "secret-token"
SCHEMES = {"github": "Bearer", "gitlab": "Bearer", "gitea": "token"}
PREFIXES = {"github": "/api/v3", "gitlab": "/api/v4", "gitea": "/api/v1"}


class Stand:
    """What a forge knows. `refuse` is an answer (status, JSON, headers) to the calls of a method, instead of its own."""

    def __init__(self, kind: str, project: str = "shop/config") -> None:
        self.kind, self.project = kind, project
        self.requests: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.refuse: dict[str, tuple[int, Any, dict[str, str]]] = {}
        self.user: str | None = "robot"
        self.hidden = False  # a request that another job opened a moment ago is in no list yet
        self.head = "b" * 40  # of the application's pull request
        self.issues: list[dict[str, Any]] = []
        self.deployments: list[dict[str, Any]] = []  # GitHub's, the newest first as it lists them

    def answer(
        self, method: str, target: str, body: Any, sent: str
    ) -> tuple[int, Any, dict[str, str]]:
        parts = urlsplit(target)
        path = parts.path.removeprefix(PREFIXES[self.kind])
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.calls.append(f"{method} {path}")
        if sent != f"{SCHEMES[self.kind]} {TOKEN}":
            return 401, {"message": "Bad credentials"}, {}
        if method in self.refuse:
            return self.refuse[method]
        if path == "/user":
            name = "username" if self.kind == "gitlab" else "login"
            return (
                (200, {name: self.user}, {})
                if self.user
                else (403, {"message": "not accessible"}, {})
            )
        return (
            self._gitlab(method, path, query, body)
            if self.kind == "gitlab"
            else self._github(method, path, query, body)
        )

    def _github(
        self, method: str, path: str, query: Any, body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        top = f"/repos/{self.project}"
        if path == f"{top}/pulls" and method == "GET":
            found = (
                [] if self.hidden else [each for each in self.requests if each["state"] == "open"]
            )
            if self.kind == "github":  # Gitea knows neither of the two
                owner = self.project.split("/")[0]
                found = [
                    each
                    for each in found
                    if query["head"] == f"{owner}:{each['head']['ref']}"
                    and query["base"] == each["base"]["ref"]
                ]
            return 200, self._page(found, query), {}
        if path == f"{top}/pulls" and method == "POST":
            if any(
                each["head"]["ref"] == body["head"] and each["state"] == "open"
                for each in self.requests
            ):
                self.hidden = False
                if self.kind == "gitea":
                    return (
                        409,
                        {
                            "message": "pull request already exists for these targets [id: 1]",
                            "url": "",
                        },
                        {},
                    )
                told = {
                    "resource": "PullRequest",
                    "code": "custom",
                    "message": f"A pull request already exists for shop:{body['head']}.",
                }
                return 422, {"message": "Validation Failed", "errors": [told]}, {}
            self.requests.append(self._pull(body))
            return 201, self.requests[-1], {}
        if issues := self._issue(method, path.removeprefix(top), query, body):
            return issues
        if path.startswith(f"{top}/deployments") and self.kind == "github":
            return self._deployed(method, path.removeprefix(f"{top}/deployments"), query, body)
        if path.startswith(f"{top}/pulls/") and method == "GET":
            return 200, {"head": {"sha": self.head}}, {}
        if path.startswith(f"{top}/pulls/") and method == "PATCH":
            each = self.requests[int(path.rpartition("/")[2]) - 1]
            each |= body
            return 200, each, {}
        if path.startswith(f"{top}/issues/comments/") and method == "PATCH":
            return 200, self._note(body["body"], int(path.rpartition("/")[2])), {}
        if path.startswith(f"{top}/issues/"):
            if method == "GET":
                return (
                    200,
                    self.notes if self.kind == "gitea" else self._page(self.notes, query),
                    {},
                )
            return 201, self._note(body["body"]), {}
        return 404, {"message": "Not Found"}, {}

    def _deployed(
        self, method: str, path: str, query: Any, body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        if not path and method == "GET":
            asked = query.get("environment")
            found = [each for each in self.deployments if each["environment"] == asked]
            return 200, self._page(found, query), {}
        if not path:
            made = {"id": 500 + len(self.deployments), "sha": body["ref"], "statuses": []}
            self.deployments.insert(0, made | {"environment": body["environment"]})
            return 201, made, {}
        number = int(path.split("/")[1])
        statuses = next(each for each in self.deployments if each["id"] == number)["statuses"]
        if method == "POST":
            statuses.insert(0, {"id": 900 + len(statuses), **body})
            return 201, statuses[0], {}
        return 200, self._page(statuses, query), {}

    def standing(self, environment: str) -> list[tuple[str, str]]:
        """(commit, URL) of what is deployed."""
        return [
            (each["sha"], each["statuses"][0].get("environment_url", ""))
            for each in self.deployments
            if each["environment"] == environment
            and each["statuses"]
            and each["statuses"][0]["state"] == "success"
        ]

    def _pull(self, body: Any) -> dict[str, Any]:
        number = len(self.requests) + 1
        return {
            "id": 1000 + number,
            "number": number,
            "state": "open",
            "title": body["title"],
            "body": body["body"],
            "html_url": f"https://forge.example.com/{self.project}/pull/{number}",
            "head": {"ref": body["head"], "repo": {"full_name": self.project}},
            "base": {"ref": body["base"], "repo": {"full_name": self.project}},
        }

    def _gitlab(
        self, method: str, path: str, query: Any, body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        top = f"/projects/{self.project.replace('/', '%2F')}/merge_requests"
        if path == top and method == "GET":
            found = (
                []
                if self.hidden
                else [
                    each
                    for each in self.requests
                    if each["source_branch"] == query["source_branch"]
                ]
            )
            return 200, self._page(found, query), {}
        if path == top and method == "POST":
            if any(each["source_branch"] == body["source_branch"] for each in self.requests):
                self.hidden = False
                return (
                    409,
                    {
                        "message": [
                            "Another open merge request already exists for this source branch: !1"
                        ]
                    },
                    {},
                )
            number = len(self.requests) + 1
            url = f"https://forge.example.com/{self.project}/-/merge_requests/{number}"
            own = {
                "id": 1000 + number,
                "iid": number,
                "web_url": url,
                "source_project_id": 1,
                "target_project_id": 1,
            }
            self.requests.append(body | own)
            return 201, self.requests[-1], {}
        if issues := self._issue(
            method, path.removeprefix(top.removesuffix("/merge_requests")), query, body
        ):
            return issues
        number, _, rest = path.removeprefix(f"{top}/").partition("/")
        if method == "PUT" and not rest:
            each = self.requests[int(number) - 1]
            each |= body
            return 200, each, {}
        if rest == "notes":
            return (
                (200, self._page(self.notes, query), {})
                if method == "GET"
                else (201, self._note(body["body"]), {})
            )
        if rest.startswith("notes/"):
            return 200, self._note(body["body"], int(rest.removeprefix("notes/"))), {}
        return 404, {"message": "404 Project Not Found"}, {}

    def _issue(
        self, method: str, path: str, query: Any, body: Any
    ) -> tuple[int, Any, dict[str, str]] | None:
        """The list of issues, and one of them: what is asked is in the words of that forge."""
        gitlab, number = self.kind == "gitlab", path.rpartition("/")[2]
        if path == "/issues" and method == "GET":
            assert query["state"] == ("opened" if gitlab else "open")
            assert query.get("type") == ("issues" if self.kind == "gitea" else None)
            return (
                200,
                self._page([one for one in self.issues if one["state"] == query["state"]], query),
                {},
            )
        if path == "/issues":
            self.issues.append(self._opened(body))
            return 201, self.issues[-1], {}
        if path == f"/issues/{number}" and method in ("PUT", "PATCH"):
            one = self.issues[int(number) - 1]
            one |= {"state": "closed"} if body.get("state_event") == "close" else body
            return 200, one, {}
        return None

    def _opened(self, body: Any) -> dict[str, Any]:
        number, by = len(self.issues) + 1, self.user or "github-actions[bot]"
        who = {"user": {"login": by}, "author": {"username": by}}
        url = f"https://forge.example.com/{self.project}/issues/{number}"
        made = {
            "id": 700 + number,
            "number": number,
            "iid": number,
            "html_url": url,
            "web_url": url,
        }
        return made | body | who | {"state": "opened" if self.kind == "gitlab" else "open"}

    def _note(self, text: str, number: int | None = None) -> dict[str, Any]:
        if number is None:
            self.notes.append(
                {
                    "id": len(self.notes) + 1,
                    "html_url": "https://forge.example.com/x",
                    "system": False,
                }
            )
            by = self.user or ("github-actions[bot]" if self.kind == "github" else "gitea-actions")
            self.notes[-1] |= {"user": {"login": by}, "author": {"username": by}}
        note = self.notes[(number or len(self.notes)) - 1]
        note["body"] = text
        return note

    def _page(self, things: list[Any], query: Any) -> list[Any]:
        size = min(
            int(query.get("per_page") or query.get("limit") or 30),
            50 if self.kind == "gitea" else 100,
        )
        start = (int(query.get("page", 1)) - 1) * size
        return things[start : start + size]

    def said(self, text: str, by: str) -> None:
        """Somebody else's comment."""
        note = self._note(text)
        note |= {"user": {"login": by}, "author": {"username": by}}


@contextmanager
def standing(stand: Stand) -> Iterator[str]:
    """The address of its API."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            target = self.path if stand.kind == "gitlab" else unquote(self.path)
            sent = self.headers.get("Authorization", "")
            status, data, headers = stand.answer(
                self.command, target, json.loads(raw or b"null"), sent
            )
            answer = data if isinstance(data, bytes) else json.dumps(data).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815 the library's names

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{PREFIXES[stand.kind]}"
    finally:
        server.shutdown()
        server.server_close()
