"""A second cluster with a mesh of its own: one Argo CD deploys to both, neither hears of the other's merges, and one that is
away holds nobody back.

Its API server, controllers and etcd are real, and so is what Argo CD makes of them. Its pods are only said to run, and no
Istio is there, so nobody sends it requests: those of the first cluster go on all the time. Where requests go over several
clusters is asked by `make mesh CLUSTERS=…`.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from tests.cluster import installed, refresh, report, scenarios, tools
from tests.cluster.api import Object
from tests.cluster.kubelet import Kubelet
from tests.cluster.parts import Parts
from tests.cluster.run import Run
from tests.cluster.scenarios import HOST, Step
from tests.cluster.traffic import Question
from tests.cluster.world import ROOT, World
from tests.mesh.envoy import Client

NAME, ROOT_THERE, FOLDER = "eu", "shop-root.eu", "argocd.eu"
PLATFORM, ENVIRONMENT = "environments/platform.yaml", "environments/eu/environment.yaml"
BY_NAME = "clusters: {eu: {}}"
HERE = "https://kubernetes.default.svc"
TAGS = ("v1.5.0", "v1.5.1", "v1.5.2", "v1.5.3")
SECONDS = 60  # until a merge is at rest though another cluster is away


class Said(Kubelet):
    """A kubelet that says of all pods that they run."""

    def _run(self, item: Object, pod: Any) -> None:
        self._say(item, pod, "Running", ready=True)

    def _leave(self, item: Object, pod: Any) -> None:
        self._forget(item)


class Second:
    """The second cluster, as Argo CD knows it."""

    def __init__(self, world: World) -> None:
        self.world, folder = world, world.folder / "second"
        folder.mkdir()
        self.parts = Parts(folder)
        self.api, self.url = self.parts.api, f"https://127.0.0.1:{self.parts.ports['api']}"
        self.kubelet = Said(self.api, world.network, folder)

    def start(self) -> None:
        self.parts.start()
        at = ("--kubeconfig", str(self.parts.kubeconfig))
        for name in ("istio-system", "istio-ingress"):
            self.world.kubectl(*at, "create", "namespace", name)
        definitions = str(tools.of_istiod("manifests/charts/base/files/crd-all.gen.yaml"))
        self.world.kubectl(*at, "apply", "--server-side", "-f", definitions)
        self.kubelet.start()
        self.world.apply(installed.cluster(NAME, self.url, self.parts.token))

    def signal(self, number: signal.Signals) -> None:
        """Stopped, its API server takes connections and never answers, which is worse than one that is not there."""
        os.kill(self.parts.processes["kube-apiserver"].pid, number)

    def close(self) -> None:
        self.signal(signal.SIGCONT)
        self.kubelet.close()
        self.parts.close()

    def deployments(self) -> dict[str, tuple[str, str]]:
        """Name → uid and tag."""
        return {
            item["metadata"]["name"]: (
                item["metadata"]["uid"],
                item["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2],
            )
            for item in self.api.list("/apis/apps/v1/namespaces/shop-eu/deployments")
        }

    def tags(self) -> dict[str, str]:
        return {name: tag for name, (_, tag) in self.deployments().items()}


def clusters(run: Run) -> list[str]:
    """What is wrong with two clusters."""
    began, second = time.monotonic(), Second(run.world)
    second.start()
    report.say(f"a second cluster: {time.monotonic() - began:.1f} s")
    try:
        return [
            *_joins(run, second),
            *_apart(run, second),
            *_by_server(run, second),
            *_away(run, second),
            *second.kubelet.faults,
        ]
    finally:
        second.close()


def _joins(run: Run, second: Second) -> list[str]:
    """An environment is in its own cluster only, and its tenants are told so in the other."""
    world = run.world
    _step(run, "a second cluster joins", lambda world, number: _join(world))
    found = _destinations(world, {"name": NAME})
    if (tags := second.tags()) != {"api": "v1.0.0", "web": "v1.0.0"}:
        found.append(f"in the second cluster runs {tags}")
    if world.api.find("/api/v1/namespaces/shop-eu"):
        found.append("what belongs in the second cluster is in the first as well")
    names = {item["metadata"]["name"] for item in second.api.list("/api/v1/namespaces")}
    if (mine := {name for name in names if name.startswith("shop-")}) != {"shop-eu"}:
        found.append(f"the second cluster has the namespaces {mine}")
    return found + _told(world)


def _join(world: World) -> None:
    """What docs/clusters.md says."""
    text = (world.root / PLATFORM).read_text()
    world.write(PLATFORM, f"{text.rstrip()}\n{BY_NAME}\n")
    world.gen("new", "environment", NAME, "--host", "eu.shop.example.com")
    world.edit(ENVIRONMENT, "hosts:", f"cluster: {NAME}\nhosts:")
    world.gen("deploy", NAME, "web=v1.0.0", "api=v1.0.0")
    world.gen("new", "tenant", "european", "--lane", NAME)
    world.merge("A second cluster")
    root = world.git("--git-dir", str(world.remote), "show", f"deploy:{FOLDER}/root.yaml")
    world.kubectl("apply", "-f", "-", stdin=root)
    world.roots[ROOT_THERE] = FOLDER


def _destinations(world: World, there: dict[str, str]) -> list[str]:
    """Where Applications go: those of the second cluster there, all others to the first."""
    found = []
    far = world.pins(ROOT_THERE).keys() - world.roots.keys()
    for name, application in world.applications().items():
        destination = dict(application["spec"]["destination"])
        destination.pop("namespace")
        if destination != (there if name in far else {"server": HERE}):
            found.append(f"{name} goes to {destination}")
    return found if far else ["no Application is of the second cluster"]


def _told(world: World) -> list[str]:
    """In the first cluster a tenant of the second is told where its lane is."""
    pods = world.api.list("/api/v1/namespaces/istio-ingress/pods", labelSelector="istio=ingress")
    client = Client(world.network, "client")
    answer = client.ask(
        address=str(pods[0]["status"]["podIP"]),
        port=80,
        host=HOST,
        path="/",
        headers=[["x-tenant", "european"]],
    )
    client.close()
    said = (answer.get("status"), answer.get("body", ""))
    told = said[0] == 503 and "the cluster eu" in said[1]
    return [] if told else [f"a tenant of the second cluster gets {said}"]


def _apart(run: Run, second: Second) -> list[str]:
    """A merge that concerns one cluster changes no folder of the other, and so Argo CD renders none."""
    world, found = run.world, list[str]()
    for words, environment, root in (
        ("a tag is deployed in the second cluster", NAME, ROOT_THERE),
        ("a tag is deployed in the first", "test", ROOT),
    ):
        changed = _alone(run, words, environment)
        own = {path for _, path in world.pins(root).values()}
        if not changed or changed - own:
            found.append(f"{words}: {sorted(changed)} changed")
    if second.tags()["api"] not in TAGS:
        found.append(f"in the second cluster runs {second.tags()}")
    return found


def _alone(run: Run, words: str, environment: str) -> frozenset[str]:
    """The folders that a tag changes. A publish lets go of lanes that left ten minutes before it, too, whatever is merged:
    then the next tag is asked."""
    for tag in TAGS:
        kept = run.world.kept()
        changed = _deploy(run, words, environment, tag)
        if run.world.kept() == kept:
            return changed
    raise RuntimeError(f"each publish lets go of lanes: {run.world.kept()}")


def _by_server(run: Run, second: Second) -> list[str]:
    """The same cluster by its address: nothing is made anew."""
    before = second.deployments()
    new = BY_NAME.replace("{}", f'{{server: "{second.url}"}}')

    def act(world: World, number: int) -> None:
        world.edit(PLATFORM, BY_NAME, new)
        world.merge("The second cluster by its address", "--allow-deletes", "clusters")

    _step(run, "a cluster is named by its address", act)
    found = _destinations(run.world, {"server": second.url})
    if second.deployments() != before:
        found.append(f"by its address {before} became {second.deployments()}")
    return found


def _away(run: Run, second: Second) -> list[str]:
    """Its API server hangs: merges of the first cluster arrive as before, and its own once it is back."""
    world, found = run.world, list[str]()
    second.signal(signal.SIGSTOP)
    world.away.add(ROOT_THERE)
    _deploy(run, "a tag for a cluster that is away", NAME, "v1.6.0")
    for old, new in (("test", "test/login"), ("test/login", "test")):
        step = Step(
            "a tenant moves while another cluster is away",
            lambda world, number, old=old, new=new: scenarios.move(  # type: ignore[misc]
                world, f"lane: {old}\n", f"lane: {new}\n"
            ),
            Question("mover", HOST, "/", "api"),
        )
        result = run.step(step, 0)
        report.step(result)
        if result.settled > SECONDS:
            found.append(f"a cluster that is away holds a merge back for {result.settled:.0f} s")
    if run.traffic.count.failures:
        found.append(f"requests fail: {run.traffic.count.failures[:3]}")
    second.signal(signal.SIGCONT)
    world.away.clear()
    began = time.monotonic()
    # As Argo CD's own clock has it do, which stands still in these tests.
    refresh.read_again(world.api, world.pins(ROOT_THERE).keys() & world.applications().keys())
    settled = world.settle() - began
    report.say(f"a cluster that was away is at rest {settled:.0f} s after it is back")
    if second.tags()["api"] != "v1.6.0":
        found.append(f"what was merged while it was away is not there: {second.tags()}")
    return found


def _deploy(run: Run, words: str, environment: str, tag: str) -> frozenset[str]:
    def act(world: World, number: int) -> None:
        world.gen("deploy", environment, f"api={tag}")
        world.merge(words)

    return _step(run, words, act)


def _step(run: Run, words: str, act: scenarios.Act) -> frozenset[str]:
    """The folders that it changed."""
    result = run.step(Step(words, act), 0)
    report.step(result)
    return result.changed
