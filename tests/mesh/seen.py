"""`python -m tests.mesh.seen`: what Envoys tell of lanes, as sidecars and as waypoints. Access logs name the lane of each request, at the gateway and at
both ends of a call, whatever clients send; the metrics' expression gives the same; spans get the tag. The filter that
makes Istio's metrics is in no Envoy but Istio's own, so of that the control plane's word is asked."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from generator.targets.istio.telemetry import LABEL, NONE, expression
from tests.conftest import Files, service, write
from tests.mesh import tools
from tests.mesh.ambient import Ambient
from tests.mesh.case import MESH, Case
from tests.mesh.envoy import Pod
from tests.mesh.kept import PLATFORM
from tests.mesh.scene import Scene, play

LOGGED = {
    "path": "%REQ(:PATH)%",
    "lane": "%REQ(X-LANE)%",
    "label": f"%CEL({expression('x-lane')})%",
    "status": "%RESPONSE_CODE%",
}
Call = tuple[str, list[list[str]], str]  # a caller, headers, and the lane that is told
FORGED = ("test/login", "nobody/knows", "", "test/login,test")


class Watched(Case):
    mesh = MESH | {
        "extensionProviders": [
            {
                "name": "lanes",
                "envoyFileAccessLog": {"path": "/dev/stdout", "logFormat": {"labels": LOGGED}},
            },
            {
                "name": "traces",
                "zipkin": {"service": "api.shop-test.svc.cluster.local", "port": 8080},
            },
        ],
    }


class Measured(Case):
    mesh = MESH | {"extensionProviders": [{"name": "prometheus", "prometheus": {}}]}


class WatchedWaypoints(Ambient):
    mesh = Watched.mesh


class MeasuredWaypoints(Ambient):
    mesh = Measured.mesh


def repository(root: Path, said: str, plane: str) -> None:
    files: Files = service("web", "calls: [api]\nentry: [{prefix: /}]\nforwardsColour: true\n")
    platform = PLATFORM
    if plane == "ambient":
        platform = platform.replace("mtls: disabled", "plane: ambient, istio: '1.31'")
    files["environments/platform.yaml"] = f"{platform}telemetry: {said}\n"
    files["environments/test/branches/login.yaml"] = "runs: {web: {tag: b}, api: {tag: b}}\n"
    write(root, files)


def logged(case: Case, key: tuple[str, str], path: str) -> list[dict[str, Any]]:
    """What a pod's Envoy logged of a path; it writes what it logged every ten seconds."""
    for _ in range(300):
        lines = case.pods[key].log.read_text().splitlines()
        said = [json.loads(line) for line in lines if line.startswith("{")]
        if found := [line for line in said if line["path"] == path]:
            return found
        time.sleep(0.05)
    return []


def ask(case: Case) -> None:
    wrong = case.judge.wrong
    asked = [([["x-tenant", "acme"]], "test/login"), ([], "test")]
    asked += [([["x-tenant", "acme"], ["x-lane", text]], "test/login") for text in FORGED]
    asked += [([["x-lane", text]], "test") for text in FORGED]
    calls: list[Call] = [("web", [], NONE), ("web", [["x-lane", "perf"]], "perf")]
    calls += [("web", [["x-lane", ""]], NONE), ("web-login", [], "test/login")]
    calls += [("web", [["x-lane", "nobody/knows"]], "nobody/knows")]
    for index, (headers, _) in enumerate(asked):
        case.gateway.ask(
            address=case.cluster.gateway["status"]["podIP"], port=80,
            host="test.example.com", path=f"/gate{index}", headers=headers,
        )  # fmt: skip
    for index, (caller, headers, _) in enumerate(calls):
        case.pods["shop-test", caller].ask(
            address=case.cluster.addresses["shop-test", "api"], port=8080,
            host="api.shop-test.svc.cluster.local", path=f"/call{index}", headers=headers,
        )  # fmt: skip
    case.judge.record.requests += len(asked) + len(calls)
    for index, (headers, lane) in enumerate(asked):
        for line in logged(case, ("", "gateway"), f"/gate{index}") or [{}]:
            if (line.get("lane"), line.get("label")) != (lane, lane):
                wrong(f"the gateway, {headers}: {line} in the place of {lane}")
    for index, (caller, headers, lane) in enumerate(calls):
        sees = "waypoint" if isinstance(case, Ambient) else caller
        for line in logged(case, ("shop-test", sees), f"/call{index}") or [{}]:
            if line.get("label") != lane:
                wrong(f"a call of {caller} with {headers}: {line} in the place of {lane}")
    proxies = {key: pod for key, pod in case.pods.items() if isinstance(pod, Pod)}
    for key, pod in proxies.items():
        tags = json.dumps(
            {"tag": LABEL, "request_header": {"name": "x-lane", "default_value": NONE}}
        )
        if tags not in json.dumps(json.loads(pod.admin("/config_dump")["body"])):
            wrong(f"spans of {key} have no tag {LABEL}")


# Waypoints are made by the control plane. Sidecars may be older, and an older Envoy does not know its tags of spans.
WAYPOINTS = tools.ENVOYS[1:]


class Refused(Scene):
    """An Envoy without Istio's own filters refuses each listener that has one; the first that does is a pod whose name begins
    with `where`."""

    where = ""

    def play(self, version: str) -> int:
        try:
            super().play(version)
        except RuntimeError as error:
            missing = str(error).count("istio.stats")
            if not str(error).startswith(f"Envoy of {self.where}"):
                missing = 0
            print(f"Envoy {version}, {self.words}: asked for by {missing} listeners")
            return 0 if missing else 1
        print(f"Envoy {version}, {self.words}: nobody asks for istio.stats")
        return 1


class RefusedWaypoints(Refused):
    where = "waypoint"


def scenes(version: str) -> Iterable[Scene]:
    told, counted = "{accessLog: [lanes], spans: traces}", "{metrics: [prometheus]}"
    for plane, watched, measured, refused in (
        ("sidecar", Watched, Measured, Refused),
        ("ambient", WatchedWaypoints, MeasuredWaypoints, RefusedWaypoints),
    ):
        if plane == "ambient" and version not in WAYPOINTS:
            continue
        write_told = partial(repository, said=told, plane=plane)
        yield Scene(f"logs and spans, {plane}", write_told, ask, watched)
        write_counted = partial(repository, said=counted, plane=plane)
        yield refused(f"metrics, {plane}", write_counted, ask, measured)


if __name__ == "__main__":
    sys.exit(play(__doc__, scenes))
