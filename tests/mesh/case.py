"""One case: a repository is compiled and brought up on Istio's control plane, with Envoys and applications."""

from __future__ import annotations

import functools
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.mesh import firewall, tools
from tests.mesh.envoy import Pod
from tests.mesh.judge import Judge
from tests.mesh.kubelet import Addresses, Cluster, kustomize, text
from tests.mesh.network import Network
from tests.mesh.oracle import Choice, Input

TOP = Path(__file__).parents[2]
CALLERS = 5  # pods that get an Envoy, besides the gateway; with mTLS all do
NOBODY = "10.244.255.254"  # an address of no pod
MESH = {
    "rootNamespace": "istio-system",
    "enableTracing": False,
    "enablePrometheusMerge": False,
    "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
    "accessLogFile": "/dev/stdout",
    "accessLogEncoding": "TEXT",
    "accessLogFormat": "%REQ(:AUTHORITY)% %ROUTE_NAME% %UPSTREAM_CLUSTER% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS%\n",
}
EVERYWHERE: dict[str, str] = {}
SHORT_LIVED = {
    "GOGC": "off",
    "GOMEMLIMIT": "2GiB",
}  # what ends within seconds need not be tidied up
# Without identities nothing is encrypted: the whole mesh says so, as its operator would.
PLAIN = {
    "apiVersion": "security.istio.io/v1",
    "kind": "PeerAuthentication",
    "metadata": {"name": "default", "namespace": "istio-system"},
    "spec": {"mtls": {"mode": "DISABLE"}},
}


class Invalid(Exception):
    """The compiler refused the repository."""


def compile_tree(repository: Path, code: Path | None = None) -> Path:
    """`gen build`, as a user calls it; with the compiler in a folder if one is given."""
    out = repository / "build"
    done = gen(repository, "build", "--out", str(out), code=code)
    if done.returncode == 1:
        raise Invalid(done.stdout + done.stderr)
    if done.returncode:
        raise RuntimeError(f"gen build: exit {done.returncode}: {done.stderr}")
    return out


@functools.cache
def _resident(worker: int, code: Path | None) -> subprocess.Popen[str]:
    """The compiler of one worker process."""
    other = {"GEN_UNDER_TEST": str(code)} if code else {}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.mesh.resident"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=TOP,
        env=os.environ | other,
    )


