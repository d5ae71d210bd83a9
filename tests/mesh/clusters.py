"""`python -m tests.mesh.clusters --seeds 1-20`: random topologies on two and three clusters, a control plane for each, which
sees the registries of its mesh and the configuration of its own cluster alone.

All pods are on one bridge; between networks their addresses are cut, and gateways have a second one that is not.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.mesh import far, ingress, inside, network, tools
from tests.mesh.__main__ import SHOWN, seeds
from tests.mesh.case import MESH, Case
from tests.mesh.envoy import Pod, Where
from tests.mesh.judge import Record
from tests.mesh.kubelet import Addresses, Cluster, Object, by_folder, text
from tests.mesh.oracle import Input
from tests.mesh.spread import KINDS, NAMES, ranges, spread
from tests.mesh.topology import generate

SERVER = "https://kubernetes.default.svc"
BETWEEN = "10.244.192"  # where gateways between networks are reached


@dataclass
class Seat:
    """One of the clusters: its objects, and its proxies at the edge."""

    name: str
    index: int
    mesh: str
    network: str
    trust: str
    cluster: Cluster
    ingress: Object
    gateways: list[Pod] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"cluster-{self.name or 'own'}"

    @property
    def metadata(self) -> dict[str, str]:
        return {"NETWORK": self.network} if self.network else {}


class Clusters(Case):
    """A case on several clusters. `seats` by name; `cluster` is all of them together."""

    def _cluster(self, addresses: Addresses | None) -> Cluster:
        self.seats: dict[str, Seat] = {}
        deployed = _deployed(self.tree, self.input)
        for index, name in enumerate(NAMES[: 1 + len(self.input.platform["clusters"])]):
            said = self.input.platform["clusters"][name] if name else self.input.platform["cluster"]
            door = self.input.platform["ingress"] | said.get("ingress", {})
            made = Cluster(deployed.get(name, []), door, Addresses(index))
            mesh = self.input.mesh(name)
            trust = self.input.trust(name)
            seat = Seat(name, index, mesh, said.get("network", ""), trust, made, door)
            if seat.network:
                _between(seat)
            self.seats[name] = seat
        whole = Cluster([], self.input.platform["ingress"], Addresses(3))
        whole.pods, whole.core, whole.istio = {}, [], []
        for seat in self.seats.values():
            whole.pods |= {
                key: pod for key, pod in seat.cluster.pods.items() if "gateway" not in key[1]
            }
            whole.addresses |= seat.cluster.addresses
            whole.core += seat.cluster.core
            whole.istio += seat.cluster.istio
        return whole

    def _bring_up(self, envoy: Path) -> None:
        self.envoy, self.firewalled = envoy, True
        self.judge.either = self.judge.by_network = True
        self.judge.edges = set().union(
            *(self.within(seat).allowed() for seat in self.seats.values())
        )
        controls = {seat.name: self._control(seat) for seat in self.seats.values()}
        self.callers = self._callers()
        self.network.add("apps", ["10.244.255.254"], redirect=False)
        started = [*controls.values()]
        spaces: list[tuple[Seat, tuple[str, str], str]] = []
        for seat in self.seats.values():
            for index, key in enumerate(sorted(seat.cluster.pods)):
                space = f"{seat.name or 'a'}{index}"
                spaces.append((seat, key, space))
                started += self._placed(seat, key, space)
        for process in started:
            self._expect_ready(process)
        for seat, key, space in spaces:
            self._proxied(seat, key, space)
        for pod in self._everybody():
            pod.wait()

    def _placed(self, seat: Seat, key: tuple[str, str], space: str) -> list[subprocess.Popen[Any]]:
        """A pod's namespace, and its application where it is none of a gateway."""
        pod = seat.cluster.pods[key]
        if "gateway" in key[1]:
            more = [f"{BETWEEN}.{seat.index + 1}"] if key[1] == "eastwestgateway" else []
            self.network.add(space, [pod["status"]["podIP"], *more], redirect=False)
            started = []
        else:
            started = [self._place(space, key, seat.cluster)]
        self.network.filter(space, self._cut(seat))
        return started

    def _cut(self, seat: Seat) -> str:
        """The addresses that no packet of this network comes to."""
        lines = [
            f"-I OUTPUT -p tcp --syn -d {ranges(other.index)} -j REJECT --reject-with tcp-reset"
            for other in self.seats.values()
            if other.mesh != seat.mesh or other.network != seat.network
        ]
        return "\n".join(["*filter", ":OUTPUT ACCEPT", *lines, "COMMIT", ""])

    def _proxied(self, seat: Seat, key: tuple[str, str], space: str) -> None:
        pod, between = seat.cluster.pods[key], key[1] == "eastwestgateway"
        view = {"REQUESTED_NETWORK_VIEW": seat.network} if between else {}
        where = Where(seat.id, f"ads-{seat.id}", seat.metadata | view, trust=seat.trust)
        gateway = "gateway" in key[1]
        made = Pod(self.network, space, pod, self.envoy, self.folder, gateway, where)
        if not gateway:
            self.pods[key] = made
        elif between:
            seat.gateways.append(made)
        else:
            seat.gateways.insert(0, made)

    def _everybody(self) -> list[Pod]:
        return [
            *self.pods.values(),
            *(pod for seat in self.seats.values() for pod in seat.gateways),
        ]

    def _control(self, seat: Seat) -> subprocess.Popen[Any]:
        """A control plane, with the core objects of its mesh and the rest of its own cluster."""
        beside = [
            other for other in self.seats.values() if other.mesh == seat.mesh and other is not seat
        ]
        others = sorted({one.trust for one in beside} - {seat.trust})
        identities = {"trustDomain": seat.trust, "trustDomainAliases": others}
        content = {
            "istio": text(seat.cluster.istio),
            "mesh": yaml.safe_dump(MESH | identities | {"enableAutoMtls": True}),
        }
        for one in (seat, *beside):
            (self.folder / f"kube-{one.id}").write_text(text(one.cluster.core))
        for name, said in content.items():
            (self.folder / f"{name}-{seat.id}").write_text(said)
        options = [
            *("-kube", str(self.folder / f"kube-{seat.id}"), "-cluster", seat.id),
            *("-others", ",".join(f"{one.id}={self.folder / f'kube-{one.id}'}" for one in beside)),
            *("-istio", str(self.folder / f"istio-{seat.id}")),
            *("-mesh", str(self.folder / f"mesh-{seat.id}")),
            *("-ads", str(self.folder / f"ads-{seat.id}")),
        ]
        if not seat.name:  # one root for all
            options += ["-sds", str(self.folder / "sds")]
        return self._start([str(tools.control_plane()), *options, "-crds", str(tools.crds())])

    def within(self, seat: Seat) -> Input:
        """What the mesh of a cluster is, as if there were no other."""
        return self.input.within(seat.mesh)

    def look_from(self, seat: Seat) -> None:
        """Questions through the gateway are asked of this cluster's from here on."""
        self.gateway, self.cluster.gateway = seat.gateways[0], seat.cluster.gateway

    def take_away(self, seat: Seat) -> None:
        """All that runs in a cluster stops at once; nobody tells the other control planes."""
        gone = {pod for key, pod in self.pods.items() if key in seat.cluster.pods}
        for pod in (*gone, *seat.gateways):
            pod.process.kill()
        names = {name for name in self.input.environments if self.input.cluster(name) == seat.name}
        self.judge.away = frozenset(names)
        self.callers = [one for one in self.callers if one[0].split("/")[0] not in names]

    def close(self) -> None:
        for seat in self.seats.values():
            for pod in seat.gateways:
                pod.close()
        super().close()


