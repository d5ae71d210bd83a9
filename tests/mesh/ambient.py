"""A case in an ambient mesh: no proxy in pods, and waypoints as real Envoys from istiod's own configuration.

In the place of ztunnels stand small tunnels (`peer/tunnel.go`), which are told what istiod tells ztunnels. What ztunnel
itself decides is not seen.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import subprocess
import time
from dataclasses import replace
from typing import Any

from tests.mesh import firewall, tools
from tests.mesh.case import NOBODY, Case
from tests.mesh.envoy import Client, Pod, Where
from tests.mesh.kubelet import Addresses, Cluster, Object
from tests.mesh.network import HBONE, PROXY_USER, TUNNELLED

GATEWAY = "gateway.networking.k8s.io"
AROUND = {"PILOT_ENABLE_AMBIENT": "true", "AMBIENT_ENABLE_MULTI_NETWORK_WAYPOINT": "false"}
# Of what istiod hears as Kubernetes has it, and not only by its own store.
HEARD_TWICE = ("AuthorizationPolicy", "PeerAuthentication")
KNOWN = {"principals", "notPrincipals"}  # of a match, to the tunnels
# Before 1.29.2 waypoints are told of identities in a class of strings that Envoy itself has.
WAYPOINT = Where(kind="waypoint", tunnels=True, metadata={"ISTIO_VERSION": "1.29.1"})


class Enrolled(Cluster):
    """The objects of a case, with what Istio's controllers make of Gateways, and what its CNI says of pods."""

    def _pod(self, namespace: str, name: str, labels: dict[str, str], spec: Object) -> Object:
        pod = super()._pod(namespace, name, labels, spec)
        metadata = pod["metadata"]
        if self.is_enrolled(namespace):
            metadata["labels"] = dict(labels)
            metadata["annotations"] = {"ambient.istio.io/redirection": "enabled"}
        return pod

    def is_enrolled(self, namespace: str) -> bool:
        return any(
            item["kind"] == "Namespace"
            and item["metadata"]["name"] == namespace
            and item["metadata"].get("labels", {}).get("istio.io/dataplane-mode") == "ambient"
            for item in self.core
        )

    def _plane(self) -> None:
        self.waypoints: dict[str, Object] = {}  # namespace → pod
        for item in [item for item in self.gateway_api if item["kind"] == "Gateway"]:
            if item["spec"]["gatewayClassName"] == "istio-waypoint":
                self._waypoint(item)
        self.core.append(
            {
                "apiVersion": f"{GATEWAY}/v1",
                "kind": "GatewayClass",
                "metadata": {"name": "istio-waypoint"},
                "spec": {"controllerName": "istio.io/mesh-controller"},
            }
        )

    def _waypoint(self, gateway: Object) -> None:
        """Its pod, its Service, and the status that names that."""
        name, namespace = gateway["metadata"]["name"], gateway["metadata"]["namespace"]
        chosen = {f"{GATEWAY}/gateway-name": name}
        labels = chosen | {
            f"{GATEWAY}/gateway-class-name": "istio-waypoint",
            "gateway.istio.io/managed": "istio.io-mesh-controller",
        }
        spec = {"serviceAccountName": name, "containers": [{"name": "istio-proxy"}]}
        pod = super()._pod(namespace, name, labels, spec)
        pod["metadata"]["labels"] = labels
        self.waypoints[namespace] = pod
        port = {"name": "mesh", "port": HBONE, "targetPort": HBONE, "protocol": "TCP"}
        self.core.append(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": name, "namespace": namespace, "labels": labels},
                "spec": {"selector": chosen, "ports": [port]},
            }
        )
        host = f"{name}.{namespace}.svc.cluster.local"
        gateway["status"] = {"addresses": [{"type": "Hostname", "value": host}]}


class Tunnelled:
    """A pod's namespace, with a client in it."""

    def __init__(self, case: Case, space: str) -> None:
        self.space, self.client = space, Client(case.network, space)

    def ask(self, **request: Any) -> dict[str, Any]:
        return self.client.ask(**request)

    def wait(self) -> None:
        """It is ready as it is made."""

    def close(self) -> None:
        self.client.close()


