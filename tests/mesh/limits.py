"""`python -m tests.mesh.limits`: what is asked of pods is limited unit by unit, and a pod that fails is left out, by sidecars and by
waypoints, with each kind of routes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests.conftest import service, write
from tests.mesh.ambient import Ambient
from tests.mesh.case import Case
from tests.mesh.envoy import Client, Pod
from tests.mesh.scene import Scene, play

SAYS = "traffic: {limits: {requests: 1}, outliers: {errors: 3, every: 1s, rest: 30s, share: 100}}\n"
SILENT = 9999  # where what is asked of `api` waits for an answer
LISTENER = (
    f"import socket, sys; s = socket.create_server(('127.0.0.1', {SILENT})); print('ready', flush=True); "
    "kept = []\nwhile True: kept.append(s.accept())"
)
LANES = (None, "test/login", "perf")
UNITS = {None: ("shop-test", "api"), "test/login": ("shop-test", "api-login"), "perf": ("shop-perf", "api")}  # fmt: skip


def repository(root: Path, plane: str, routes: str) -> None:
    write(
        root,
        service("web", "calls: [api]\nentry: [{prefix: /}]\n")
        | service("api", SAYS)
        | {
            "environments/platform.yaml": f"name: shop\nmesh: {{istio: '1.31', plane: {plane}, routes: {routes}}}\n"
            "ingress: {namespace: istio-ingress, serviceAccount: istio-ingress, selector: {istio: ingress}, port: 80}\n"
            "argocd: {repository: https://git.example.com/shop.git}\n"
        },
    )


def proxy(case: Case) -> Pod:
    """Whoever sends what `web` asks of `api`."""
    name = "waypoint" if isinstance(case, Ambient) else "web"
    return case.pods["shop-test", name]


def asked(case: Case, client: Any, lane: str | None, path: str = "/") -> dict[str, Any]:
    case.judge.record.requests += 1
    said: dict[str, Any] = client.ask(
        address=case.cluster.addresses["shop-test", "api"],
        port=8080,
        host="api.shop-test",
        path=path,
        headers=[["x-lane", lane]] if lane else [],
    )
    return said


def answered(case: Case, lane: str | None) -> bool:
    said = asked(case, case.pods["shop-test", "web"], lane)
    if said.get("status") != 200:
        return False
    return bool(case.judge.pods[json.loads(said["body"])["address"]] == UNITS[lane])


def is_under_way(case: Case) -> bool:
    said = proxy(case).admin("/stats?filter=api.*rq_active$")["body"]
    return any(line.endswith(": 1") for line in said.splitlines())


def until(true: Any, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def ask(case: Case) -> None:
    for lane in LANES:
        if not answered(case, lane):
            case.judge.wrong(f"{lane}: no answer while nothing is under way")
    for lane in (None, "perf"):
        _limited(case, lane)
    _left_out(case)


def _limited(case: Case, full: str | None) -> None:
    """While the version of a lane has a request, it gets no other, and those beside it do."""
    space = case.pods["shop-test", "web"].space
    here = case.pods[UNITS[full]].space
    case.serve(case.network.inside(here, sys.executable, "-c", LISTENER))
    waiting = Client(case.network, space)
    path = f"/?via=127.0.0.1,{SILENT},silent,0"
    held = threading.Thread(target=partial(asked, case, waiting, full, path))
    held.start()
    try:
        if not until(partial(is_under_way, case)):
            case.judge.wrong("no request is under way")
        for lane in LANES:
            if answered(case, lane) == (lane == full):
                case.judge.wrong(f"{lane}: beside a request of {full}")
    finally:
        held.join()
        waiting.close()
    if not answered(case, full):
        case.judge.wrong(f"{full}: no answer after the first request")


def _left_out(case: Case) -> None:
    """A pod whose application is gone is left out after three errors, and the baseline is not."""
    _application(case, "api-login").kill()
    for _ in range(5):
        if answered(case, "test/login"):
            case.judge.wrong("an application that is gone answers")
    out = partial(_flagged, case, "api-login.shop-test")
    if not until(out):
        case.judge.wrong("a pod that fails is not left out")
    if _flagged(case, "api.shop-test") or not answered(case, None):
        case.judge.wrong("the baseline is left out with the branch")


def _flagged(case: Case, host: str) -> bool:
    said = proxy(case).admin("/clusters")["body"]
    return any(
        f"|{host}.svc" in line and "failed_outlier_check" in line for line in said.splitlines()
    )


def _application(case: Case, workload: str) -> subprocess.Popen[Any]:
    space = case.network.full(case.pods["shop-test", workload].space)
    (found,) = [
        process
        for process in case.processes
        if isinstance(process.args, list) and space in process.args and "serve" in process.args
    ]
    return found


def scenes(version: str) -> Iterator[Scene]:
    del version
    for plane, made in (("sidecar", Case), ("ambient", Ambient)):
        for routes in ("virtualService", "gateway"):
            yield Scene(
                f"{routes} on {plane}", partial(repository, plane=plane, routes=routes), ask, made
            )


if __name__ == "__main__":
    sys.exit(play(__doc__, scenes))
