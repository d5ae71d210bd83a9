"""`python -m tests.edge --count 1000000`: odd but valid requests at the compiled edge on real Envoys.

Each answer is judged by the oracle of `tests/edge/oracle.py`, and `gen explain` is asked the same.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from generator.compiler.compile import compile_sources, valid
from generator.io.tree import read_sources
from generator.views.explain import Explanation, Request, explain_request
from tests.edge.draw import Draw
from tests.edge.oracle import Asked, Right, baggage_wrong, right
from tests.edge.world import repository
from tests.mesh import network, tools
from tests.mesh.case import Case
from tests.results import record

ENVOYS = ("1.38.3", "1.39.3", "1.40.0")
SHOWN = 8


class Edge:
    """One gateway, and what it was asked."""

    def __init__(self, case: Case, seed: int) -> None:
        self.case, self.draw = case, Draw(seed)
        self.plan = valid(compile_sources(read_sources(case.repository))).plan
        self.carries = case.input.propagation == "baggage"
        self.users: dict[tuple[str, ...], str] = {}
        self.asked, self.routed, self.wrong = 0, 0, list[str]()
        # The control plane finds a pod by its address.
        self.address = case.cluster.gateway["status"]["podIP"]

    def ask(self) -> None:
        asked = self.draw.request()
        answer = self.case.gateway.ask(
            address=self.address,
            port=80,
            host=asked.host,
            path=asked.path,
            headers=[[name, value] for name, value in asked.headers],
            http2=asked.http2,
        )
        self.asked += 1
        wanted = right(self.case.input, asked)
        for told in (self._judged(asked, wanted, answer), self._explained(asked, wanted, answer)):
            if told:
                short = [pair for pair in asked.headers if pair[0] != "authorization"]
                words = f"{asked.host}{asked.path} {short} claims {asked.claims}"
                self.wrong.append(f"{told}: {words}: {answer}, right is {wanted}")

    def _judged(self, asked: Asked, wanted: Right, answer: dict[str, Any]) -> str | None:
        """What is wrong with the answer."""
        if answer.get("status") != wanted.status:
            return "another status"
        if wanted.status != 200:
            return None
        self.routed += 1
        said = json.loads(answer["body"])
        lane = said["colour"]
        if lane not in wanted.lanes:
            return "another lane"
        known = lane in self.case.input.lanes()
        addressed = self.case.input.hosts()[_plain(asked.host)]
        unit = self.case.input.target(lane if known else addressed, wanted.service)
        if unit is None or self.case.judge.pods[said["address"]] != self.case.input.pod(
            wanted.service, unit
        ):
            return "another version"
        if wanted.user and self.users.setdefault(wanted.user, lane) != lane:
            return "another lane than before"
        if self.carries:
            return baggage_wrong(self.case.input, asked, lane, said.get("forwards"))
        return None

    def _explained(self, asked: Asked, wanted: Right, answer: dict[str, Any]) -> str | None:
        """What `gen explain` says otherwise. It is asked for what the gateway routes."""
        if wanted.status != 200 or answer.get("status") != 200:
            return None
        lane = json.loads(answer["body"])["colour"]
        told = explain_request(self.plan, _request(asked))
        if told is None:
            return "explain knows no answer"
        if told.lane != lane and not self._drawn(told, wanted, lane):
            return f"explain says {told.lane} ({told.told_by})"
        return None

    @staticmethod
    def _drawn(told: Explanation, wanted: Right, lane: str) -> bool:
        """Whether the lane is drawn for each request, and explain says so."""
        return wanted.user is None and lane in dict(told.choices) and len(told.choices) > 1


def _plain(host: str) -> str:
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def _request(asked: Asked) -> Request:
    """The request as a person would give it to explain."""
    headers: dict[str, list[str]] = {}
    for name, value in asked.headers:
        headers.setdefault(name.lower(), []).append(value.strip(" \t"))
    cookies: dict[str, str] = {}
    for line in headers.get("cookie", ()):
        for pair in line.split(";"):
            name, equals, value = pair.partition("=")
            if equals and value.strip() not in ("", '""'):
                cookies.setdefault(name.strip(), value)
    now = int(time.time())
    return Request(asked.host, asked.path, headers, cookies, asked.claims or {}, now)


def play(version: str, index: int, count: int, seconds: float, kind: str) -> tuple[int, int]:
    """(requests, disagreements) of one version."""
    propagation = ("baggage", "header")[index % 2]
    with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
        repository(Path(folder), propagation, kind)
        case = Case(Path(folder), version, index)
        try:
            edge = Edge(case, index)
            end = time.monotonic() + seconds
            while edge.asked < count and time.monotonic() < end:
                edge.ask()
        finally:
            case.close()
    print(
        f"Envoy {version}, an ingress of kind {kind}, colours in {propagation}: {edge.asked:,} requests, {edge.routed:,} of"
        f" them routed, {len(edge.wrong)} disagreements",
        flush=True,
    )
    for line in edge.wrong[:SHOWN]:
        print(f"  {line}")
    return edge.asked, len(edge.wrong) + (edge.routed < edge.asked // 4)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.edge")
    parser.add_argument("--count", type=int, default=30_000, help="of all versions together")
    parser.add_argument("--minutes", type=float, default=600, help="for each version and way")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ingress", choices=["istio", "gateway"], default="istio")
    parser.add_argument("--envoy", action="append", choices=tools.ENVOYS)
    options = parser.parse_args()
    versions = options.envoy or ENVOYS
    tools.prepare(list(versions))
    network.sweep()
    start = time.monotonic()
    plays = [(version, way) for version in versions for way in (0, 1)]
    asked = wrong = 0
    for version, way in plays:
        index = options.seed * 2 + way
        done = play(
            version, index, options.count // len(plays), options.minutes * 60, options.ingress
        )
        asked, wrong = asked + done[0], wrong + done[1]
    print(f"{asked:,} requests, {wrong} disagreements between edge, explain and oracle")
    name = "edge" if options.ingress == "istio" else "edge-gateway"
    record(name, seconds=time.monotonic() - start, wrong=wrong, requests=asked)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
