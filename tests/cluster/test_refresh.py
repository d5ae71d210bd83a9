"""Requests that Argo CD forgets are made again; what it remembered from before is no answer."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any, cast

import pytest

from tests.cluster import refresh
from tests.cluster.api import Api

OLD, NEW = "0" * 40, "1" * 40


class Argo:
    """Argo CD with one Application; it forgets the first requests, as it does while it is busy."""

    def __init__(self, forgets: int) -> None:
        self.forgets, self.asked = forgets, list[str]()
        self.annotations: dict[str, str] = {}
        self.status: dict[str, Any] = {"sync": {"revision": OLD}}

    def ask(self, method: str, path: str, body: Any = None, kind: str = "") -> dict[str, Any]:
        how = body["metadata"]["annotations"][refresh.ASKED] if body else None
        if method == "PATCH" and how is None:
            self.annotations.pop(refresh.ASKED, None)
        elif method == "PATCH" and refresh.ASKED not in self.annotations:
            self.annotations[refresh.ASKED] = how
            self.asked.append(how)
        elif self.annotations:
            self._look()
        return {"metadata": {"annotations": dict(self.annotations)}, "status": self.status}

    def _look(self) -> None:
        self.annotations.clear()
        if len(self.asked) > self.forgets:
            now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            self.status = {"sync": {"revision": NEW}, "reconciledAt": now}


@pytest.mark.parametrize("forgets", [0, 2])
def test_rings_until_it_is_heard(forgets: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "PATIENCE", 0.0)
    argo = Argo(forgets)
    refresh.ring(cast(Api, argo), ["root"], NEW)
    assert argo.asked == ["normal"] * (forgets + 1)
    assert argo.status["sync"]["revision"] == NEW


def test_reads_again_what_was_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "PATIENCE", 0.0)
    argo = Argo(1)
    argo.status = {"reconciledAt": "2026-01-01T00:00:00Z"}
    began = time.time()
    refresh.read_again(cast(Api, argo), ["edge"])
    assert argo.asked == ["hard"] * 2
    assert dt.datetime.fromisoformat(argo.status["reconciledAt"]).timestamp() >= began
