"""The API server, asked as a controller asks it."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

Object = dict[str, Any]
PATCH = "application/merge-patch+json"
APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
PROJECTS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects"


class Failed(Exception):
    """The API server said no. `status` is its HTTP status."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said[:500]}")
        self.status, self.said = status, said


class Api:
    """One connection per thread."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self._token = port, token
        self._here = threading.local()

    def ask(
        self, method: str, path: str, body: Object | None = None, kind: str = "application/json"
    ) -> Object:
        """An object, or `Failed`."""
        for last in (False, True):
            connection = getattr(self._here, "connection", None) or self._connect()
            self._here.connection = connection
            try:
                connection.request(
                    method,
                    path,
                    json.dumps(body) if body is not None else None,
                    self._headers(kind),
                )
                reply = connection.getresponse()
                said = reply.read().decode()
                break
            except (http.client.HTTPException, OSError):
                self._here.connection = None
                if last:
                    raise
        if reply.status >= 300:
            raise Failed(reply.status, said)
        return json.loads(said) if said.startswith("{") else {"text": said}

    def list(self, path: str, **query: str) -> list[Object]:
        return self.ask("GET", f"{path}?{urlencode(query)}").get("items") or []

    def find(self, path: str) -> Object | None:
        """The object, or None if there is none."""
        try:
            return self.ask("GET", path)
        except Failed as failed:
            if failed.status != 404:
                raise
            return None

    def watch(self, path: str) -> Iterator[tuple[str, Object]]:
        """(ADDED, MODIFIED or DELETED, object), from all that is there on; ends when the server ends it."""
        listed = self.ask("GET", path)
        yield from (("ADDED", item) for item in listed["items"])
        connection = self._connect()
        try:
            connection.request(
                "GET",
                f"{path}?watch=1&resourceVersion={listed['metadata']['resourceVersion']}",
                headers=self._headers("application/json"),
            )
            for line in connection.getresponse():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return
                yield event["type"], event["object"]
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "127.0.0.1", self.port, context=ssl._create_unverified_context(), timeout=600
        )

    def _headers(self, kind: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
