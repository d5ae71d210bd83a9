"""An application that runs already, and is asked all the time, is adopted in place: none of its pods restarts; then it comes
into the mesh service by service, its namespace is closed, and no request is lost on the way.

Those who asked it before gen have no proxy: they come as kube-proxy lets them, to one of the addresses that are ready.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.cluster import report
from tests.cluster.api import Object
from tests.cluster.run import REST, Run
from tests.cluster.world import World
from tests.mesh.envoy import Client

NAMESPACE, HOST = "legacy", "legacy.shop.example.com"
FLOWS, RATE = 3, 150  # requests a second, all flows together
ENVIRONMENT = "environments/legacy/environment.yaml"
TENANT = "environments/tenants/curious.yaml"
_SERVERS = {"store": 8080, "stock": 9090}
_DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, team: shopping}}, annotations: {{example.com/since: "2019"}}}}
    spec:
      terminationGracePeriodSeconds: 20
      containers:
        - name: main
          image: registry.example.com/old/{name}:v7
          ports: [{{name: http, containerPort: {port}}}]
          env: [{{name: WORD, value: old}}]
          lifecycle: {{preStop: {{sleep: {{seconds: 5}}}}}}
          readinessProbe: {{httpGet: {{path: /, port: {port}}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {name}}}, ports: [{{name: http, port: 80, targetPort: {port}}}]}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: {name}}}
spec: {{minAvailable: 1, selector: {{matchLabels: {{app: {name}}}}}}}
---
"""
_WORKER = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: digger}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec:
      serviceAccountName: digger
      containers: [{name: main, image: "registry.example.com/old/worker:v7"}]
