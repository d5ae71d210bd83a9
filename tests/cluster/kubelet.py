"""The one part of the cluster that is not the real one: pods become network namespaces, with an Envoy as the injector
would add it, and an application that says who it is.

As a kubelet does: a pod is ready when its application and its proxy are; one that is to go gets its `preStop` and then
its end, at the latest after its grace; the proxy leaves after the application, as native sidecars do. An image whose
tag begins with `broken` never starts.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import itertools
import json
import shutil
import subprocess
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster.api import PATCH, Api, Failed, Object
from tests.mesh import envoy, tools
from tests.mesh.network import Network

STARTS = 1.5  # seconds that an application takes until it answers; real ones take longer
NODE = "node-1"
COLOUR = "x-lane"


@dataclass(frozen=True)
class Instance:
    """Who answered."""

    service: str
    unit: str
    tag: str


@dataclass
class _Pod:
    space: str
    address: str
    leave: threading.Event = field(default_factory=threading.Event)
    deleted: Object | None = None
    processes: list[subprocess.Popen[Any]] = field(default_factory=list)
    proxy: envoy.Pod | None = None


class Kubelet:
    """Runs all pods. `instances` by address; an address is never given twice."""

    def __init__(self, api: Api, network: Network, folder: Path) -> None:
        self.api, self.network, self.folder = api, network, folder
        self.instances: dict[str, Instance] = {}
        self.faults: list[str] = []
        self.proxied: set[str] = set()  # addresses of pods with a proxy
        self.measures = False  # whether it says what pods use
        self._pods: dict[str, _Pod] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._over = threading.Event()

    def start(self) -> None:
        self.api.ask(
            "POST",
            "/api/v1/nodes",
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}},
        )
        threading.Thread(target=self._follow, daemon=True).start()

    def close(self) -> None:
        self._over.set()
        for pod in list(self._pods.values()):
            _end(pod)

    def _follow(self) -> None:
        while not self._over.is_set():
            try:
                for event, item in self.api.watch("/api/v1/pods"):
                    self._hear(event, item)
            except (OSError, Failed, ValueError) as error:
                if not self._over.is_set():
                    self.faults.append(f"watching pods: {error}")
                    time.sleep(0.2)

    def _hear(self, event: str, item: Object) -> None:
        uid = item["metadata"]["uid"]
        pod = self._pods.get(uid)
        if pod is None and event != "DELETED" and "deletionTimestamp" not in item["metadata"]:
            number = next(self._numbers)
            self._pods[uid] = pod = _Pod(
                f"p{number}", str(ipaddress.IPv4Address("10.244.1.0") + number)
            )
            threading.Thread(target=self._live, args=(item, pod), daemon=True).start()
        elif pod is not None and (event == "DELETED" or "deletionTimestamp" in item["metadata"]):
            pod.deleted = item
            pod.leave.set()

    def _live(self, item: Object, pod: _Pod) -> None:
        name = f"{item['metadata']['namespace']}/{item['metadata']['name']}"
        try:
            if not item["spec"].get("nodeName"):
                self._bind(item)
            self._run(item, pod)
            pod.leave.wait()
            self._leave(item, pod)
        except Exception:  # a pod's thread must not end unheard
            if not self._over.is_set() and not pod.leave.is_set():
                self.faults.append(f"{name}: {traceback.format_exc()}")
            _end(pod)
            self._forget(item)

    def _bind(self, item: Object) -> None:
        metadata = {key: item["metadata"][key] for key in ("name", "namespace")}
        self.api.ask(
            "POST",
            f"{_path(item)}/binding",
            {
                "apiVersion": "v1",
                "kind": "Binding",
                "metadata": metadata,
                "target": {"kind": "Node", "name": NODE},
            },
        )

    def _run(self, item: Object, pod: _Pod) -> None:
        labels, container = item["metadata"].get("labels") or {}, item["spec"]["containers"][0]
        tag = container["image"].rpartition(":")[2]
        unit = labels.get("gen/environment", "") + (
            f"/{branch}" if (branch := labels.get("gen/branch", "baseline")) != "baseline" else ""
        )
        self.instances[pod.address] = Instance(labels.get("app.kubernetes.io/name", ""), unit, tag)
        gateway = "inject.istio.io/templates" in (item["metadata"].get("annotations") or {})
        injected = gateway or self._injected(item["metadata"]["namespace"], labels)
        if injected:  # as the injector would
            self.proxied.add(pod.address)
            item = self.api.ask(
                "PATCH",
                _path(item),
                {"metadata": {"labels": {"security.istio.io/tlsMode": "istio"}}},
                PATCH,
            )
        self._say(item, pod, "Pending" if tag.startswith("broken") else "Running", ready=False)
        if tag.startswith("broken"):
            return
        with self._lock:
            self.network.add(pod.space, [pod.address], redirect=injected and not gateway)
        self._names(item, pod)
        if not gateway and not item["spec"]["containers"][0].get("command"):
            self._application(container, pod)
        if injected:
            shown = {
                **item,
                "status": {"podIP": pod.address},
                "spec": {"serviceAccountName": "default", **item["spec"]},
            }
            pod.proxy = envoy.Pod(
                self.network, pod.space, shown, tools.envoy(), self.folder, gateway
            )
            pod.proxy.wait(90)
        if container.get("command"):
            self._job(item, pod, container)
            return
        pod.leave.wait(0 if gateway else STARTS)
        self._say(item, pod, "Running", ready=True)
        if self.measures:
            self._measure(item)

    def _injected(self, namespace: str, pod: dict[str, str]) -> bool:
        """As the injector's webhooks choose: by the pod where its namespace says nothing."""
        labels = (
            self.api.ask("GET", f"/api/v1/namespaces/{namespace}")["metadata"].get("labels") or {}
        )
        if "istio-injection" in labels or "istio.io/rev" in labels:
            return labels.get("istio-injection") != "disabled"
        return pod.get("sidecar.istio.io/inject") == "true" or "istio.io/rev" in pod

    def _application(self, container: Object, pod: _Pod) -> None:
        ports = [(port["containerPort"], "0.0.0.0") for port in container.get("ports", [])]
        words = json.dumps(
            {"colour": COLOUR, "forwards": COLOUR, "ports": ports, "address": pod.address}
        )
        process = subprocess.Popen(
            self.network.inside(
                pod.space, "setpriv", "--pdeathsig=KILL", str(tools.peer()), "serve", words
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        pod.processes.append(process)
        assert process.stdout
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("the application did not start")

    def _job(self, item: Object, pod: _Pod, container: Object) -> None:
        """A container with a command runs to its end; its words are kept where the logs are."""
        command = [*container["command"], *container.get("args", [])]
        log = self.folder / f"{item['metadata']['namespace']}.{item['metadata']['name']}.log"
        with log.open("w") as words:
            process = subprocess.Popen(
                self.network.inside(pod.space, "setpriv", "--pdeathsig=KILL", *command),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                env=_variables(container),
            )
        pod.processes.append(process)
        code = process.wait()
        if pod.leave.is_set():
            return
        terminated = {
            "exitCode": code,
            "finishedAt": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "reason": "Completed" if code == 0 else "Error",
        }
        self._say(
            item,
            pod,
            "Failed" if code else "Succeeded",
            ready=False,
            state={"terminated": terminated},
        )
        _end(pod)

    def _names(self, item: Object, pod: _Pod) -> None:
        """Services by name, as DNS would answer."""
        lines = ["127.0.0.1 localhost"]
        for service in self.api.list("/api/v1/services"):
            name, namespace, address = (
                service["metadata"]["name"],
                service["metadata"]["namespace"],
                service["spec"].get("clusterIP"),
            )
            if address and address != "None":
                known = [f"{name}.{namespace}{more}" for more in ("", ".svc", ".svc.cluster.local")]
                lines.append(
                    " ".join(
                        [
                            address,
                            *known,
                            *([name] if namespace == item["metadata"]["namespace"] else []),
                        ]
                    )
                )
        folder = Path("/etc/netns") / self.network.full(pod.space)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts").write_text("\n".join(lines) + "\n")

    def _say(
        self, item: Object, pod: _Pod, phase: str, ready: bool, state: Object | None = None
    ) -> None:
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        truth = str(ready)
        conditions = [
            {
                "type": kind,
                "status": "True" if kind in ("PodScheduled", "Initialized") else truth,
                "lastTransitionTime": now,
            }
            for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
        ]
        waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "it does not start"}}
        containers = [
            {
                "name": each["name"],
                "image": each["image"],
                "imageID": "",
                "ready": ready,
                "restartCount": 0,
                "state": state
                or (waiting if phase == "Pending" else {"running": {"startedAt": now}}),
            }
            for each in item["spec"]["containers"]
        ]
        status = {
            "phase": phase,
            "podIP": pod.address,
            "podIPs": [{"ip": pod.address}],
            "hostIP": "10.244.0.1",
            "startTime": now,
            "conditions": conditions,
            "containerStatuses": containers,
        }
        try:
            self.api.ask("PATCH", f"{_path(item)}/status", {"status": status}, PATCH)
        except Failed as failed:
            if failed.status != 404:
                raise

    def _measure(self, item: Object) -> None:
        """What a pod uses, for good: little, and of a time when it has long been ready."""
        metadata = item["metadata"]
        owner = {"apiVersion": "v1", "kind": "Pod", "name": metadata["name"]}
        self.api.ask(
            "POST",
            f"/apis/metrics.k8s.io/v1beta1/namespaces/{metadata['namespace']}/pods",
            {
                "apiVersion": "metrics.k8s.io/v1beta1",
                "kind": "PodMetrics",
                "metadata": {
                    "name": metadata["name"],
                    "labels": metadata.get("labels") or {},
                    "ownerReferences": [owner | {"uid": metadata["uid"]}],
                },
                "timestamp": "2099-01-01T00:00:00Z",
                "window": "1s",
                "containers": [
                    {"name": each["name"], "usage": {"cpu": "10m", "memory": "10Mi"}}
                    for each in item["spec"]["containers"]
                ],
            },
        )

    def _leave(self, item: Object, pod: _Pod) -> None:
        spec, deleted = item["spec"], (pod.deleted or item)["metadata"]
        grace = deleted.get("deletionGracePeriodSeconds") or 0
        end = time.monotonic() + grace
        stop = (spec["containers"][0].get("lifecycle") or {}).get("preStop") or {}
        time.sleep(min(stop.get("sleep", {}).get("seconds", 0), grace))
        for process in pod.processes:
            process.terminate()
        for process in pod.processes:
            try:
                process.wait(max(end - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                process.kill()
        _end(pod)
        with self._lock:
            if self.network.full(pod.space) in self.network.spaces:
                self.network.remove(pod.space)
        shutil.rmtree(Path("/etc/netns") / self.network.full(pod.space), ignore_errors=True)
        self._forget(item)

    def _forget(self, item: Object) -> None:
        with contextlib.suppress(Failed, OSError):  # it is gone
            self.api.ask(
                "DELETE",
                _path(item),
                {
                    "kind": "DeleteOptions",
                    "apiVersion": "v1",
                    "gracePeriodSeconds": 0,
                    "preconditions": {"uid": item["metadata"]["uid"]},
                },
            )


def _end(pod: _Pod) -> None:
    for process in pod.processes:
        process.kill()
        process.wait()
    if pod.proxy:
        pod.proxy.close()


def _path(item: Object) -> str:
    return f"/api/v1/namespaces/{item['metadata']['namespace']}/pods/{item['metadata']['name']}"


def _variables(container: Object) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        **{each["name"]: each.get("value", "") for each in container.get("env", [])},
    }
