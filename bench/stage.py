"""A compiled repository on the real control plane, with a few real Envoys: what the benches on the mesh measure."""

from __future__ import annotations

import copy
import json
import os
import random
import re
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
from tests.mesh.network import PROXY_USER, Network

INGRESS = {"namespace": "istio-ingress", "serviceAccount": "istio-ingress", "selector": {"istio": "ingress"}, "port": 80}
WATCHED = ("Pod", "Service", "EndpointSlice", "Namespace", "Node")  # kinds of Kubernetes' own that the control plane reads; each costs it some milliseconds
PORT = 8000  # of the city's services that speak HTTP/1, and of what stands for all of their pods


def files(tenants: int, size: dict[str, int]) -> dict[str, str]:
    """The city, with tokens that are verified by a key set in place, and without identities. Its entries all speak HTTP/2;
    here the first one speaks HTTP/1, which keeps a connection per request under way and not one per pod."""
    jwt = [{"issuer": tokens.ISSUER, "audiences": [tokens.AUDIENCE], "jwks": tokens.jwks()}]
    platform = {"name": "city", "mesh": {"mtls": "disabled"}, "ingress": INGRESS | {"jwt": jwt}, "argocd": {"repository": "https://git.example.com/city.git"}}
    content = city(Size(tenants=tenants, **size)) | {"environments/platform.yaml": json.dumps(platform)}
    entry = next(path for path, text in content.items() if path.startswith("environments/services/") and "\nentry:" in text)
    return content | {entry: content[entry].replace("port: 8002, protocol: http2", f"port: {PORT}, protocol: http")}


def objects(content: dict[str, str], folder: Path) -> list[Object]:
    """What the compiled city holds. What stands in the folders of the mesh and the edge is plain, and is read without
    Kustomize, which takes minutes for a city."""
    write(folder, content)
    gen(folder, "build")
    tree = folder / "build"
    plain = [path for path in sorted([*tree.glob("overlays/edge/*.yaml"), *tree.glob("overlays/*/mesh/**/*.yaml")]) if path.name != "kustomization.yaml"]
    rendered = by_folder(tree, [name for name in folders(tree) if not name.endswith(("/mesh", "/edge"))])
    return [item for path in plain for item in read(path.read_text())] + [item for items in rendered.values() for item in items]


class Stage:
    """A control plane with objects, and the Envoys that are asked for. `cluster` holds the objects."""

    def __init__(self, network: Network, things: list[Object]) -> None:
        self.network = network
        self._folder = tempfile.TemporaryDirectory(prefix="gen-bench-", dir="/tmp")
        self.folder = Path(self._folder.name)
        self.folder.chmod(0o755)
        self.pods: list[Pod] = []
        self.cluster = Cluster(copy.deepcopy(things), INGRESS)
        mesh = {key: value for key, value in MESH.items() if not key.startswith("accessLog")} | {"enableAutoMtls": False}
        for part, said in (("kube", text([item for item in self.cluster.core if item["kind"] in WATCHED])), ("istio", text([*self.cluster.istio, PLAIN])), ("mesh", yaml.safe_dump(mesh))):
            (self.folder / part).write_text(said)
        options = [word for part in ("kube", "istio", "mesh", "ads", "sds") for word in (f"-{part}", str(self.folder / part))]
        self.control = subprocess.Popen([str(tools.control_plane()), *options, "-crds", str(tools.crds())], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(self.folder / "control.err").open("w"), text=True)
        assert self.control.stdout
        if not any(line.strip() == "ready" for line in iter(self.control.stdout.readline, "")):
            raise RuntimeError((self.folder / "control.err").read_text()[-3000:])

    def envoy(self, key: tuple[str, str] | None, version: str) -> Pod:
        """The Envoy of a pod; None: the gateway's."""
        pod = self.cluster.pods[key] if key else self.cluster.gateway
        space = f"pod{len(self.pods)}"
        self.network.add(space, [pod["status"]["podIP"]], redirect=key is not None)
        self.pods.append(Pod(self.network, space, pod, tools.envoy(version), self.folder, gateway=key is None))
        self.pods[-1].wait(120)
        return self.pods[-1]

    def fetch(self, pod: Pod, url: str) -> str:
        """What a pod's own address answers; a large dump takes its time."""
        command = [sys.executable, "-c", "import sys, urllib.request\nsys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=120).read().decode())", url]
        return subprocess.run(self.network.inside(pod.space, *command), capture_output=True, text=True, check=True).stdout

    def change(self, item: dict[str, Any], delete: bool = False) -> None:
        assert self.control.stdin and self.control.stdout
        self.control.stdin.write(json.dumps({"delete": delete, "istio": True, "manifest": text([item])}) + "\n")
        self.control.stdin.flush()
        if (said := self.control.stdout.readline().strip()) != "done":
            raise RuntimeError(said)

    def close(self) -> None:
        for pod in self.pods:
            pod.close()
        self.control.kill()
        self.control.wait()
        self._folder.cleanup()


