"""`python -m tests.simulate.held --requests 10000`: the same questions to real Envoys and to the simulation, which must answer alike.

The cases are those of `make mesh`, which asks so with `--held`, on Istio's control plane; the simulation reads the objects that the real Kustomize
built, and its own reading of the tree is held to them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tests.mesh import chains, ingress, inside, network, tools
from tests.mesh.case import Case, Invalid
from tests.mesh.envoy import Pod
from tests.mesh.kubelet import Object
from tests.mesh.topology import generate
from tests.results import record
from tests.simulate import tree
from tests.simulate.mesh import Answer, Ingress, Sidecar
from tests.simulate.world import simulated

CHAINS = 25
SHOWN = 5
BATCH = 12  # topologies at a time


@dataclass
class Held:
    """What one case showed. `drawn`: requests whose lane a lot decides, which cannot be compared."""

    seed: int
    asked: int = 0
    drawn: int = 0
    different: list[str] = field(default_factory=list)


@dataclass
class Both:
    """A real pod and the simulated one: each request goes to both."""

    name: str
    real: Pod
    way: Sidecar | Ingress
    held: Held

    def ask(self, **request: Any) -> Answer:
        answer = self.real.ask(**request)
        mine = self.way.ask(**request)
        if getattr(self.way, "drawn", False):
            self.held.drawn += 1
            return answer
        self.held.asked += 1
        if not alike(answer, mine):
            self.held.different.append(f"{self.name} {request}: Envoy {answer}, simulated {mine}")
        return answer


def alike(real: Answer, mine: Answer) -> bool:
    """The same application with the same colour and the same calls behind it, the same refusal, or the same status of a
    proxy, whose words are its own."""
    if "error" in real or "error" in mine:
        return "error" in real and "error" in mine
    if real["status"] != mine["status"]:
        return False
    if real["status"] == 200:
        return _saying(json.loads(real["body"])) == _saying(json.loads(mine["body"]))
    refused = "no version of"
    return refused not in real["body"] + mine["body"] or real["body"] == mine["body"]


def _saying(said: Answer) -> Any:
    """What counts of an application's words. Of an error in a later call its status does."""
    if "error" in said:
        return said["error"].partition(" ")[0]
    return said["address"], said["port"], said["colour"], "next" in said and _saying(said["next"])


def run(seed: int, version: str, mtls: str) -> Held:
    held = Held(seed)
    with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
        root = Path(folder)
        if not generate(seed, root, version, mtls):
            return held
        try:
            case = Case(root, version, seed)
        except Invalid:
            return held
        try:
            with both(case, version, held):
                inside.ask(case)
                ingress.ask(case)
                if case.strict:
                    chains.ask(case, CHAINS)
            held.different += case.judge.record.disagreements
        finally:
            case.close()
    return held


@contextmanager
def both(case: Case, version: str, held: Held) -> Iterator[None]:
    """While it lasts, whatever is asked of the case is asked of the simulation, too."""
    held.different += misread(case)
    mesh = simulated(case, case.cluster, version)
    pods, gateway = dict(case.pods), case.gateway
    for key in [key for key in pods if key[0]]:
        sidecar = mesh.sidecar(case.cluster.pods[key]["status"]["podIP"])
        case.pods[key] = cast(Pod, Both("/".join(key), pods[key], sidecar, held))
    edge = Ingress(mesh, case.cluster.gateway, case.input.platform["ingress"]["port"])
    case.gateway = cast(Pod, Both("gateway", gateway, edge, held))
    try:
        yield
    finally:
        case.pods.update(pods)
        case.gateway = gateway


def misread(case: Case) -> list[str]:
    """Where the simulation's own reading of the tree is not what Kustomize built, in what it looks at."""
    files = {
        path.relative_to(case.tree).as_posix(): path.read_text()
        for path in case.tree.rglob("*.yaml")
    }
    own = dict(tree.named(tree.objects(files)))
    built = case.cluster.core + case.cluster.istio
    made = {"Pod", "EndpointSlice", "Node"}
    real = {key: item for key, item in tree.named(built) if key[0] not in made and key in own}
    lost = [str(key) for key in own.keys() - real.keys()]
    return [f"Kustomize builds no {key}" for key in lost] + [
        f"{key} is read as {_looked_at(own[key])}, built as {_looked_at(item)}"
        for key, item in real.items()
        if _looked_at(own[key]) != _looked_at(item)
    ]


def _looked_at(item: Object) -> Any:
    spec = item.get("spec") or {}
    if item["kind"] == "Service":
        ports = [(port["name"], port["port"], port["targetPort"]) for port in spec["ports"]]
        return spec.get("selector"), ports
    if item["kind"] == "Deployment":
        pod = spec["template"]
        account = pod["spec"].get("serviceAccountName")
        return spec.get("replicas"), pod["metadata"]["labels"], account
    return spec if "istio" in item["apiVersion"] else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first seed")
    parser.add_argument("--envoy", action="append", choices=tools.ENVOYS)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    versions = options.envoy or [tools.NEWEST]
    tools.prepare(versions)
    network.sweep()
    start, found, seed = time.monotonic(), list[Held](), options.first
    with ProcessPoolExecutor(options.jobs) as pool:
        while sum(held.asked for held in found) < options.requests:
            batch = range(seed, seed + BATCH)
            seed += BATCH
            asked = [
                pool.submit(
                    run, one, versions[one % len(versions)], ("disabled", "strict")[one % 2]
                )
                for one in batch
            ]
            for held in (done.result() for done in asked):
                found.append(held)
                for line in held.different[:SHOWN]:
                    print(f"seed {held.seed}: {line[:1500]}", flush=True)
    different = sum(len(held.different) for held in found)
    print(
        f"Envoy {', '.join(versions)}: {len(found)} topologies, {sum(held.asked for held in found):,} requests "
        f"answered by both, {different} differently, {sum(held.drawn for held in found)} drawn by lot, "
        f"{time.monotonic() - start:.0f} s"
    )
    asked = sum(held.asked for held in found)
    record("simulate-held", seconds=time.monotonic() - start, wrong=different, requests=asked)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