"""


class Askers:
    """Flows of requests to an address that `whom` tells anew for each; `count` and `failures` are what was heard, `met` who
    answered last."""

    def __init__(self, world: World, whom: Callable[[], dict[str, Any]]) -> None:
        self.count, self.failures, self.met = 0, list[str](), set[str]()
        self._whom, self._over, self._lock = whom, threading.Event(), threading.Lock()
        self._clients = [Client(world.network, "client") for _ in range(FLOWS)]
        self._threads = [
            threading.Thread(target=self._flow, args=(client,), daemon=True)
            for client in self._clients
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        for client in self._clients:
            client.close()

    def _flow(self, client: Client) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0, due - time.monotonic())):
            due = max(due, time.monotonic() - 1) + FLOWS / RATE
            request = self._whom()
            answer = client.ask(**request)
            with self._lock:
                self._hear(request, answer)

    def _hear(self, request: dict[str, Any], answer: dict[str, Any]) -> None:
        self.count += 1
        said = json.loads(answer["body"]) if answer.get("status") == 200 else {"error": answer}
        while said:
            if "error" in said:
                self.failures.append(f"{time.monotonic():.2f} {request}: {str(said)[:300]}")
                return
            self.met.add(said["address"])
            said = said.get("next")


class Ready:
    """The addresses behind each Service of the namespace, as kube-proxy hears of them."""

    def __init__(self, world: World) -> None:
        self._world, self._over = world, threading.Event()
        self.of: dict[str, list[str]] = {}
        stock = world.api.ask("GET", f"/api/v1/namespaces/{NAMESPACE}/services/stock")
        self._address = str(stock["spec"]["clusterIP"])
        threading.Thread(target=self._follow, daemon=True).start()

    def close(self) -> None:
        self._over.set()

    def _follow(self) -> None:
        path = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
        while not self._over.is_set():
            for event, item in self._world.api.watch(path):
                name = item["metadata"]["labels"]["kubernetes.io/service-name"]
                gone = event == "DELETED"
                self.of[name] = [] if gone else sorted(_ready(item))

    def whom(self) -> dict[str, Any]:
        """One of those that are ready of the first service, which asks one of the second."""
        store, stock = (random.choice(self.of[name]) for name in _SERVERS)
        port = _SERVERS["stock"]
        if store in self._world.kubelet.proxied:  # its proxy finds a way by itself
            stock, port = self._address, 80
        path = "/?via=" + quote(f"{stock},{port},stock.{NAMESPACE}:80,1", safe="")
        return _request(store, _SERVERS["store"], "store", path)


def _ready(item: Object) -> list[str]:
    return [
        address
        for one in item.get("endpoints") or []
        if one["conditions"]["ready"]
        for address in one["addresses"]
    ]


def _request(address: str, port: int, host: str, path: str, *headers: list[str]) -> dict[str, Any]:
    return {
        "address": address,
        "port": port,
        "host": host,
        "path": path,
        "headers": [*headers],
    }


def adopts(run: Run) -> list[str]:
    """What is wrong with taking a namespace over."""
    world, found = run.world, list[str]()
    _live(world)
    before, ready = _pods(world), Ready(world)
    while len(ready.of) < len(_SERVERS) or not all(ready.of.values()):
        time.sleep(0.1)
    asking = Askers(world, ready.whom)
    found += _taken_over(world, before)
    found += _beside(world, ready, before)
    inside = Askers(world, lambda: _through_the_gateway(world))
    found += _joined(world, before)
    asking.close()
    found += _closed(world, inside, ready)
    inside.close()
    ready.close()
    report.say(
        f"adopted in place: {asking.count} requests past the mesh, {inside.count} through it, "
        f"{len(asking.failures)} and {len(inside.failures)} failures"
    )
    found += [*asking.failures[:5], *inside.failures[:5]]
    _clear(world)
    return found


def _live(world: World) -> None:
    """Applied as people do, and ready."""
    text = "".join(_DEPLOYMENT.format(name=name, port=port) for name, port in _SERVERS.items())
    world.kubectl("create", "namespace", NAMESPACE)
    world.kubectl("-n", NAMESPACE, "apply", "-f", "-", stdin=text + _WORKER)
    for name in (*_SERVERS, "worker"):
        world.kubectl("-n", NAMESPACE, "rollout", "status", f"deployment/{name}", "--timeout=60s")


def _taken_over(world: World, before: dict[str, str]) -> list[str]:
    """Imported, published, synced: the pods are those that were there."""
    kinds = "deploy,svc,pdb,sa"
    shown = world.kubectl("-n", NAMESPACE, "get", kinds, "-o", "yaml")
    world.gen("import", "--in-place", "-", "--environment", f"legacy={NAMESPACE}", stdin=shown)
    world.edit(ENVIRONMENT, "adopting: true\n", f"adopting: true\nhosts: [{HOST}]\n")
    for name in _SERVERS:
        path = f"environments/services/{name}.yaml"
        entry = f"entry: [{{prefix: /{name}}}]\nforwardsColour: true\n"
        calls = "calls: [stock]\n" if name == "store" else ""
        world.write(path, (world.root / path).read_text() + entry + calls)
    told = world.gen(
        "import", "--prove", "-", "--environment", f"legacy={NAMESPACE}", stdin=shown, expect=16
    )
    found = [] if "no pod restarts" in told else [f"pods would restart: {told}"]
    _merge(world, "What ran before")
    if _pods(world) != before:
        found.append(f"pods were replaced: {before} became {_pods(world)}")
    sets = world.api.list(f"/apis/apps/v1/namespaces/{NAMESPACE}/replicasets")
    if len(sets) != len(_SERVERS) + 1:
        found.append(f"there are {len(sets)} ReplicaSets")
    return found


def _beside(world: World, ready: Ready, before: dict[str, str]) -> list[str]:
    """A branch beside adopted pods is nobody's by chance, and answers its tenant at the entry."""
    world.gen(
        *("deploy", "legacy/idea", "stock=idea-1", "--owner", "stock"), "--expires", "2099-12-31"
    )
    world.write(TENANT, "match: [{header: {x-tenant: curious}}]\nlane: legacy/idea\n")
    _merge(world, "A branch beside what ran before")
    pods = world.api.list(f"/api/v1/namespaces/{NAMESPACE}/pods", labelSelector="gen/branch=idea")
    mine = {pod["status"]["podIP"] for pod in pods}
    found = []
    if not mine or mine & set(ready.of["stock"]):
        found.append(f"the branch's pods {mine} stand behind stock: {ready.of['stock']}")
    budgets = f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets"
    found += [
        f"the budget {name} is about other pods than its own"
        for name in ("stock", "stock-idea")
        if world.api.ask("GET", f"{budgets}/{name}")["status"].get("expectedPods") != 2
    ]
    met = _met(world, "/stock", "curious")
    if met != mine:
        found.append(f"the branch's tenant meets {met}, not {mine}")
    if _pods(world).items() < before.items():
        found.append("pods were replaced by a branch beside them")
    return found


