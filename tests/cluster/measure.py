"""When what happened: the parts of the way from an edit to an answer, and what Argo CD had to do for it."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass

from tests.cluster.api import Api, Failed, Object

WATCHED = (
    "/apis/networking.istio.io/v1/virtualservices",
    "/apis/networking.istio.io/v1alpha3/envoyfilters",
    "/apis/apps/v1/deployments",
    "/api/v1/pods",
    "/api/v1/services",
)


@dataclass(frozen=True)
class Arrival:
    """A change of an object, as a watcher saw it."""

    at: float
    kind: str
    namespace: str
    name: str


class Watcher:
    """Sees every change of what carries requests, with its time on this machine's clock."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.seen: list[Arrival] = []
        self._over = threading.Event()
        for path in WATCHED:
            threading.Thread(target=self._follow, args=(path,), daemon=True).start()

    def close(self) -> None:
        self._over.set()

    def between(self, start: float, end: float, kinds: tuple[str, ...]) -> list[Arrival]:
        return [each for each in self.seen if start <= each.at <= end and each.kind in kinds]

    def _follow(self, path: str) -> None:
        known: dict[str, object] = {}
        while not self._over.is_set():
            try:
                for event, item in self.api.watch(path):
                    self._note(path.rpartition("/")[2], event, item, known)
            except (OSError, Failed, ValueError):
                time.sleep(0.2)

    def _note(self, kind: str, event: str, item: Object, known: dict[str, object]) -> None:
        metadata = item["metadata"]
        now = (
            None
            if event == "DELETED"
            else (
                item.get("spec"),
                metadata.get("labels"),
                [
                    each["status"]
                    for each in item.get("status", {}).get("conditions") or []
                    if each["type"] == "Ready"
                ],
            )
        )
        if known.get(metadata["uid"]) != now:
            known[metadata["uid"]] = now
            self.seen.append(
                Arrival(time.monotonic(), kind, metadata["namespace"], metadata["name"])
            )


def counter(text: str, name: str, **labels: str) -> float:
    """The sum of a counter over all series with these labels."""
    total = 0.0
    for line in re.findall(rf"^{name}(?:{{.*}})? [0-9.e+-]+$", text, re.MULTILINE):
        if all(f'{key}="{value}"' in line for key, value in labels.items()):
            total += float(line.rpartition(" ")[2])
    return total
