"""One case: a repository is compiled, brought up, asked every question, and compared with the oracle."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from tests.mesh import tokens, tools
from tests.mesh.envoy import Pod
from tests.mesh.kubelet import Addresses, Cluster, kustomize, text
from tests.mesh.network import Network
from tests.mesh.oracle import Input

TOP = Path(__file__).parents[2]
EXPLAINED = 0.02  # share of the questions at the gateway that `gen explain` is asked too
CHAINS = 20  # requests a case that go on along the calls, three hops at most
DRAWS = 300  # requests to each weighted tenant
CALLERS = 5  # pods that get an Envoy, besides the gateway
MESH = {
    "rootNamespace": "istio-system", "enableTracing": False, "enablePrometheusMerge": False, "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
    "accessLogFile": "/dev/stdout", "accessLogEncoding": "TEXT", "accessLogFormat": "%REQ(:AUTHORITY)% %ROUTE_NAME% %UPSTREAM_CLUSTER% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS%\n",
}


class Invalid(Exception):
    """The compiler refused the repository."""


def compile_tree(repository: Path) -> Path:
    """`gen build`, as a user calls it."""
    out = repository / "build"
    done = gen(repository, "build", "--out", str(out))
    if done.returncode == 1:
        raise Invalid(done.stderr)
    if done.returncode:
        raise RuntimeError(f"gen build: exit {done.returncode}: {done.stderr}")
    return out


def gen(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "generator", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=os.environ.get("GEN_UNDER_TEST", TOP))


class Case:
    """A running case; `disagreements` collects what the mesh and the oracle, or gen's own tables, say differently."""

    def __init__(self, repository: Path, name: str, version: str, seed: int, addresses: Addresses | None = None, later: Cluster | None = None) -> None:
        """`later` is a state that the case is to come to: its pods get their applications from the start."""
        self.repository, self.input = repository, Input(repository)
        self.tree = compile_tree(repository)
        self.later = later
        self.strict = self.input.platform["mesh"].get("mtls") != "disabled"
        self.edges = self.input.allowed() if self.strict else set()
        self.requests = self.denied = 0
        self.disagreements: list[str] = []
        self.dice = random.Random(seed)
        ingress = self.input.platform["ingress"]
        self.cluster = Cluster(kustomize(self.tree), ingress, addresses)
        everybody = self.cluster.pods | (later.pods if later else {})
        self.unit_of = {pod["status"]["podIP"]: key for key, pod in everybody.items()}
        self._folder = tempfile.TemporaryDirectory(prefix="gen-mesh-", dir="/tmp")
        self.folder = Path(self._folder.name)
        self.folder.chmod(0o755)
        self.network = Network(name)
        self.processes: list[subprocess.Popen[Any]] = []
        self.pods: dict[tuple[str, str], Pod] = {}
        try:
            self._bring_up(tools.envoy(version))
        except BaseException:
            self.close()
            raise

    def _bring_up(self, envoy: Path) -> None:
        control = self.control = self._control_plane()
        callers = self._callers()
        if self.strict:  # whoever is called needs an Envoy too
            callers = [key for key in self.cluster.pods if key[1] != "gateway"]
        with_envoy = {("gateway", ""), *callers}
        inside = [address for address, key in self.unit_of.items() if key not in with_envoy and key[1] != "gateway"]
        self.network.add("apps", inside or ["10.244.255.254"], redirect=False)
        ports = {port["port"]: ("http2" if port.get("carrier") or port["protocol"] in ("grpc", "http2") else port["protocol"]) for service in self.input.services.values() for port in service["ports"]}
        listed = json.dumps([{"port": port, "protocol": protocol} for port, protocol in ports.items()])
        echo = ["node", str(Path(__file__).with_name("echo.mjs")), listed, "x-lane"]
        spaces = ["apps", *(f"c{index}" for index in range(len(callers)))]
        for index, key in enumerate(callers):
            self.network.add(f"c{index}", [self.cluster.pods[key]["status"]["podIP"]], redirect=True)
        self.network.add("gate", [self.cluster.gateway["status"]["podIP"]], redirect=False)
        servers = [self._start(self.network.inside(space, *echo)) for space in spaces]
        for server in [control, *servers]:
            self._expect_ready(server)
        for index, key in enumerate(callers):
            self.pods[key] = Pod(self.network, f"c{index}", self.cluster.pods[key], envoy, self.folder)
        self.gateway = self.pods["", "gateway"] = Pod(self.network, "gate", self.cluster.gateway, envoy, self.folder, gateway=True)
        for pod in self.pods.values():
            pod.wait()

    def _control_plane(self) -> subprocess.Popen[Any]:
        peer = [{"apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication", "metadata": {"name": "default", "namespace": "istio-system"}, "spec": {"mtls": {"mode": "DISABLE"}}}]
        plain = not self.strict
        for name, content in (("kube", text(self.cluster.core)), ("istio", text(self.cluster.istio + (peer if plain else []))), ("mesh", yaml.safe_dump(MESH | {"enableAutoMtls": not plain}))):
            (self.folder / name).write_text(content)
        options = [word for name in ("kube", "istio", "mesh", "ads", "sds") for word in (f"-{name}", str(self.folder / name))]
        return self._start([str(tools.control_plane()), *options, "-crds", str(_crds())])

    def _start(self, command: list[str]) -> subprocess.Popen[Any]:
        log = (self.folder / f"{len(self.processes)}.err").open("w")
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        self.processes.append(process)
        return process

    def _expect_ready(self, process: subprocess.Popen[Any]) -> None:
        assert process.stdout
        for line in process.stdout:
            if line.strip() == "ready":
                return
        said = (self.folder / f"{self.processes.index(process)}.err").read_text()
        raise RuntimeError(f"{process.args[0]} did not start: {said[-3000:]}")

    def _callers(self) -> list[tuple[str, str]]:
        """Pods that call something: of branches, of baselines, in several environments, chosen by the seed."""
        found = [(unit, service) for unit, runs in sorted(self.input.units.items()) for service in sorted(runs) if self.input.services[service].get("calls")]
        self.dice.shuffle(found)
        turn = {caller: sum(other[0] == caller[0] for other in found[:index]) for index, caller in enumerate(found)}
        stay = [caller for caller in found if self.later is None or self.input.pod(caller[1], caller[0]) in self.later.pods]
        self.callers = sorted(stay, key=turn.__getitem__)[:CALLERS]  # units in turn
        return [self.input.pod(service, unit) for unit, service in self.callers]

    def close(self) -> None:
        for pod in self.pods.values():
            pod.close()
        for process in self.processes:
            process.kill()
            process.wait()
        self.network.close()
        self._folder.cleanup()

    # Questions

    def run(self) -> None:
        for unit, service in self.callers:
            self._calls(unit, service)
        self._edge()
        self._tables()
        if self.strict:
            self._plaintext()
            for _ in range(CHAINS):
                self._chain()
        else:
            self._weights()

    def _calls(self, unit: str, caller: str) -> None:
        """From one sidecar: every service it calls, in every environment, in every colour."""
        pod = self.pods[self.input.pod(caller, unit)]
        for service in self.input.services[caller]["calls"]:
            port = self.input.services[service]["ports"][0]["port"]
            for environment in self.input.environments:
                if service not in self.input.known_in(environment):
                    continue
                namespace = self.input.namespace(environment)
                address = self.cluster.addresses.get((namespace, service))
                if address is None:
                    self.disagreements.append(f"{service} has no name in {environment}")
                    continue
                if self.input.is_tcp(service):
                    self._compare(pod.ask(address=address, port=port, tcp=True), self.input.answer(service, environment, [], unit), f"{caller}@{unit} tcp→ {service} in {environment}", service, [], (caller, unit))
                    continue
                full = f"{service}.{namespace}.svc.cluster.local"
                hosts = [f"{full}:{port}", full, f"{service}.{namespace}"] + ([service, f"{service}:{port}"] if environment == unit.split("/")[0] else [])
                for colours in self._colours():
                    host = self.dice.choice(hosts)
                    answer = pod.ask(address=address, port=port, host=host, headers=[["x-lane", colour] for colour in colours])
                    expected = self.input.answer(service, environment, colours, unit)
                    named = colours or ([unit] if "/" in unit else [])
                    self._compare(answer, expected, f"{caller}@{unit} → {host} in {environment} colours {colours}", service, named, (caller, unit))
                    if self.input.services[service]["ports"][0]["protocol"] == "rpc" and service in self.input.units[environment]:
                        # As a private name service does it: the Pod's address is dialled, the name is the authority.
                        dialled = self.cluster.pods[namespace, service]["status"]["podIP"]
                        answer = pod.ask(address=dialled, port=port, host=host, headers=[["x-lane", colour] for colour in colours])
                        self._compare(answer, expected, f"{caller}@{unit} → {dialled} as {host} in {environment} colours {colours}", service, named, (caller, unit))

    def _colours(self) -> Iterator[list[str]]:
        yield []
        yield from ([lane] for lane in self.input.lanes())
        lane = self.dice.choice(self.input.lanes())
        for odd in ("nobody", lane + "x", "x" + lane, lane.replace("-", "_") + ".", "", lane.upper(), f"{lane},{lane}"):
            yield [odd]
        yield [lane, self.dice.choice(self.input.lanes())]

    def _compare(self, answer: dict[str, Any], expected: set[str | None], question: str, service: str, colours: list[str], caller: tuple[str, str] | None = None) -> None:
        """The pod that answers must be the oracle's; nobody means 503 with a body that names lane and service. With
        mTLS, a pod that no lane leads this caller to must refuse it."""
        self.requests += 1
        denied = {unit for unit in expected if self.strict and unit is not None and (caller, (service, unit)) not in self.edges}
        if denied and (answer.get("status") == 403 or self.input.is_tcp(service) and "error" in answer):
            self.denied += 1
            return
        expected = expected - denied
        got, colour = self._unit(answer, service)
        if got not in expected:
            self.disagreements.append(f"{question}: {got or answer}, expected {sorted(map(str, expected))}")
        elif got is None and "status" in answer and not (service in answer["body"] and (not colours or colours[0] not in self.input.lanes() or len(colours) > 1 or colours[0] in answer["body"])):
            self.disagreements.append(f"{question}: the refusal does not name lane and service: {answer['body']}")
        elif got is not None and len(colours) == 1 and colours[0] in self.input.lanes() and not self.input.is_tcp(service) and colour != colours[0]:
            self.disagreements.append(f"{question}: the colour arrived as {colour}")

    def _unit(self, answer: dict[str, Any], service: str) -> tuple[str | None, str | None]:
        """(unit that answered or None, the colour it saw)."""
        if answer.get("status") != 200:
            nobody = answer.get("status") == 503 and "no version of" in answer.get("body", "") or self.input.is_tcp(service) and "error" in answer
            return (None if nobody else f"failed {answer}"), None
        body = answer["body"]
        said = json.loads(body) if body.startswith("{") else {"address": body, "colour": None}
        pod = self.unit_of.get(said["address"].removeprefix("::ffff:"))
        unit = next((unit for unit in self.input.units if pod == self.input.pod(service, unit)), None)
        return unit or f"pod {pod}", said["colour"]

    def _edge(self) -> None:
        """Through the gateway: every environment's host and every tenant's rule, with forged colours."""
        entries = [(entry["prefix"], name) for name, service in self.input.services.items() for entry in service.get("entry") or []]
        hosts = {host: name for name, environment in self.input.environments.items() for host in environment.get("hosts") or []}
        own = {rule["host"] for tenant in self.input.tenants.values() for rule in tenant["match"] if "host" in rule}
        if not entries:
            return
        for host in [*hosts, *sorted(own)]:
            trusted = host in hosts and self.input.environments[hosts[host]].get("trustColour", False)
            for given in self._given():
                for prefix, service in entries:
                    self._edge_question(host, prefix, service, given, trusted)
        forged = tokens.token({"tenant": "t0"}, key=b"somebody else's key")
        answer = self.gateway.ask(address=self.cluster.gateway["status"]["podIP"], port=80, host=next(iter(hosts)), path=entries[0][0], headers=[["authorization", f"Bearer {forged}"]])
        if answer.get("status") != 401:
            self.disagreements.append(f"a forged token: {answer}, expected 401")

    def _given(self) -> Iterator[dict[str, dict[str, str]]]:
        """What requests bring: nothing, what one rule asks for, and what rules of several tenants ask for at once."""
        yield {"claim": {}, "header": {}, "cookie": {}}
        rules = [rule for tenant in self.input.tenants.values() for rule in tenant["match"] if "host" not in rule]
        for rule in rules:
            yield {kind: dict(rule.get(kind) or {}) for kind in ("claim", "header", "cookie")}
        for _ in range(3 if rules else 0):
            mixed: dict[str, dict[str, str]] = {"claim": {}, "header": {}, "cookie": {}}
            for rule in self.dice.sample(rules, min(len(rules), 3)):
                for kind, pairs in rule.items():
                    mixed[kind] |= pairs
            yield mixed

    def _edge_question(self, host: str, prefix: str, service: str, given: dict[str, dict[str, str]], trusted: bool) -> None:
        lane = self.dice.choice(self.input.lanes())
        forged = self.dice.choice([[], [["x-lane", lane]], [["X-Lane", lane], ["x-lane", lane]], [["X-LANE", f" {lane} "]]])
        sent = [[name, value] for name, value in given["header"].items()] + [["cookie", "; ".join(["a=b", *(f"{name}={value}" for name, value in given["cookie"].items())])]]
        if given["claim"]:
            sent.append(["authorization", f"Bearer {tokens.token(given['claim'])}"])
        answer = self.gateway.ask(address=self.cluster.gateway["status"]["podIP"], port=80, host=host, path=prefix + "/1", headers=sent + forged)
        chosen = self.input.told(host, given)
        if trusted and len(forged) == 1:
            chosen = [lane]
        expected = {self.input.target(self.input.lane(choice) if isinstance(choice, str) else choice, service) for choice in chosen}
        named = [choice for choice in chosen if isinstance(choice, str)] if len(chosen) == 1 else []
        self._compare(answer, expected, f"gateway {host}{prefix} {given} forged {forged}", service, named)
        if not forged:
            self._explained(host, prefix, given, expected)

    def _explained(self, host: str, prefix: str, given: dict[str, dict[str, str]], expected: set[str | None]) -> None:
        """Now and then `gen explain` is asked the same; it takes a process a question."""
        if self.dice.random() > EXPLAINED:
            return
        words = [word for kind, pairs in given.items() for name, value in pairs.items() for word in (f"--{kind}", f"{name}={value}")]
        done = gen(self.repository, "explain", "--host", host, "--path", prefix + "/1", "--format", "json", *words)
        hop = json.loads(done.stdout)["hops"][0]
        said = hop["target"] and "/".join(filter(None, (hop["target"]["environment"], hop["target"]["branch"])))
        if said not in expected:
            self.disagreements.append(f"gen explain {host}{prefix} {given}: {said}, expected {expected}")

    def _plaintext(self) -> None:
        """Without an identity nobody is answered: from a pod outside the mesh, straight to each Pod's address."""
        command = self.network.inside("apps", sys.executable, str(Path(__file__).with_name("client.py")))
        for (namespace, name), pod in self.cluster.pods.items():
            for port in pod["spec"]["containers"][0]["ports"]:
                request = json.dumps({"address": pod["status"]["podIP"], "port": port["containerPort"], "host": name})
                answer = json.loads(subprocess.run(command, input=request + "\n", capture_output=True, text=True, check=True).stdout)
                self.requests += 1
                if "error" not in answer:
                    self.disagreements.append(f"plaintext to {name}.{namespace}: {answer}")

    def _chain(self) -> None:
        """In at the gateway and on along the calls, through applications that forward the colour or do not."""
        entries = [(name, service["entry"][0]["prefix"]) for name, service in self.input.services.items() if service.get("entry")]
        if not entries:
            return
        service, prefix = self.dice.choice(entries)
        host = self.dice.choice([host for environment in self.input.environments.values() for host in environment.get("hosts") or []])
        given = self.dice.choice(list(self._given()))
        chosen = self.input.told(host, given)
        if len(chosen) != 1 or not isinstance(chosen[0], str) or self.input.target(self.input.lane(chosen[0]), service) is None:
            return
        colours, unit = [chosen[0]], self.input.target(self.input.lane(chosen[0]), service)
        expected, via = [(service, unit, chosen[0])], []
        while len(expected) < 3 and unit is not None:
            calls = [callee for callee in self.input.services[service].get("calls") or [] if not self.input.is_tcp(callee)]
            if not calls:
                break
            callee, environment = self.dice.choice(calls), unit.split("/")[0]
            forward = self.input.services[service].get("forwardsColour", True)
            colours = colours if forward else []
            (answer,) = self.input.answer(callee, environment, colours, unit)
            colours = colours or ([unit] if "/" in unit else [])
            via.append(f"{self.cluster.addresses[self.input.namespace(environment), callee]},{self.input.services[callee]['ports'][0]['port']},{callee},{int(forward)}")
            expected.append((callee, answer, colours[0] if colours else None))
            service, unit = callee, answer
        sent = [[name, value] for name, value in given["header"].items()] + [["cookie", "; ".join(f"{name}={value}" for name, value in given["cookie"].items())]]
        if given["claim"]:
            sent.append(["authorization", f"Bearer {tokens.token(given['claim'])}"])
        path = prefix + ("?via=" + quote(";".join(via), safe="") if via else "")
        said = self.gateway.ask(address=self.cluster.gateway["status"]["podIP"], port=80, host=host, path=path, headers=sent)
        self._along(said, expected, f"chain from {host}{prefix} {given} {[service for service, _, _ in expected]}")

    def _along(self, said: dict[str, Any], expected: list[tuple[str, str | None, str | None]], question: str) -> None:
        self.requests += len(expected)
        hop = json.loads(said["body"]) if said.get("status") == 200 else {"error": said}
        for service, unit, colour in expected:
            got = (None, hop["error"]) if "error" in hop else (self._unit({"status": 200, "body": json.dumps(hop)}, service)[0], hop["colour"])
            if got != (unit, colour) and not (unit is None and "no version of" in str(got[1])):
                self.disagreements.append(f"{question}: {service} was answered by {got}, expected {(unit, colour)}")
                return
            hop = hop.get("next", {"error": "it went no further"})

    def _weights(self) -> None:
        """Shares within five standard deviations; every colour is one of the tenant's."""
        host = next(host for environment in self.input.environments.values() for host in environment["hosts"])
        prefix, service = next(((entry["prefix"], name) for name, value in self.input.services.items() for entry in value.get("entry") or []), (None, None))
        if prefix is None or service is None:
            return
        for tenant in self.input.tenants.values():
            rule = next((rule["header"] for rule in tenant["match"] if "header" in rule), None)
            if rule is None or not isinstance(tenant["lane"], list):
                continue
            shares: dict[str, int] = {}
            for choice in tenant["lane"]:
                shares[choice["lane"]] = shares.get(choice["lane"], 0) + choice["weight"]
            if any(self.input.target(self.input.lane(lane), service) is None for lane in shares) or self.input.environments[next(iter(self.input.environments))].get("trustColour"):
                continue
            seen: dict[str, int] = dict.fromkeys(shares, 0)
            for _ in range(DRAWS):
                answer = self.gateway.ask(address=self.cluster.gateway["status"]["podIP"], port=80, host=host, path=prefix, headers=[[name, value] for name, value in rule.items()])
                colour = json.loads(answer["body"])["colour"]
                seen[colour] = seen.get(colour, 0) + 1
            self.requests += DRAWS
            for lane, count in seen.items():
                share = shares.get(lane, 0) / sum(shares.values())
                if abs(count - DRAWS * share) > 5 * (DRAWS * share * (1 - share)) ** 0.5:
                    self.disagreements.append(f"weights {shares}: {seen} of {DRAWS}")

    def _tables(self) -> None:
        """`gen routes` says the same as the oracle."""
        table = json.loads(gen(self.repository, "routes", "--format", "json").stdout)
        for row in table["routes"]:
            if row["lane"] is not None and table["lanes"][row["lane"]]["kind"] == "inline":
                continue
            said = row["target"] and "/".join(filter(None, (row["target"]["environment"], row["target"]["branch"])))
            expected = self.input.target(self.input.lane(row["lane"] or row["environment"]), row["service"])
            if said != expected:
                self.disagreements.append(f"gen routes: {row['service']} in {row['environment']} lane {row['lane']}: {said}, expected {expected}")


def _crds() -> Path:
    global _found
    if _found is None:
        _found = tools.crds()
    return _found


_found: Path | None = None
