"""The parts of a cluster that are not under test: from manifests to Pods, addresses and endpoints.

Workloads become one running Pod each, jobs among them, Services get an address and EndpointSlices, everything gets an age.
"""

from __future__ import annotations

import ipaddress
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.mesh import tools

Object = dict[str, Any]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads as Kubernetes does: what PyYAML takes for text and Kubernetes for a number or a truth value is none."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"[yYnN]$"), list("yYnN"))
_Loader.yaml_constructors = {**_Loader.yaml_constructors}
_Loader.add_constructor(
    "tag:yaml.org,2002:bool", lambda loader, node: node.value.lower() in ("y", "yes", "true", "on")
)
GATEWAY_API = "gateway.networking.k8s.io/"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def kustomize(tree: Path) -> list[Object]:
    """All objects of an output tree."""
    return [item for objects in by_folder(tree).values() for item in objects]


def folders(tree: Path) -> list[str]:
    """Folders that Argo CD syncs, each by itself."""
    found = sorted(
        path.parent
        for path in tree.glob("overlays/*/*/kustomization.yaml")
        if path.parts[-3] not in ("base", "components")
    )
    shared = sorted(path.parent for path in tree.glob("overlays/*/kustomization.yaml"))
    return [folder.relative_to(tree).as_posix() for folder in [*found, *shared]]


def by_folder(tree: Path, wanted: list[str] | None = None) -> dict[str, list[Object]]:
    """The objects of each folder that Argo CD syncs, or of some, built as it builds them, but all in one process."""
    done = subprocess.run(
        [str(tools.renderer()), *(wanted or folders(tree))],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"kustomize: {done.stderr}")
    return {
        line["folder"]: read(line["manifests"])
        for line in map(json.loads, done.stdout.splitlines())
    }


def read(manifests: str) -> list[Object]:
    """Manifests as Kubernetes reads them."""
    return [document for document in yaml.load_all(manifests, _Loader) if document]


QUARTER = 1 << 14  # addresses


class Addresses:
    """Who has which address; a name keeps its own from one state of a cluster to the next."""

    def __init__(self, quarter: int = 0) -> None:
        """`quarter`: of the ranges, which one is given out of."""
        self._given: dict[tuple[str, str, str], str] = {}
        self._next = {
            "pod": ipaddress.IPv4Address("10.244.1.0") + quarter * QUARTER,
            "service": ipaddress.IPv4Address("10.96.0.9") + quarter * QUARTER,
        }

    def of(self, kind: str, namespace: str, name: str) -> str:
        key = (kind, namespace, name)
        if key not in self._given:
            self._next[kind] += 1
            self._given[key] = str(self._next[kind])
        return self._given[key]


