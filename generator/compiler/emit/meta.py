"""What all emitted objects share: metadata, labels, and the order in which Argo CD applies them.

Waves, lowest first; what left is deleted last. Routes come after the workloads that they point to, and leave first.
"""

from __future__ import annotations

from typing import Any

from generator.vocabulary.plan import Plan, Unit

NAMESPACE, POLICY, NAMES, ROUTES, EDGE, TESTS = -2, -1, 0, 1, 2, 3
FILTER_PRIORITY = 10  # after the filters that Istio brings, so that what they are placed beside is there
WAVE = "argocd.argoproj.io/sync-wave"


def labels(plan: Plan) -> dict[str, str]:
    """Labels of every object."""
    return {"app.kubernetes.io/part-of": plan.platform.name, "app.kubernetes.io/managed-by": "gen"}


def selector(service: str, unit: Unit) -> dict[str, str]:
    """Labels that only the pods of this service in this unit carry."""
    return {"app.kubernetes.io/name": service, "gen/environment": unit.environment, "gen/branch": unit.label}


def serving(service: str, unit: Unit) -> dict[str, str]:
    """Labels of the pods among them that answer requests: jobs and workers of the service carry the others alone."""
    return selector(service, unit) | {"gen/serves": service}


def thing(plan: Plan, api: str, kind: str, name: str, namespace: str | None, wave: int, spec: Any = None, **more: Any) -> dict[str, Any]:
    """A Kubernetes object."""
    metadata: dict[str, Any] = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    metadata["labels"] = labels(plan) | more.pop("labels", {})
    if wave:
        metadata["annotations"] = {WAVE: str(wave)}
    return {"apiVersion": api, "kind": kind, "metadata": metadata} | ({"spec": spec} if spec is not None else {}) | more