def _deployed(tree: Path, source: Input) -> dict[str, list[Object]]:
    """Cluster → its objects: the folders that Applications deploy there."""
    where: dict[str, str] = {}
    for path in sorted(tree.glob("argocd*/applications/**/*.yaml")):
        for application in yaml.safe_load_all(path.read_text()):
            destination = application["spec"]["destination"]
            name = "" if destination.get("server") == SERVER else destination["name"]
            where[application["spec"]["source"]["path"]] = name
    built: dict[str, list[Object]] = {}
    for folder, objects in by_folder(tree, sorted(where)).items():
        built.setdefault(where[folder], []).extend(objects)
    unknown = built.keys() - {"", *source.platform["clusters"]}
    assert not unknown, unknown
    return built


def _between(seat: Seat) -> None:
    """The gateway of a network, as an installation has one: it forwards what its mesh says by name."""
    made, labels = (
        seat.cluster,
        {"istio": "eastwestgateway", "topology.istio.io/network": seat.network},
    )
    for pod in made.pods.values():
        pod["metadata"]["labels"]["topology.istio.io/network"] = seat.network
    spec = {"serviceAccountName": "eastwest", "containers": [{"name": "proxy"}]}
    made._pod("istio-system", "eastwestgateway", labels, spec)
    port = {"name": "tls", "port": 15443, "targetPort": 15443, "protocol": "TCP"}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "eastwestgateway", "namespace": "istio-system", "labels": labels},
        "spec": {"type": "LoadBalancer", "selector": {"istio": "eastwestgateway"}, "ports": [port]},
        "status": {"loadBalancer": {"ingress": [{"ip": f"{BETWEEN}.{seat.index + 1}"}]}},
    }
    made.core += [service, *made._service(service)]
    server = {
        "port": {"number": 15443, "name": "tls", "protocol": "TLS"},
        "tls": {"mode": "AUTO_PASSTHROUGH"},
        "hosts": ["*.local"],
    }
    gateway = {"selector": {"istio": "eastwestgateway"}, "servers": [server]}
    made.istio.append(
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "Gateway",
            "metadata": {
                "name": "between",
                "namespace": "istio-system",
                "creationTimestamp": "2026-01-01T00:00:00Z",
            },
            "spec": gateway,
        }
    )


