"""Has Argo CD look at Applications again, and sees that it does.

Up to 3.5 Argo CD forgets a request that comes while it is still busy with an earlier one: a request is an annotation, and
what is busy removes it at its end, whoever set it meanwhile (argo-cd 28306, mended after 3.5). What it compared before
the request may be older than what the request is about, so who asks has to see what was compared.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Callable, Iterable

from tests.cluster import report
from tests.cluster.api import APPLICATIONS, PATCH, Api, Object

ASKED = "argocd.argoproj.io/refresh"
PATIENCE = 10.0  # seconds until a request counts as forgotten
TIMES = 6


def ring(api: Api, names: Iterable[str], tip: str) -> None:
    """Until each Application was compared with a commit. Who waits for more than that tells it if it never is."""
    _insist(api, set(names), "normal", lambda status: status.get("sync", {}).get("revision") == tip)


def read_again(api: Api, names: Iterable[str]) -> None:
    """Until each Application was compared with what its tag points to now, and not with what Argo CD remembers."""
    since = math.ceil(time.time())  # Argo CD tells whole seconds, in which a comparison began
    time.sleep(since - time.time())
    _insist(api, set(names), "hard", lambda status: _began(status) >= since)


def _insist(api: Api, names: set[str], how: str, done: Callable[[Object], bool]) -> None:
    for _ in range(TIMES):
        for name in names:  # what asks for what is asked for already would be no event
            _ask(api, name, None)
            _ask(api, name, how)
        end = time.monotonic() + PATIENCE
        while names := {name for name in names if _waits(api.ask("GET", _path(name)), done)}:
            if time.monotonic() > end:
                break
            time.sleep(0.1)
        if not names:
            return
        report.say(f"asked again to look at {', '.join(sorted(names))}")


def _ask(api: Api, name: str, how: str | None) -> None:
    api.ask("PATCH", _path(name), {"metadata": {"annotations": {ASKED: how}}}, PATCH)


def _waits(application: Object, done: Callable[[Object], bool]) -> bool:
    asked = ASKED in (application["metadata"].get("annotations") or {})
    return asked or not done(application.get("status", {}))


def _began(status: Object) -> float:
    """When the last comparison began, in seconds since 1970."""
    said = status.get("reconciledAt") or "1970-01-01T00:00:00Z"
    return dt.datetime.fromisoformat(said).timestamp()


def _path(name: str) -> str:
    return f"{APPLICATIONS}/{name}"
