"""A compiled repository on the real control plane, with a few real Envoys: what the benches on the
mesh measure."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from bench.city import Size, city, write
from bench.work import gen
from tests.mesh import tokens, tools
from tests.mesh.case import MESH, PLAIN
from tests.mesh.envoy import Pod
from tests.mesh.kubelet import Cluster, Object, by_folder, folders, read, text
from tests.mesh.network import Network

INGRESS = {
    "namespace": "istio-ingress",
    "serviceAccount": "istio-ingress",
    "selector": {"istio": "ingress"},
    "port": 80,
}
# Kinds of Kubernetes' own that the control plane reads; each costs it some milliseconds.
WATCHED = ("Pod", "Service", "EndpointSlice", "Namespace", "Node")
FETCH = """\
import sys, urllib.request
sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=120).read().decode())
"""
PORT = 8000  # of the city's services that speak HTTP/1, and of what stands for all of their pods


def files(tenants: int, size: dict[str, int]) -> dict[str, str]:
    """The city, with tokens that are verified by a key set in place, and without identities. Its
    entries all speak HTTP/2; here the first one speaks HTTP/1, which keeps a connection per request
    under way and not one per pod."""
    jwt = [{"issuer": tokens.ISSUER, "audiences": [tokens.AUDIENCE], "jwks": tokens.jwks()}]
    platform = {
        "name": "city",
        "mesh": {"mtls": "disabled"},
        "ingress": INGRESS | {"jwt": jwt},
        "argocd": {"repository": "https://git.example.com/city.git"},
    }
    content = city(Size(tenants=tenants, **size)) | {
        "environments/platform.yaml": json.dumps(platform)
    }
    entry = next(path for path, text in content.items() if _is_entry(path, text))
    port = f"port: {PORT}, protocol: http"
    return content | {entry: content[entry].replace("port: 8002, protocol: http2", port)}


def _is_entry(path: str, text: str) -> bool:
    return path.startswith("environments/services/") and "\nentry:" in text


def objects(content: dict[str, str], folder: Path) -> list[Object]:
    """What the compiled city holds. What stands in the folders of the mesh and the edge is plain,
    and is read without Kustomize, which takes minutes for a city."""
    write(folder, content)
    gen(folder, "build")
    tree = folder / "build"
    plain = sorted([*tree.glob("overlays/*/*.yaml"), *tree.glob("overlays/*/mesh*/**/*.yaml")])
    found: list[Object] = []
    for path in plain:
        if path.name != "kustomization.yaml":
            found += read(path.read_text())
    built = [
        name
        for name in folders(tree)
        if not name.endswith(("/mesh", "/mesh.pods", "/edge", "/lanes"))
    ]
    for items in by_folder(tree, built).values():
        found += items
    return found


class Stage:
    """A control plane with objects, and the Envoys that are asked for. `cluster` holds the
    objects."""

    def __init__(self, network: Network, things: list[Object]) -> None:
        self.network = network
        self._folder = tempfile.TemporaryDirectory(prefix="gen-bench-", dir="/tmp")
        self.folder = Path(self._folder.name)
        self.folder.chmod(0o755)
        self.pods: list[Pod] = []
        self.cluster = Cluster(copy.deepcopy(things), INGRESS)
        self._write()
        self.control = self._start()

    def _write(self) -> None:
        """What the control plane is started with."""
        mesh = {key: value for key, value in MESH.items() if not key.startswith("accessLog")}
        watched = [item for item in self.cluster.core if item["kind"] in WATCHED]
        for part, said in (
            ("kube", text(watched)),
            ("istio", text([*self.cluster.istio, PLAIN])),
            ("mesh", yaml.safe_dump(mesh | {"enableAutoMtls": False})),
        ):
            (self.folder / part).write_text(said)

    def _start(self) -> subprocess.Popen[str]:
        command = [str(tools.control_plane()), "-crds", str(tools.crds())]
        for part in ("kube", "istio", "mesh", "ads", "sds"):
            command += [f"-{part}", str(self.folder / part)]
        control = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self.folder / "control.err").open("w"),
            text=True,
        )
        assert control.stdout
        if not any(line.strip() == "ready" for line in iter(control.stdout.readline, "")):
            raise RuntimeError((self.folder / "control.err").read_text()[-3000:])
        return control

    def envoy(self, key: tuple[str, str] | None, version: str) -> Pod:
        """The Envoy of a pod; None: the gateway's."""
        pod = self.cluster.pods[key] if key else self.cluster.gateway
        space = f"pod{len(self.pods)}"
        self.network.add(space, [pod["status"]["podIP"]], redirect=key is not None)
        self.pods.append(
            Pod(self.network, space, pod, tools.envoy(version), self.folder, gateway=key is None)
        )
        self.pods[-1].wait(120)
        return self.pods[-1]

    def fetch(self, pod: Pod, url: str) -> str:
        """What a pod's own address answers; a large dump takes its time."""
        command = self.network.inside(pod.space, sys.executable, "-c", FETCH, url)
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def change(self, item: dict[str, Any], delete: bool = False) -> None:
        assert self.control.stdin
        assert self.control.stdout
        order = {"delete": delete, "istio": True, "manifest": text([item])}
        self.control.stdin.write(json.dumps(order) + "\n")
        self.control.stdin.flush()
        if (said := self.control.stdout.readline().strip()) != "done":
            raise RuntimeError(said)

    def close(self) -> None:
        for pod in self.pods:
            pod.close()
        self.control.kill()
        self.control.wait()
        self._folder.cleanup()