class Ambient(Case):
    around = AROUND
    by_pods = False
    objects = Enrolled

    def _cluster(self, addresses: Addresses | None) -> Cluster:
        self.firewalled = False  # identities decide
        # The network lets in those whom they can; where it is open, they alone keep all others out.
        self.walled = self.dice.random() < 0.5
        self.tunnels: dict[str, tuple[subprocess.Popen[Any], dict[str, Any]]] = {}
        made = super()._cluster(addresses)
        assert isinstance(made, Enrolled)
        self.enrolled = made
        return made

    def _control_plane(self) -> subprocess.Popen[Any]:
        twice = [item for item in self.enrolled.istio if item["kind"] in HEARD_TWICE]
        whole = self.enrolled.core
        self.enrolled.core = [*whole, *(item for item in twice if self.known(item))]
        try:
            return super()._control_plane()
        finally:
            self.enrolled.core = whole

    def _bring_up(self, envoy: Any) -> None:
        self.envoy = envoy
        self.control = self._control_plane()
        self.callers = self._callers()
        self._expect_ready(self.control)
        self.told = self.query("tunnels")
        self.network.add("apps", [NOBODY], redirect=False)
        everybody = [
            self.input.pod(service, unit)
            for unit, runs in sorted(self.input.running.items())
            for service in sorted(runs)
        ]
        spaces = {key: f"c{index}" for index, key in enumerate(everybody)}
        started = [
            each
            for key, space in spaces.items()
            for each in self._start_pod(space, self.cluster.pods[key])
        ]
        for process in started:
            self._expect_ready(process)
        for key, space in spaces.items():
            self.pods[key] = self._client(space, self.cluster.pods[key])
        for index, (namespace, pod) in enumerate(sorted(self.enrolled.waypoints.items())):
            self.pods[namespace, "waypoint"] = self._proxy(f"w{index}", pod, WAYPOINT)
        gate = self._proxy("gate", self.cluster.gateway, Where(tunnels=True), gateway=True)
        self.gateway = self.pods["", "gateway"] = gate
        for pod in self.pods.values():
            pod.wait()

    def _client(self, space: str, pod: Object) -> Any:
        """Who asks in a pod's name."""
        return Tunnelled(self, space)

    def _proxy(self, space: str, pod: Object, where: Where, gateway: bool = False) -> Pod:
        self.network.add(space, [pod["status"]["podIP"]], redirect=False)
        if self.walled and not gateway:
            self.network.filter(space, firewall.rules(self.cluster.core, pod, self.direction))
        where = replace(where, trust=self.input.trust(""))
        return Pod(self.network, space, pod, self.envoy, self.folder, gateway, where)

    def join(self, key: tuple[str, str], cluster: Cluster) -> None:
        space, pod = f"c{len(self.pods)}", cluster.pods[key]
        self._hear_of(pod["status"]["podIP"])
        for process in self._start_pod(space, pod):
            self._expect_ready(process)
        made: Any = Tunnelled(self, space)
        self.pods[key] = made

    def _hear_of(self, address: str) -> None:
        """Until the control plane tells tunnels of a pod."""
        end = time.monotonic() + 5
        while address not in self._known_workloads() and time.monotonic() < end:
            time.sleep(0.01)
            self.told = self.query("tunnels")

    def heard(self) -> None:
        self.told = self.query("tunnels")
        known = self._known_workloads()
        for address, (process, before) in [*self.tunnels.items()]:
            if address in known and (now := self._known(address)) != before:
                assert process.stdin
                process.stdin.write(json.dumps(now) + "\n")
                process.stdin.flush()
                self._expect_ready(process)
                self.tunnels[address] = process, now

    def _known_workloads(self) -> set[str]:
        workloads = [one["workload"] for one in self.told["addresses"] if "workload" in one]
        return {_address(ip) for one in workloads for ip in one.get("addresses", ())}

    def _start_pod(self, space: str, pod: Object) -> list[subprocess.Popen[Any]]:
        """A pod's namespace, its application and its tunnel."""
        address = pod["status"]["podIP"]
        self.network.add(space, [address], redirect=True, rules=TUNNELLED)
        if self.walled:
            self.network.filter(space, firewall.rules(self.cluster.core, pod, self.direction))
        return [self._served(space, pod), self._tunnel(space, pod)]

    def _served(self, space: str, pod: Object) -> subprocess.Popen[Any]:
        """A pod's application."""
        address, name = pod["status"]["podIP"], pod["metadata"]["labels"]["app.kubernetes.io/name"]
        listens = self.input.services[name].get("listens", "all")
        bind = {"all": "0.0.0.0", "podIP": address}[listens]
        ports = [(port.get("targetPort", port["port"]), bind) for port in self.input.ports(name)]
        return self._application(space, ports, address)

    def _tunnel(self, space: str, pod: Object) -> subprocess.Popen[Any]:
        account = f"/ns/{pod['metadata']['namespace']}/sa/{pod['spec']['serviceAccountName']}"
        address = pod["status"]["podIP"]
        known = self._known(address)
        words = self.query(self.input.trust("") + account) | known | {"address": address}
        user = ["setpriv", f"--reuid={PROXY_USER}", f"--regid={PROXY_USER}", "--clear-groups"]
        file = self.folder / f"{space}.tunnel"
        file.write_text(json.dumps(words))
        file.chmod(0o644)
        command = [*user, str(tools.peer()), "tunnel", str(file)]
        process = self._start(self.network.inside(space, *command))
        self.tunnels[address] = process, known
        return process

    def query(self, question: str) -> dict[str, Any]:
        """A question to the control plane that changes nothing."""
        assert self.control.stdin and self.control.stdout
        self.control.stdin.write(json.dumps({"ask": question}) + "\n")
        self.control.stdin.flush()
        said = json.loads(self.control.stdout.readline())
        if isinstance(said, dict):
            return said
        raise RuntimeError(f"{question}: {said}")

    def _known(self, own: str) -> dict[str, Any]:
        """What ztunnels hear, as the tunnel of a pod reads it."""
        workloads = [one["workload"] for one in self.told["addresses"] if "workload" in one]
        services = [one["service"] for one in self.told["addresses"] if "service" in one]
        by_host = {f"{one['namespace']}/{one['hostname']}": one for one in services}
        known = {
            _address(ip): {"tunnel": one.get("tunnelProtocol") == "HBONE"}
            for one in workloads
            for ip in one.get("addresses", ())
        }
        behind: dict[str, dict[str, list[str]]] = {}
        for one in workloads:
            for host, ports in one.get("services", {}).items():
                for port in ports.get("ports", ()):
                    for ip in one.get("addresses", ()):
                        place = f"{_address(ip)}:{port['targetPort']}"
                        of_port = behind.setdefault(host, {})
                        of_port.setdefault(str(port["servicePort"]), []).append(place)
        told = {}
        for host, one in by_host.items():
            waypoint = self._waypoint(one, behind)
            for network in one.get("addresses", ()):
                made = {"waypoint": waypoint, "endpoints": behind.get(host, {})}
                told[_address(network["address"])] = made
        return {"services": told, "workloads": known, "policies": self._policies(own, workloads)}

    def _waypoint(self, service: Object, behind: dict[str, dict[str, list[str]]]) -> str:
        if "waypoint" not in service:
            return ""
        hostname, port = service["waypoint"]["hostname"], service["waypoint"]["hboneMtlsPort"]
        (place,) = behind[f"{hostname['namespace']}/{hostname['hostname']}"][str(port)]
        return place

    def _policies(self, own: str, workloads: list[Object]) -> list[Object]:
        """Those that istiod has ask of connections to a pod: of its workload, its namespace, and of all."""
        (mine,) = [w for w in workloads if own in map(_address, w.get("addresses", ()))]
        named = {*mine.get("authorizationPolicies", ())}
        asked = []
        for policy in self.told["policies"]:
            scope = policy.get("scope", "GLOBAL")
            where = policy.get("namespace")
            whole = scope == "NAMESPACE" and where == mine["namespace"]
            if scope == "GLOBAL" or whole or f"{where}/{policy['name']}" in named:
                asked.append(_readable(policy))
        return asked

    def is_unknown(self, answer: dict[str, Any]) -> bool:
        """There is no scope: a name that is not dialled, or a branch's own, is refused where it leads."""
        if "error" in answer or answer.get("status") == 403:
            return True
        return answer.get("status") == 503 and self.judge.names(answer["body"], "of", None)


def _readable(policy: Object) -> Object:
    """A policy whose matches say if they ask for more than the tunnels know: then they fit nobody."""
    for group in policy.get("groups", ()):
        for rule in group.get("rules", ()):
            for match in rule.get("matches", ()):
                match["other"] = bool(match.keys() - KNOWN - {"other"})
    return policy


def _address(text: str) -> str:
    return str(ipaddress.ip_address(base64.b64decode(text)))
