"""A repository, compiled and simulated: a case of `make mesh` without processes, so that the same questions are asked."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

from generator.compiler.compile import Compiled, compile_sources
from generator.io.tree import read_sources
from generator.views import routes
from generator.vocabulary.findings import Findings
from tests.mesh import chains, ingress, inside, tables
from tests.mesh.case import Case, Invalid
from tests.mesh.envoy import Pod
from tests.mesh.judge import Judge
from tests.mesh.kubelet import Cluster
from tests.mesh.oracle import Input
from tests.simulate import tree
from tests.simulate.filters import forget
from tests.simulate.mesh import Answer, Ingress, Mesh, Sidecar

Key = tuple[str, str]  # (namespace, workload); the gateway's is without a namespace
GATEWAY: Key = ("", "gateway")
CHAINS = 30
USERS = 8  # of one sticky tenant, each asked twice


class Asked(NamedTuple):
    who: Key
    request: dict[str, Any]


NOTHING = Asked(GATEWAY, {})


@dataclass
class Recorded(Judge):
    """Keeps of each wrong answer the request, and counts requests that are different."""

    wrongs: list[tuple[str, Asked]] = field(default_factory=list)
    different: set[int] = field(default_factory=set)
    last: Asked = NOTHING

    def wrong(self, line: str) -> None:
        super().wrong(line)
        self.wrongs.append((line, self.last))


@dataclass
class Asking:
    """A pod, or the gateway, whose requests are kept."""

    who: Key
    judge: Recorded
    way: Sidecar | Ingress

    def ask(self, **request: Any) -> Answer:
        self.judge.last = Asked(self.who, request)
        told = tuple((name, str(value)) for name, value in request.items() if name != "http2")
        self.judge.different.add(hash((self.who, told)))
        return self.way.ask(**request)


def compiled(repository: Path) -> Compiled:
    """Raises `Invalid` where the compiler refuses."""
    done = compile_sources(read_sources(repository))
    if isinstance(done, Findings):
        raise Invalid(str(done.found[0].message))
    return done


class World(Case):
    """Every pod that calls anything asks; nothing is started."""

    def __init__(self, repository: Path, version: str, seed: int) -> None:
        forget()
        self.repository, self.input = repository, Input.read(repository)
        done = compiled(repository)
        files = {path: bytes(content).decode() for path, content in done.files.items()}
        outside = self.input.platform["ingress"]
        self.cluster = Cluster(tree.objects(files), outside)
        self.dice = random.Random(seed)
        self.strict = self.input.platform["mesh"].get("mtls") != "disabled"
        # Whom identities refuse the network refuses too, and it does always: each is judged alone.
        self.firewalled = not self.strict or self.dice.random() < 0.5
        pods = {pod["status"]["podIP"]: key for key, pod in self.cluster.pods.items()}
        self.judge: Recorded = Recorded(self.input, pods, self.input.allowed(), self.firewalled)
        self.table = self.learn(json.loads("".join(routes.text(done.plan))))
        mesh = simulated(self, self.cluster, version)
        self.callers = [
            (unit, service)
            for unit, runs in sorted(self.input.running.items())
            for service in sorted(runs)
            if self.input.calls(service)
        ]
        self.pods = {}
        for unit, service in self.callers:
            key = self.input.pod(service, unit)
            sidecar = mesh.sidecar(self.cluster.pods[key]["status"]["podIP"])
            self.pods[key] = cast(Pod, Asking(key, self.judge, sidecar))
        edge = Ingress(mesh, self.cluster.gateway, outside["port"])
        self.edge, self.gateway = edge, cast(Pod, Asking(GATEWAY, self.judge, edge))

    def close(self) -> None:
        """Nothing was started."""


def simulated(case: Case, cluster: Cluster, version: str) -> Mesh:
    """The mesh of a case, of the objects that its cluster has."""
    forwards = {"header": case.input.header, "baggage": "baggage"}[case.input.propagation]
    objects = cluster.core + [item for item in cluster.istio if case.known(item)]
    return Mesh(objects, case.input.header, forwards, version, firewalled=case.firewalled)


def ask(world: World) -> Recorded:
    """What `make mesh` asks, of every pod."""
    inside.ask(world)
    ingress.ask(world)
    chains.ask(world, CHAINS)
    world.judge.last = NOTHING
    tables.compare(world)
    stay(world)
    return world.judge


def stay(world: World) -> None:
    """A user of a sticky tenant gets one lane, whenever."""
    entries = world.input.entries()
    for tenant in world.input.tenants.values() if entries else ():
        ((kind, name),) = (tenant.get("sticky") or {"": ""}).items()
        told = next((rule for rule in tenant["match"] if "host" not in rule), None)
        if not kind or told is None:
            continue
        for index in range(USERS):
            given = ingress.NOTHING | told
            given = given | {kind: given[kind] | {name: f"user-{index}"}}
            answers = {_lane(world, ingress.sent(given), entries[0][0]) for _ in range(2)}
            if len(answers) > 1:
                world.judge.wrong(f"user-{index} of {tenant} got several lanes: {answers}")


def _lane(world: World, headers: list[list[str]], path: str) -> str:
    world.judge.record.requests += 1
    host = min(world.input.hosts())
    return str(ingress.send(world, host, path, headers))