def _joined(world: World, before: dict[str, str]) -> list[str]:
    """One service after the other comes into the mesh, by a rolling update."""
    for name in ("stock", "store", "worker"):
        text = (world.root / ENVIRONMENT).read_text()
        pattern = rf"(?m)^(  {name}: .*), untouched: true(.*)$"
        world.write(ENVIRONMENT, re.sub(pattern, r"\1\2", text))
        _merge(world, f"{name} comes into the mesh")
    left = before.items() & _pods(world).items()
    found = [f"pods without a proxy are left: {left}"] if left else []
    branch = world.api.list(f"/api/v1/namespaces/{NAMESPACE}/pods", labelSelector="gen/branch=idea")
    met = _met(world, _via_stock(world), "curious")
    if not met & {pod["status"]["podIP"] for pod in branch}:
        found.append(f"behind a service in the mesh its tenant's lane meets {met}")
    return found


def _closed(world: World, inside: Askers, ready: Ready) -> list[str]:
    """Then the namespace lets in only whom the catalogue says."""
    world.edit(ENVIRONMENT, "adopting: true\n", "")
    _merge(world, "The namespace is closed")
    client = Client(world.network, "client")
    answer = client.ask(**_request(ready.of["stock"][0], 9090, "stock", "/"))
    client.close()
    return [f"a stranger is let in: {answer}"] if answer.get("status") == 200 else []


def _clear(world: World) -> None:
    (world.root / TENANT).unlink()
    _merge(world, "Nobody asks the branch")
    world.git("rm", "-rq", "environments/legacy")
    for name in (*_SERVERS, "worker"):
        world.git("rm", "-rq", f"environments/services/{name}.yaml", f"overlays/base/{name}")
    words = ("legacy", "files", "applications")
    allowed = [word for what in words for word in ("--allow-deletes", what)]
    _merge(world, "What ran before goes", *allowed)


def _pods(world: World) -> dict[str, str]:
    """Uid → name, of the baseline's pods that stay."""
    return {
        pod["metadata"]["uid"]: pod["metadata"]["name"]
        for pod in world.api.list(f"/api/v1/namespaces/{NAMESPACE}/pods")
        if "deletionTimestamp" not in pod["metadata"]
        and pod["metadata"]["labels"].get("gen/branch", "baseline") == "baseline"
    }


def _through_the_gateway(world: World) -> dict[str, Any]:
    pods = world.api.list("/api/v1/namespaces/istio-ingress/pods", labelSelector="istio=ingress")
    return _request(str(pods[0]["status"]["podIP"]), 80, HOST, "/stock")


def _via_stock(world: World) -> str:
    """The path by which the store asks for stock by its name, as its proxy sees it."""
    service = world.api.ask("GET", f"/api/v1/namespaces/{NAMESPACE}/services/stock")
    words = f"{service['spec']['clusterIP']},80,stock.{NAMESPACE}:80,1"
    return "/store?via=" + quote(words, safe="")


def _met(world: World, path: str, tenant: str) -> set[str]:
    """The addresses of all that answer a tenant's requests, in twenty."""
    request, met = _through_the_gateway(world), set[str]()
    client = Client(world.network, "client")
    for _ in range(20):
        asked = request | {"path": path, "headers": [["x-tenant", tenant]]}
        answer = client.ask(**asked)
        said = json.loads(answer["body"]) if answer.get("status") == 200 else {}
        while said:
            met.add(said.get("address", f"{said}"))
            said = said.get("next")
    client.close()
    return met


def _merge(world: World, subject: str, *words: str) -> None:
    world.merge(subject, *words)
    world.ring()
    world.settle()
    time.sleep(REST)
