"""An environment and its branch, each with an autoscaler, fall asleep and wake while everybody asks: no request comes where
no pod is, and the autoscaler neither wakes what sleeps nor is fought over when it wakes.
"""

from __future__ import annotations

import json
import time
from typing import Any

from tests.cluster import report
from tests.cluster.run import Run
from tests.cluster.scenarios import HOST, Act, Step
from tests.cluster.traffic import Question
from tests.cluster.world import World

ENVIRONMENT, BRANCH = "environments/nap/environment.yaml", "environments/nap/branches/dream.yaml"
COMPONENT = "overlays/components/scaled"
SCALED = {"api": 2, "api-dream": 2, "web-dream": 1}  # pods that each Deployment has, awake
_SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}
  minReplicas: 2
  maxReplicas: 3
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}
"""
_KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [autoscaler.yaml]
"""


def sleeps(run: Run) -> list[str]:
    """What is wrong with an environment that sleeps."""
    world = run.world
    world.kubelet.measures = True
    _step(run, "an environment with an autoscaler, and two tenants that take it", _made, "napper")
    found = _scaled(world, SCALED, "made")
    _step(run, "an environment falls asleep, with its branch", _sleep, "napper")
    found += _nobody(world)
    _step(run, "an environment wakes, with its branch", _wake, "dreamer")
    return found + _scaled(world, SCALED, "awake again") + _calm(world)


def _made(world: World, number: int) -> None:
    world.write(f"{COMPONENT}/kustomization.yaml", _KUSTOMIZATION)
    world.write(f"{COMPONENT}/autoscaler.yaml", _SCALER)
    world.gen("new", "environment", "nap", "--extends", "test", "--host", "nap.shop.example.com")
    world.gen("deploy", "nap", "api=nap-1")
    owned = ("--owner", "sleepers", "--expires", "2099-12-31")
    # It runs who calls and who is called: their routes change one after the other.
    world.gen("deploy", "nap/dream", "web=dream-1", "api=dream-1", *owned)
    for path, tag in ((ENVIRONMENT, "nap-1"), (BRANCH, "dream-1")):
        world.edit(path, f"api: {{tag: {tag}}}", f"api: {{tag: {tag}, components: [scaled]}}")
    for tenant, lane in (("napper", "nap"), ("dreamer", "nap/dream")):
        world.gen("new", "tenant", tenant, "--lane", lane)
    world.merge("An environment with an autoscaler")


def _sleep(world: World, number: int) -> None:
    world.gen("sleep", "nap")
    world.merge("The environment sleeps")


def _wake(world: World, number: int) -> None:
    world.gen("wake", "nap")
    world.merge("The environment wakes")


def _step(run: Run, words: str, act: Act, tenant: str) -> None:
    """A merge by which a tenant gets another answer, unless it is new."""
    known = act is not _made
    result = run.step(Step(words, act, Question(tenant, HOST, "/", "api") if known else None), 0)
    report.step(result)


def _scaled(world: World, wanted: dict[str, int], when: str) -> list[str]:
    """What the autoscaler makes of it, which takes a while."""
    end = time.monotonic() + 60
    while (there := _replicas(world)) != wanted and time.monotonic() < end:
        time.sleep(0.5)
    return [] if there == wanted else [f"{when}, there are {there}: {_autoscalers(world)}"]


def _nobody(world: World) -> list[str]:
    """Asleep, nothing runs, and the autoscaler leaves it so for some of its turns."""
    found, end = list[str](), time.monotonic() + 10
    while time.monotonic() < end:
        if (there := _replicas(world)) != dict.fromkeys(SCALED, 0):
            return [f"asleep, there are {there}: {_autoscalers(world)}"]
        time.sleep(0.5)
    pods = world.api.list("/api/v1/namespaces/shop-nap/pods")
    if staying := [pod["metadata"]["name"] for pod in pods]:
        found.append(f"asleep, pods are left: {staying}")
    return found


def _calm(world: World) -> list[str]:
    """Argo CD sets back nothing that the autoscaler has said: no sync begins by itself."""
    began = {name: _synced(world, name) for name in ("nap.baseline", "nap.dream")}
    time.sleep(5)
    return [
        f"{name} is synced again and again: {before}, {_synced(world, name)}"
        for name, before in began.items()
        if _synced(world, name) != before
    ]


def _synced(world: World, name: str) -> str:
    """When an Application was synced last, and what it says."""
    status = world.applications()[name].get("status", {})
    return f"{status.get('operationState', {}).get('startedAt')}, {status['sync']['status']}"


def _replicas(world: World) -> dict[str, int]:
    deployments = world.api.list("/apis/apps/v1/namespaces/shop-nap/deployments")
    return {item["metadata"]["name"]: item["spec"].get("replicas", 1) for item in deployments}


def _autoscalers(world: World) -> str:
    path = "/apis/autoscaling/v2/namespaces/shop-nap/horizontalpodautoscalers"
    said: dict[str, Any] = {
        item["metadata"]["name"]: [
            f"{each['type']} {each['status']} {each['reason']}"
            for each in item.get("status", {}).get("conditions") or []
        ]
        for item in world.api.list(path)
    }
    return json.dumps(said)
