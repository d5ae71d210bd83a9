"""What an environment's namespace may use, asked of the API server that enforces it."""

from __future__ import annotations

import time
from typing import Any

import yaml

from generator.compiler.compile import compile_sources, valid
from tests.cluster.api import Api, Failed, Object
from tests.cluster.kubelet import NODE
from tests.cluster.run import Run
from tests.conftest import sources

PLATFORM = """
name: limited
argocd: {repository: https://git.example.com/limited.git}
namespaces:
  podSecurity: restricted
  quota: {pods: 2, requests.cpu: "1", limits.memory: 1Gi}
  limits: {default: {cpu: 500m, memory: 256Mi}, defaultRequest: {cpu: 100m, memory: 64Mi}}
"""
NAMESPACE = "limited-test"
PATHS = {
    "Namespace": "/api/v1/namespaces",
    "ResourceQuota": f"/api/v1/namespaces/{NAMESPACE}/resourcequotas",
    "LimitRange": f"/api/v1/namespaces/{NAMESPACE}/limitranges",
}
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
GIVEN = {
    "requests": {"cpu": "100m", "memory": "64Mi"},
    "limits": {"cpu": "500m", "memory": "256Mi"},
}


def limits(run: Run) -> list[str]:
    """Pods beyond the level are refused, those that say nothing get the defaults, and what is beyond the quota is refused."""
    api, found = run.world.api, []
    things = yaml.safe_load_all(
        valid(compile_sources(sources({"environments/platform.yaml": PLATFORM}))).files[
            "overlays/test/namespace/namespace.yaml"
        ]
    )
    made = [thing for thing in things if thing["kind"] in PATHS]
    if [thing["kind"] for thing in made] != list(PATHS):
        return [f"the namespace brings {[thing['kind'] for thing in made]}"]
    for thing in made:
        api.ask("POST", PATHS[thing["kind"]], thing)
    try:
        end = time.monotonic() + 60
        while (
            "hard" not in (api.ask("GET", f"{PATHS['ResourceQuota']}/gen").get("status") or {})
            and time.monotonic() < end
        ):
            time.sleep(0.2)
        for name, changes, words in (
            ("root", {"runAsNonRoot": False}, "violates PodSecurity"),
            ("capable", {"capabilities": {"add": ["NET_ADMIN"]}}, "violates PodSecurity"),
            (
                "greedy",
                {"resources": {"requests": {"cpu": "1100m"}, "limits": {"cpu": "2"}}},
                "exceeded quota: gen",
            ),
            ("large", {"resources": {"limits": {"memory": "2Gi"}}}, "exceeded quota: gen"),
            ("first", {}, ""),
            ("second", {}, ""),
            ("third", {}, "exceeded quota: gen"),
        ):
            said = _made(api, name, changes)
            if words not in said or bool(words) != bool(said):
                found.append(f"the pod {name}: {said or 'was taken'}, expected: {words or 'taken'}")
        given = api.ask("GET", f"{PODS}/first")["spec"]["containers"][0].get("resources")
        if given != GIVEN:
            found.append(f"a container that says nothing got {given}")
    finally:
        api.ask("DELETE", f"{PATHS['Namespace']}/{NAMESPACE}")
    return found


def _made(api: Api, name: str, changes: dict[str, Any]) -> str:
    """Why a pod is refused; nothing if it is taken. It has a node, so that nobody looks for one when the namespace goes, and
    its image never starts."""
    resources = changes.get("resources", {})
    context = {
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {
        "name": "main",
        "image": "registry.example.com/limited:broken",
        "resources": resources,
        "securityContext": context
        | {key: value for key, value in changes.items() if key != "resources"},
    }
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"nodeName": NODE, "containers": [container]},
    }
    try:
        api.ask("POST", PODS, pod)
    except Failed as failed:
        return str(failed)
    return ""
