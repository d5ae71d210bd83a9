"""`python -m tests.mesh.kept`: a tenant moves while clients keep their connections to the gateway: none is closed, no request
fails, and once the new lane has answered on any of them, the old one never answers again."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import write
from tests.mesh.case import Case, compile_tree
from tests.mesh.envoy import Client
from tests.mesh.kubelet import text
from tests.mesh.scene import Scene, play

CLIENTS = 6
MOVES = 8
TENANTS = 100
PLATFORM = "name: shop\nmesh: {mtls: disabled}\ningress: {namespace: istio-ingress, serviceAccount: istio-ingress, selector: {istio: ingress}, port: 80}\nargocd: {repository: https://git.example.com/shop.git}\n"


def repository(root: Path) -> None:
    more = {
        f"environments/tenants/t{index}.yaml": f"match: [{{header: {{x-tenant: t{index}}}}}]\nlane: test\n"
        for index in range(TENANTS)
    }
    write(
        root,
        {
            "environments/platform.yaml": PLATFORM,
            "environments/test/branches/login.yaml": "runs:\n  web: {tag: b1}\n",
        }
        | more,
    )


def move(case: Case, lane: str) -> None:
    """Gives acme another lane, in the source, and hands the control plane what changed."""
    (case.repository / "environments/tenants/acme.yaml").write_text(
        f"match: [{{header: {{x-tenant: acme}}}}]\nlane: {lane}\n"
    )
    before = {path: path.read_bytes() for path in case.tree.rglob("*.yaml")}
    tree = compile_tree(case.repository)
    changed = sorted(
        path.relative_to(tree).as_posix()
        for path in tree.rglob("*.yaml")
        if before.get(path) != path.read_bytes()
    )
    if changed != ["argocd/applications/edge.yaml", "overlays/edge/tenants.yaml"]:
        raise RuntimeError(f"a tenant's move changes {changed}")
    assert case.control.stdin and case.control.stdout
    item = yaml.safe_load((tree / "overlays/edge/tenants.yaml").read_text())
    item["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    case.control.stdin.write(
        json.dumps({"delete": False, "istio": True, "manifest": text([item])}) + "\n"
    )
    case.control.stdin.flush()
    if (said := case.control.stdout.readline().strip()) != "done":
        raise RuntimeError(said)


class Asker(threading.Thread):
    """One client with one connection. `heard`: (asked at, answered at, the pod that answered, or what went wrong)."""

    def __init__(self, case: Case, tenant: str, over: threading.Event) -> None:
        super().__init__()
        self.case, self.tenant, self.over = case, tenant, over
        self.client = Client(case.network, "gate")
        self.heard: list[tuple[float, float, Any]] = []

    def run(self) -> None:
        while not self.over.is_set():
            asked = time.monotonic()
            answer = self.client.ask(
                address=self.case.cluster.gateway["status"]["podIP"],
                port=80,
                host="test.example.com",
                headers=[["x-tenant", self.tenant]],
            )
            pod = (
                self.case.judge.pods[json.loads(answer["body"])["address"]][1]
                if answer.get("status") == 200
                else answer
            )
            self.heard.append((asked, time.monotonic(), pod))
        self.client.close()


def connections(case: Case) -> int:
    """All that were ever opened to the gateway's listener."""
    said = case.gateway.admin("/stats?filter=downstream_cx_total")["body"]
    return sum(
        int(number)
        for name, number in re.findall(
            r"^http\.(\S+)\.downstream_cx_total: (\d+)", said, re.MULTILINE
        )
        if name != "admin"
    )


def ask(case: Case) -> None:
    over, moved, wrong = threading.Event(), [], case.judge.wrong
    askers = [Asker(case, tenant, over) for tenant in ("acme", "t1") for _ in range(CLIENTS // 2)]
    for asker in askers:
        asker.start()
    try:
        while not all(asker.heard for asker in askers):
            time.sleep(0.05)
        opened = connections(case)
        for index in range(MOVES):
            lane = ("test", "test/login")[index % 2]
            moved.append((time.monotonic(), {"test": "web", "test/login": "web-login"}[lane]))
            move(case, lane)
            time.sleep(0.7)
    finally:
        over.set()
        for asker in askers:
            asker.join()
    if (more := connections(case) - opened) > 0:
        wrong(f"{more} connections were closed and opened again")
    heard = sorted(entry for asker in askers if asker.tenant == "acme" for entry in asker.heard)
    for index, (start, pod) in enumerate(moved):
        end = moved[index + 1][0] if index + 1 < len(moved) else heard[-1][1]
        seen = [entry for entry in heard if start <= entry[0] < end]
        first = min((answered for _, answered, who in seen if who == pod), default=end)
        late = [entry for entry in seen if entry[0] > first and entry[2] != pod]
        if first >= end or late:
            wrong(
                f"move {index}: {len(late)} answers of the old lane after the new one"
                if late
                else f"move {index} was never seen"
            )
    for answer in [
        entry[2]
        for asker in askers
        for entry in asker.heard
        if entry[2] not in (("web", "web-login") if asker.tenant == "acme" else ("web",))
    ]:
        wrong(f"another answer: {answer}")
    case.judge.record.requests += sum(len(asker.heard) for asker in askers)


def main() -> int:
    return play(
        __doc__,
        lambda version: [Scene(f"{MOVES} moves under {CLIENTS} kept connections", repository, ask)],
    )


if __name__ == "__main__":
    sys.exit(main())
