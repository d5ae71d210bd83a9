"""A real API server, asked what it would do with a document: a server-side apply, strict about fields, as a dry run."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.cluster.api import Failed
from tests.cluster.parts import Parts

QUERY = "fieldManager=judge&fieldValidation=Strict&force=true"
DRY = "&dryRun=All"
# Off in 1.36, so that the server would drop the fields before it looks at them; on from 1.37.
GATES = ("MaxUnavailableStatefulSet",)
APPLY = "application/apply-patch+yaml"
Document = dict[str, Any]


class Server:
    """What is known of each kind comes from the server's discovery."""

    def __init__(self, parts: Parts) -> None:
        self.api = parts.api
        self._places: dict[tuple[str, str], tuple[str, bool] | None] = {}

    def says(self, document: Document) -> str:
        """Nothing if the server would take it, or why not."""
        place = self._place(document["apiVersion"], document["kind"])
        if place is None:
            return "not served"
        top, namespaced = place
        name = (document.get("metadata") or {}).get("name", "x")
        space = "/namespaces/default" if namespaced else ""
        plural = top.rpartition("/")[2]
        path = f"{top.rpartition('/')[0]}{space}/{plural}/{quote(str(name), safe='') or 'x'}"
        # A dry run asks for no port of a node: Services come, and go.
        dry = document["kind"] != "Service"
        try:
            self.api.ask("PATCH", f"{path}?{QUERY}{DRY if dry else ''}", document, APPLY)
            if not dry:
                self.api.ask("DELETE", path)
        except Failed as failed:
            return failed.said
        return ""

    def define(self, definitions: list[Document]) -> None:
        """Brings CustomResourceDefinitions, and waits until they are served."""
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        for definition in definitions:
            name = definition["metadata"]["name"]
            self.api.ask("PATCH", f"{path}/{name}?fieldManager=judge&force=true", definition, APPLY)
        end = time.monotonic() + 120
        while time.monotonic() < end:
            conditions = [
                item.get("status", {}).get("conditions") or [] for item in self.api.list(path)
            ]
            if all(
                any(one["type"] == "Established" and one["status"] == "True" for one in each)
                for each in conditions
            ):
                break
            time.sleep(0.5)
        else:
            raise TimeoutError("not all definitions are served after two minutes")
        time.sleep(3)  # until the new kinds are in the server's own tables
        self._places.clear()

    def _place(self, api_version: str, kind: str) -> tuple[str, bool] | None:
        key = (api_version, kind)
        if key not in self._places:
            root = "/api/v1" if api_version == "v1" else f"/apis/{api_version}"
            found = self.api.find(root) or {}
            self._places[key] = next(
                (
                    (f"{root}/{each['name']}", each["namespaced"])
                    for each in found.get("resources", [])
                    if each["kind"] == kind and "/" not in each["name"]
                ),
                None,
            )
        return self._places[key]


@contextmanager
def running() -> Iterator[Server]:
    """An API server with its etcd, in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="gen-judge-") as folder:
        parts = Parts(Path(folder))
        try:
            parts.server(f"--feature-gates={'=true,'.join(GATES)}=true")
            server = Server(parts)
            _account(server)
            yield server
        finally:
            parts.close()


def _account(server: Server) -> None:
    """The namespace that documents are tried in."""
    end = time.monotonic() + 60
    while server.api.find("/api/v1/namespaces/default") is None and time.monotonic() < end:
        time.sleep(0.2)


def plain(document: Any) -> Document:
    """A document as JSON holds it: what the server is sent."""
    made: Document = json.loads(json.dumps(document))
    return made