class Cluster:
    """The objects of a case as a control plane sees them. `pods` by (namespace, name of the workload)."""

    def __init__(
        self, objects: list[Object], ingress: Object, addresses: Addresses | None = None
    ) -> None:
        self._given = addresses or Addresses()
        self.istio = [
            item for item in objects if item["apiVersion"].split("/")[0].endswith("istio.io")
        ]
        self.gateway_api = [item for item in objects if item["apiVersion"].startswith(GATEWAY_API)]
        self.core = [
            item
            for item in objects
            if not item["apiVersion"].split("/")[0].endswith("istio.io")
            and not item["apiVersion"].startswith(GATEWAY_API)
        ]
        self.pods: dict[tuple[str, str], Object] = {}
        self.addresses: dict[tuple[str, str], str] = {}  # Services
        extra = [_namespace(name) for name in ("istio-system", ingress["namespace"])]
        extra.append({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}})
        self.core += extra
        for item in [item for item in self.core if _runs(item)]:
            template, metadata = (
                (
                    item["spec"]["jobTemplate"]["spec"]
                    if item["kind"] == "CronJob"
                    else item["spec"]
                )["template"],
                item["metadata"],
            )
            self._pod(
                metadata["namespace"],
                metadata["name"],
                template["metadata"]["labels"],
                template["spec"],
            )
        self.gateway = self._ingress(ingress)
        self._plane()
        self.core += [
            item
            for service in self.core
            if service["kind"] == "Service"
            for item in self._service(service)
        ]
        for index, item in enumerate(self.core + self.istio + self.gateway_api):
            item["metadata"]["creationTimestamp"] = (
                f"2026-01-01T{index // 3600 % 24:02}:{index // 60 % 60:02}:{index % 60:02}Z"
            )

    def _ingress(self, said: Object) -> Object:
        """The pod of the ingress: one that people run, or what Istio's deployment controller makes of a Gateway."""
        labels, account = said.get("selector"), said.get("serviceAccount")
        if said.get("kind") == "gateway":
            (made,) = (item for item in self.gateway_api if _is_ingress(item))
            name, account = made["metadata"]["name"], f"{made['metadata']['name']}-istio"
            chosen = {f"{GATEWAY_API}gateway-name": name}
            labels = chosen | {
                f"{GATEWAY_API}gateway-class-name": "istio",
                "gateway.istio.io/managed": "istio.io-gateway-controller",
            }
            metadata = {"name": account, "namespace": said["namespace"], "labels": labels}
            ports = [
                {"name": one["name"], "port": one["port"], "targetPort": one["port"]}
                for one in made["spec"]["listeners"]
            ]
            spec = {"selector": chosen, "ports": ports}
            self.core += [
                {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec},
                {
                    "apiVersion": f"{GATEWAY_API}v1",
                    "kind": "GatewayClass",
                    "metadata": {"name": "istio"},
                    "spec": {"controllerName": "istio.io/gateway-controller"},
                },
            ]
        runs = {"serviceAccountName": account, "containers": [{"name": "proxy"}]}
        return self._pod(said["namespace"], "gateway", dict(labels or {}), runs)

    def _plane(self) -> None:
        """Adds what the mesh's own controllers make of objects."""

    def _pod(self, namespace: str, name: str, labels: dict[str, str], spec: Object) -> Object:
        address = self._given.of("pod", namespace, name)
        containers = [
            {"name": item["name"], "image": item.get("image", "x"), "ports": item.get("ports", [])}
            for item in spec["containers"]
        ]
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"{name}-0",
                "namespace": namespace,
                "labels": labels | {"security.istio.io/tlsMode": "istio"},
            },
            "spec": {
                "nodeName": "node-1",
                "serviceAccountName": spec.get("serviceAccountName", "default"),
                "containers": containers,
            },
            "status": {
                "phase": "Running",
                "podIP": address,
                "podIPs": [{"ip": address}],
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        }
        self.pods[namespace, name] = pod
        self.core.append(pod)
        return pod

    def _service(self, service: Object) -> list[Object]:
        name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
        address = service["spec"]["clusterIP"] = self._given.of("service", namespace, name)
        self.addresses[namespace, name] = address
        selector = service["spec"].get("selector")
        if not selector:
            return []
        behind = [
            pod
            for (where, _), pod in self.pods.items()
            if where == namespace and selector.items() <= pod["metadata"]["labels"].items()
        ]
        endpoints = [
            {
                "addresses": [pod["status"]["podIP"]],
                "conditions": {"ready": True},
                "nodeName": "node-1",
                "targetRef": {
                    "kind": "Pod",
                    "name": pod["metadata"]["name"],
                    "namespace": namespace,
                },
            }
            for pod in behind
        ]
        ports = [
            {
                "name": port["name"],
                "port": port["targetPort"],
                "protocol": "TCP",
                "appProtocol": port.get("appProtocol"),
            }
            for port in service["spec"]["ports"]
        ]
        labels = {"kubernetes.io/service-name": name}
        return [
            {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {"name": f"{name}-1", "namespace": namespace, "labels": labels},
                "addressType": "IPv4",
                "endpoints": endpoints,
                "ports": ports,
            }
        ]


def _is_ingress(item: Object) -> bool:
    return bool(item["kind"] == "Gateway" and item["spec"]["gatewayClassName"] == "istio")


def _runs(item: Object) -> bool:
    """Whether an object has pods: none if it is scaled to none, suspended, or on no node."""
    if item["kind"] not in WORKLOADS:
        return False
    spec, pod = item["spec"], (item["spec"].get("template") or {}).get("spec") or {}
    return spec.get("replicas") != 0 and not spec.get("suspend") and not pod.get("nodeSelector")


def _namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def text(objects: list[Object]) -> str:
    """Manifests as JSON, one a line, so that nothing is read twice."""
    return "\n---\n".join(map(json.dumps, objects)) + "\n"
