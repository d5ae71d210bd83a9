"""`python -m tests.mesh.ways`: ways in from the ingress, single paths and beginnings of them, exchanged and not, and what lanes
refuse there, with identities: at a Gateway of Istio and at one of the Gateway API, with each kind of routes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests.conftest import service, write
from tests.mesh.case import Case
from tests.mesh.scene import Scene, play

Way = dict[str, str]
WAYS: dict[str, list[Way]] = {
    "web": [{"prefix": "/"}, {"exact": "/a"}, {"prefix": "/a.b"}],
    "api": [
        {"prefix": "/a"},
        {"prefix": "/a/b/"},
        {"exact": "/a.b"},
        {"exact": "/login", "rewrite": "/in.html"},
        {"exact": "/a//b", "rewrite": "/"},
    ],
}
SEAM = {"prefix": "/shop/", "rewrite": "/"}  # of what exchanges the beginning of a path
PATHS = (
    *("/", "/a", "/ab", "/a/", "/a/b", "/a/b/", "/a/b/c", "/a.b", "/axb", "/a.bc", "/a.b/c"),
    *("/a//b", "/a//bc", "/login", "/login/", "/loginx", "/A", "/x%2Fa", "/shop", "/shop/", "/shop/x/y"),
)  # fmt: skip
TENANTS = {"login": "test/login", "alone": "alone", "perf": "perf", "none": None}


def repository(root: Path, ingress: str, routes: str) -> None:
    """`alone` is strict and runs api alone, so that web is refused there."""
    kind = (
        "kind: gateway"
        if ingress == "gateway"
        else "serviceAccount: istio-ingress, selector: {istio: ingress}"
    )
    tenants = {
        f"environments/tenants/{name}.yaml": f"match: [{{header: {{x-tenant: {name}}}}}]\nlane: {lane}\n"
        for name, lane in TENANTS.items()
        if lane
    }
    write(
        root,
        service("web", f"calls: [api]\nentry: {json.dumps(ways('web', ingress))}\n")
        | service("api", f"entry: {json.dumps(ways('api', ingress))}\n")
        | tenants
        | {
            "environments/platform.yaml": f"name: shop\nmesh: {{istio: '1.31', routes: {routes}}}\n"
            f"ingress: {{namespace: istio-ingress, port: 80, {kind}}}\n"
            "argocd: {repository: https://git.example.com/shop.git}\n",
            "environments/lanes/alone.yaml": "through: [test/login]\nisolation: strict\n",
            "environments/tenants/acme.yaml": None,
        },
    )


def ways(name: str, ingress: str) -> list[Way]:
    return [*WAYS[name], SEAM] if name == "api" and ingress == "istio" else WAYS[name]


def right(path: str, ingress: str) -> tuple[str, str]:
    """The service that a path leads to, and what it is asked for."""
    told = [(name, way) for name in WAYS for way in ways(name, ingress)]
    for name, way in told:
        if way.get("exact") == path:
            return name, way.get("rewrite", path)
    name, way = max(
        (pair for pair in told if path.startswith(pair[1].get("prefix", "\0"))),
        key=lambda pair: len(pair[1]["prefix"]),
    )
    if "rewrite" not in way:
        return name, path
    begin = way["prefix"].rstrip("/")
    return name, way["rewrite"].rstrip("/") + "/" + path[len(begin) :].removeprefix("/")


def ask(case: Case, ingress: str) -> None:
    for path in PATHS:
        name, wanted = right(path, ingress)
        for tenant, lane in TENANTS.items():
            for http2 in (False, True):
                answer = case.gateway.ask(
                    address=case.cluster.gateway["status"]["podIP"],
                    port=80,
                    host="test.example.com",
                    path=f"{path}?q=/a",
                    headers=[["x-tenant", tenant], ["x-lane", "perf"]],
                    http2=http2,
                )
                case.judge.record.requests += 1
                told = _told(case, name, f"{wanted}?q=/a", lane or "test", answer)
                if told:
                    case.judge.wrong(f"{path} of {tenant} (HTTP/2: {http2}): {told}: {answer}")


def _told(case: Case, name: str, wanted: str, lane: str, answer: dict[str, Any]) -> str:
    """What is wrong; empty where nothing is."""
    unit = None if (lane, name) == ("alone", "web") else case.input.target(lane, name)
    if lane == "alone" and name == "api":
        unit = "test/login"
    if unit is None:
        body = f"no version of {name} answers in the lane {lane}\n"
        right = answer.get("status") == 503 and answer["body"] == body
        return "" if right else f"expected 503 {body!r}"
    if answer.get("status") != 200:
        return "expected 200"
    said = json.loads(answer["body"])
    if case.judge.pods[said["address"]] != case.input.pod(name, unit):
        return f"expected {name} in {unit}"
    if said["colour"] != lane:
        return f"expected the colour {lane}"
    return "" if said["path"] == wanted else f"expected to be asked for {wanted}"


def scenes(version: str) -> Iterator[Scene]:
    del version
    for ingress in ("istio", "gateway"):
        for routes in ("virtualService", "gateway"):
            write_it = partial(repository, ingress=ingress, routes=routes)
            words = f"an ingress of kind {ingress}, {routes} in the mesh"
            yield Scene(words, write_it, partial(ask, ingress=ingress))


if __name__ == "__main__":
    sys.exit(play(__doc__, scenes))