@dataclass
class Result:
    seed: int
    words: str
    record: Record
    away: int
    parted: bool
    seconds: float


def play(seed: int, version: str, chains: int) -> Result:
    """One topology: all that is asked of one cluster, from each; then one of them goes away."""
    start, dice = time.monotonic(), random.Random(f"{seed} clusters")
    kind, count = KINDS[seed % len(KINDS)], dice.choice((2, 2, 3))
    words, record, away, parted = f"{kind}, {count} clusters", Record(), 0, False
    try:
        with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
            root = Path(folder)
            generate(
                seed,
                root,
                version,
                "strict",
                change=lambda dice, files: spread(dice, files, kind, count),
            )
            case = Clusters(root, version, seed)
            try:
                record = case.judge.record
                parted = len({seat.trust for seat in case.seats.values()}) > 1
                far.refusals(case)
                _ask(case, chains)
                before = record.requests
                case.take_away(dice.choice([seat for seat in case.seats.values() if seat.name]))
                _ask_inside(case)
                away = record.requests - before
            finally:
                case.close()
    except Exception as error:
        record.disagreements.append(f"{type(error).__name__}: {error}")
    return Result(seed, words, record, away, parted, time.monotonic() - start)


def _ask(case: Clusters, chains: int) -> None:
    whole = case.input
    _ask_inside(case)
    for seat in case.seats.values():
        case.input = case.judge.input = case.within(seat)
        case.look_from(seat)
        if case.input.hosts():
            ingress.ask(case)
            far.chains(case, chains)
        case.input = case.judge.input = whole
        far.strangers(case, seat.mesh)
    far.routes(case)


def _ask_inside(case: Clusters) -> None:
    """From pods of every mesh, each of which knows its own lanes and no others."""
    whole, callers = case.input, case.callers
    for mesh in sorted({seat.mesh for seat in case.seats.values()}):
        case.input = case.judge.input = whole.within(mesh)
        case.callers = [one for one in callers if one[0] in case.input.units]
        inside.ask(case)
    case.input, case.judge.input, case.callers = whole, whole, callers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-8", type=seeds, help="first-last")
    parser.add_argument("--envoy", action="append", choices=tools.ENVOYS)
    parser.add_argument("--first", action="store_true", help="stop at the first disagreement")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--chains", type=int, default=25, help="along calls, from each gateway")
    options = parser.parse_args()
    versions = options.envoy or [tools.NEWEST]
    tools.prepare(versions)
    network.sweep()
    results: list[Result] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        waiting = [
            pool.submit(play, seed, versions[seed % len(versions)], options.chains)
            for seed in options.seeds
        ]
        for done in as_completed(waiting):
            results.append(one := done.result())
            for line in one.record.disagreements[:SHOWN]:
                print(f"seed {one.seed} ({one.words}): {line}", flush=True)
            if options.first and one.record.disagreements:
                pool.shutdown(cancel_futures=True)
                return 1
    for kind in KINDS:
        some = [one for one in results if one.words.startswith(kind)]
        wrong = sum(len(one.record.disagreements) for one in some)
        print(
            f"{kind}: {len(some)} topologies ({sum(one.parted for one in some)} with several trust domains), {sum(one.record.requests for one in some)} requests "
            f"({sum(one.away for one in some)} with a cluster away), {sum(one.record.denied for one in some)} "
            f"refused as they must be, {wrong} disagreements, {sum(one.seconds for one in some):.0f} s"
        )
    return 1 if any(one.record.disagreements for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