class Static:
    """An Envoy with a configuration of its own and nothing in it but one route: to an address, or an answer at once."""

    def __init__(self, network: Network, space: str, folder: Path, version: str, port: int, upstream: str | None) -> None:
        to: dict[str, Any] = {"route": {"cluster": "up"}} if upstream else {"direct_response": {"status": 200, "body": {"inline_string": "ok\n"}}}
        host = {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}} | to]}
        router = {"name": "envoy.filters.http.router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}
        manager = {"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "plain", "http_filters": [router], "route_config": {"virtual_hosts": [host]}}
        listener = {"address": _address("0.0.0.0", port), "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}]}
        cluster = {"name": "up", "type": "STATIC", "load_assignment": {"cluster_name": "up", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(upstream, PORT)}}]}]}} if upstream else None
        place = folder / f"{space}-{port}.json"
        place.write_text(json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster] if cluster else []}}))
        if port < 1024:
            subprocess.run(network.inside(space, "sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=0"), check=True, capture_output=True)
        user = ["setpriv", f"--reuid={PROXY_USER}", f"--regid={PROXY_USER}", "--clear-groups", "--pdeathsig=KILL"]
        options = ["-c", str(place), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
        self.process = subprocess.Popen(network.inside(space, *user, str(tools.envoy(version)), *options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def _address(address: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": address, "port_value": port}}


class Load:
    """wrk in a namespace, which sends requests with these headers in turn."""

    def __init__(self, network: Network, space: str, folder: Path, url: str, headers: list[dict[str, str]]) -> None:
        self.network, self.space, self.url = network, space, url
        self.script = folder / f"{space}-{random.randrange(1 << 32):x}.lua"
        listed = ",\n".join("{" + ", ".join(f"[{json.dumps(key)}] = {json.dumps(value)}" for key, value in one.items()) + "}" for one in headers)
        self.script.write_text(f"local all, made, turn = {{\n{listed}\n}}, {{}}, 0\nfunction init()\n  for index, headers in ipairs(all) do made[index] = wrk.format('GET', nil, headers) end\nend\n"
                               "function request()\n  turn = turn % #made + 1\n  return made[turn]\nend\n")

    def run(self, connections: int, seconds: int) -> tuple[float, float]:
        """(requests per second, median latency in microseconds); every answer must be 200."""
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(self.script), self.url]
        said = subprocess.run(self.network.inside(self.space, *command), capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C"}).stdout
        rate, middle = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"50%\s+([\d.]+)(us|ms|s)", said)
        if not rate or not middle or "Non-2xx" in said or "Socket errors" in said:
            raise RuntimeError(f"{self.url}: {said}")
        return float(rate[1]), float(middle[1]) * {"us": 1, "ms": 1e3, "s": 1e6}[middle[2]]