def gen(
    repository: Path, *arguments: str, code: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """A command of the compiler, as a user calls it."""
    resident = _resident(os.getpid(), code)
    assert resident.stdin and resident.stdout
    with tempfile.TemporaryDirectory(prefix="gen-said-") as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        words = ["-C", str(repository), *arguments]
        resident.stdin.write(
            json.dumps({"arguments": words, "out": str(out), "err": str(err)}) + "\n"
        )
        resident.stdin.flush()
        exited = int(resident.stdout.readline())
        return subprocess.CompletedProcess(words, exited, out.read_text(), err.read_text())


class Case:
    """A running case. `callers`: (unit, service) of the pods that ask; `pods`: their Envoys; `judge` hears the answers."""

    direction = firewall.INGRESS  # of the NetworkPolicies that are judged
    mesh: dict[str, Any] = MESH  # the configuration of the installation
    around = EVERYWHERE  # the environment of its control plane
    by_pods = True  # whether a call to a Pod's address finds its routes
    objects = Cluster

    def __init__(
        self,
        repository: Path,
        version: str,
        seed: int,
        addresses: Addresses | None = None,
        later: Cluster | None = None,
        code: Path | None = None,
    ) -> None:
        """`later` is a state that the case is to come to: its pods get their applications from the start. `code` is the
        folder of another compiler than this tree's."""
        self.repository, self.input = repository, Input.read(repository)
        self.tree = compile_tree(repository, code)
        self.later = later
        self.strict = self.input.platform["mesh"].get("mtls") != "disabled"
        self.dice = random.Random(seed)
        # What no lane can take is refused twice, by identities and by the network; each is judged alone.
        self.firewalled = self.walled = self.strict and self.dice.random() < 0.5
        self.cluster = self._cluster(addresses)
        everybody = self.cluster.pods | (later.pods if later else {})
        self.judge = Judge(
            self.input,
            {pod["status"]["podIP"]: key for key, pod in everybody.items()},
            self.input.allowed() if self.strict else None,
            self.firewalled,
        )
        self.table = self.names()
        self._folder = tempfile.TemporaryDirectory(prefix="gen-mesh-", dir="/tmp")
        self.folder = Path(self._folder.name)
        self.folder.chmod(0o755)
        self.processes: list[subprocess.Popen[Any]] = []
        self.pods: dict[tuple[str, str], Pod] = {}
        self.network = Network()
        try:
            self._bring_up(tools.envoy(version))
        except BaseException:
            self.close()
            raise

    def _cluster(self, addresses: Addresses | None) -> Cluster:
        """The objects of the case."""
        return self.objects(kustomize(self.tree), self.input.platform["ingress"], addresses)

    def names(self) -> dict[str, Any]:
        """`gen routes`. It also tells the names of lanes that were written in place, which the input does not have."""
        said = gen(self.repository, "routes", "--format", "json").stdout
        return self.learn(json.loads(said))

    def learn(self, table: dict[str, Any]) -> dict[str, Any]:
        """Takes from the table of `gen routes` what lanes written in place are called."""
        for name, lane in table["lanes"].items():
            if lane["kind"] == "inline":
                self.input.inline[name] = {
                    key: lane[key] for key in ("through", "pin", "isolation")
                }
        missing = [choice for choice in self.input.choices() if self.input.name(choice) is None]
        if missing:
            self.judge.wrong(f"gen routes does not know the lanes {missing}")
        return table

    def name(self, choice: Choice) -> str:
        """The colour of a lane."""
        return self.input.name(choice) or "unknown"

    def _bring_up(self, envoy: Path) -> None:
        self.envoy = envoy
        self.control = self._control_plane()
        self.callers = self._callers()
        with_envoy = [self.input.pod(service, unit) for unit, service in self.callers]
        if self.strict:  # whoever is called needs an Envoy too
            with_envoy = [
                self.input.pod(service, unit)
                for unit, runs in sorted(self.input.running.items())
                for service in sorted(runs)
            ]
        inside = [
            address
            for address, key in self.judge.pods.items()
            if not self.strict and key not in with_envoy and key[1] != "gateway"
        ]
        self.network.add("apps", inside or [NOBODY], redirect=False)
        self.network.add("gate", [self.cluster.gateway["status"]["podIP"]], redirect=False)
        targets = {
            port.get("targetPort", port["port"])
            for service in self.input.services.values()
            for port in service["ports"]
        }
        servers = [self._application("apps", [(port, "0.0.0.0") for port in sorted(targets)])]
        spaces = {key: f"c{index}" for index, key in enumerate(with_envoy)}
        servers += [self._place(space, key, self.cluster) for key, space in spaces.items()]
        for process in [self.control, *servers]:
            self._expect_ready(process)
        for key, space in spaces.items():
            self.pods[key] = Pod(self.network, space, self.cluster.pods[key], envoy, self.folder)
        self.gateway = self.pods["", "gateway"] = Pod(
            self.network, "gate", self.cluster.gateway, envoy, self.folder, gateway=True
        )
        for pod in self.pods.values():
            pod.wait()

    def join(self, key: tuple[str, str], cluster: Cluster) -> None:
        """A pod that comes later, with its application and its Envoy, as a kubelet would start it."""
        space = f"c{len(self.pods)}"
        self._expect_ready(self._place(space, key, cluster))
        self.pods[key] = Pod(self.network, space, cluster.pods[key], self.envoy, self.folder)
        self.pods[key].wait()

    def heard(self) -> None:
        """What stands beside Envoys hears what the control plane says now."""

    def _place(self, space: str, key: tuple[str, str], cluster: Cluster) -> subprocess.Popen[Any]:
        """A pod's namespace and its application, bound as the catalogue says."""
        address, name = (
            cluster.pods[key]["status"]["podIP"],
            cluster.pods[key]["metadata"]["labels"]["app.kubernetes.io/name"],
        )
        self.network.add(space, [address], redirect=True)
        if self.firewalled:
            self.network.filter(
                space, firewall.rules(cluster.core, cluster.pods[key], self.direction)
            )
        bind = {"all": "0.0.0.0", "podIP": address, "localhost": "127.0.0.1"}[
            self.input.services[name].get("listens", "all")
        ]
        return self._application(
            space,
            [(port.get("targetPort", port["port"]), bind) for port in self.input.ports(name)],
            address,
        )

    def known(self, item: dict[str, Any]) -> bool:
        """Whether the control plane is told of an object: where the network is judged, identities do not decide."""
        return not (self.firewalled and item["kind"] == "AuthorizationPolicy")

    def _callers(self) -> list[tuple[str, str]]:
        """(unit, service) that call something: of branches, of baselines, in several environments, chosen by the seed."""
        found = [
            (unit, service)
            for unit, runs in sorted(self.input.running.items())
            for service in sorted(runs)
            if self.input.calls(service)
        ]
        self.dice.shuffle(found)
        turn = {
            caller: sum(other[0] == caller[0] for other in found[:index])
            for index, caller in enumerate(found)
        }
        stay = [
            caller
            for caller in found
            if self.later is None or self.input.pod(caller[1], caller[0]) in self.later.pods
        ]
        return sorted(stay, key=turn.__getitem__)[:CALLERS]  # units in turn

    def _control_plane(self) -> subprocess.Popen[Any]:
        istio = [item for item in self.cluster.istio if self.known(item)] + (
            [] if self.strict else [PLAIN]
        )
        identities = {"enableAutoMtls": self.strict, "trustDomain": self.input.trust("")}
        for name, content in (
            ("kube", text(self.cluster.core)),
            ("istio", text(istio)),
            ("mesh", yaml.safe_dump(self.mesh | identities)),
        ):
            (self.folder / name).write_text(content)
        options = [
            word
            for name in ("kube", "istio", "mesh", "ads", "sds")
            for word in (f"-{name}", str(self.folder / name))
        ]
        definitions = [tools.crds()]
        if self.cluster.gateway_api:
            (self.folder / "gateway").write_text(text(self.cluster.gateway_api))
            options += ["-gateway", str(self.folder / "gateway")]
            definitions += tools.gateway_crds()
        options += ["-crds", ",".join(map(str, definitions))]
        return self._start([str(tools.control_plane()), *options])

    def _application(
        self, space: str, ports: list[tuple[int, str]], address: str | None = None
    ) -> subprocess.Popen[Any]:
        words = {
            "colour": self.input.header,
            "forwards": {"header": self.input.header, "baggage": "baggage"}[self.input.propagation],
            "ports": ports,
            "address": address,
        }
        return self._start(
            self.network.inside(space, str(tools.peer()), "serve", json.dumps(words))
        )

    def serve(self, command: list[str]) -> None:
        """Starts what says when it is ready, and ends with the case."""
        self._expect_ready(self._start(command))

    def _start(self, command: list[str]) -> subprocess.Popen[Any]:
        log = (self.folder / f"{len(self.processes)}.err").open("w")
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | SHORT_LIVED | self.around,
        )
        self.processes.append(process)
        return process

    def _expect_ready(self, process: subprocess.Popen[Any]) -> None:
        assert process.stdout
        for line in process.stdout:
            if line.strip() == "ready":
                return
        said = (self.folder / f"{self.processes.index(process)}.err").read_text()
        raise RuntimeError(f"{process.args!r} did not start: {said[-3000:]}")

    def is_unknown(self, answer: dict[str, Any]) -> bool:
        """Whether a name that no proxy of the caller's is told of got no further."""
        return answer.get("status") == 502

    def close(self) -> None:
        for pod in self.pods.values():
            pod.close()
        for process in self.processes:
            process.kill()
            process.wait()
        self.network.close()
        self._folder.cleanup()
