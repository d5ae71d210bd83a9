"""`python -m tests.mesh.alive`: fifty branches of a caller come and go while the baseline's pods keep their connections:
none is closed, and no request fails. A policy that changes is seen: the same with one that does must close some."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import write
from tests.mesh.case import Case, compile_tree
from tests.mesh.envoy import Client
from tests.mesh.kept import PLATFORM
from tests.mesh.kubelet import text
from tests.mesh.scene import Scene, play

BRANCHES = 50
AT_ONCE = 5  # in one publish
CALLERS = 4  # connections that the caller's application keeps
Key = tuple[str, str, str]


def repository(root: Path) -> None:
    write(root, {"environments/platform.yaml": PLATFORM.replace("mtls: disabled", "mtls: strict")})


def objects(tree: Path) -> dict[Key, dict[str, Any]]:
    """What lanes and the mesh folders hold, for the control plane."""
    found = {}
    paths = [*tree.glob("overlays/lanes/*.yaml"), *tree.glob("overlays/*/mesh*/**/*.yaml")]
    for path in sorted(path for path in paths if path.name != "kustomization.yaml"):
        for item in yaml.load_all(path.read_text(), yaml.CSafeLoader):
            if item["apiVersion"].split("/")[0].endswith("istio.io"):
                metadata = item["metadata"]
                found[item["kind"], metadata["namespace"], metadata["name"]] = item
    return found


def send(case: Case, item: dict[str, Any], *, delete: bool) -> None:
    assert case.control.stdin and case.control.stdout
    item["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    order = {"delete": delete, "istio": True, "manifest": text([item])}
    case.control.stdin.write(json.dumps(order) + "\n")
    case.control.stdin.flush()
    if (said := case.control.stdout.readline().strip()) != "done":
        raise RuntimeError(said)


def states(case: Case) -> Iterator[dict[Key, dict[str, Any]]]:
    """The mesh after each publish by which branches came, and after each by which they went."""
    folder = case.repository / "environments/test/branches"
    for first in range(0, BRANCHES, AT_ONCE):
        for index in range(first, first + AT_ONCE):
            (folder / f"b{index}.yaml").write_text(f"runs:\n  web: {{tag: b{index}}}\n")
        yield objects(compile_tree(case.repository))
    for first in range(0, BRANCHES, AT_ONCE):
        for index in range(first, first + AT_ONCE):
            (folder / f"b{index}.yaml").unlink()
        yield objects(compile_tree(case.repository))


class Caller(threading.Thread):
    """The application of the baseline's `web`, which keeps one connection. `failed`: answers that were none."""

    def __init__(self, case: Case, over: threading.Event) -> None:
        super().__init__()
        self.case, self.over, self.asked = case, over, 0
        self.client = Client(case.network, case.pods["shop-test", "web"].space)
        self.failed: list[dict[str, Any]] = []

    def run(self) -> None:
        while not self.over.is_set():
            answer = self.client.ask(
                address=self.case.cluster.addresses["shop-test", "api"],
                port=8080,
                host="api.shop-test.svc.cluster.local",
            )
            self.asked += 1
            if answer.get("status") != 200:
                self.failed.append(answer)
            self.over.wait(0.02)
        self.client.close()


def closed(case: Case) -> int:
    """Connections to listeners of the baseline's pods that ended. A busy moment opens more; that is no change's doing."""
    found = 0
    for name in ("web", "api"):
        said = case.pods["shop-test", name].admin("/stats?filter=downstream_cx_destroy$")["body"]
        for stat, number in re.findall(
            r"^http\.(\S+)\.downstream_cx_destroy: (\d+)", said, re.MULTILINE
        ):
            found += int(number) if stat != "admin" else 0
    return found


def closed_by(case: Case, over: threading.Event, changes: Iterator[None]) -> int:
    """How many connections of the baseline's pods ended while changes came."""
    callers = [Caller(case, over) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        while not all(caller.asked > 20 for caller in callers):
            over.wait(0.05)
        before = closed(case)
        for _ in changes:
            over.wait(0.1)
        over.wait(2)
        return closed(case) - before
    finally:
        over.set()
        for caller in callers:
            caller.join()
            case.judge.record.requests += caller.asked
            for answer in caller.failed:
                case.judge.wrong(f"a request failed: {answer}")


def branches(case: Case) -> Iterator[None]:
    now = objects(case.tree)
    for state in states(case):
        changed = [item for key, item in state.items() if now.get(key) != item]
        gone = [item for key, item in now.items() if key not in state]
        for item in changed:
            send(case, json.loads(json.dumps(item)), delete=False)
        for item in gone:
            send(case, json.loads(json.dumps(item)), delete=True)
        now = state
        yield


def another_policy(case: Case) -> Iterator[None]:
    """One identity more, as each branch brought before policies spoke of environments."""
    for (kind, _, name), item in objects(case.tree).items():
        if kind == "AuthorizationPolicy" and name.startswith("api."):
            (rule,) = item["spec"]["rules"]
            rule["from"][0]["source"]["principals"].append("cluster.local/ns/shop-test/sa/new")
            send(case, item, delete=False)
            yield


def ask(case: Case) -> None:
    if ended := closed_by(case, threading.Event(), branches(case)):
        case.judge.wrong(f"{BRANCHES} branches closed {ended} connections of the baseline")
    if not closed_by(case, threading.Event(), another_policy(case)):
        case.judge.wrong("a policy that changes closes no connection, so nothing is shown")


def main() -> int:
    return play(
        __doc__,
        lambda version: [Scene(f"{BRANCHES} branches come and go", repository, ask)],
    )


if __name__ == "__main__":
    sys.exit(main())
