"""A Gateway of the Gateway API, for which Istio makes pods, and how those are sized and spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.plan.plan import Plan
from generator.targets import objects
from generator.targets.gateway import POD, ROUTE
from generator.targets.objects import Object, new_object
from generator.targets.yaml_text import Block, document

Body = dict[str, Any]


class Made(NamedTuple):
    """A Gateway to be: its class, what it listens to, and the ConfigMap that sizes its pods."""

    name: str
    namespace: str
    kind: str
    listener: Body
    sized: str


def gateway(plan: Plan, made: Made, wave: int, labels: Mapping[str, str]) -> Iterator[Object]:
    """The ConfigMap, and the Gateway that names it."""
    name, namespace = made.name, made.namespace
    data = {part: Block(document(said)) for part, said in _sized(name).items()}
    yield new_object(plan, "v1", "ConfigMap", made.sized, namespace, objects.NAMESPACE, data=data)
    revision = plan.platform.mesh.revision
    labels = {**labels, "istio.io/rev": revision} if revision else labels
    parameters = {"group": "", "kind": "ConfigMap", "name": made.sized}
    spec = {
        "gatewayClassName": made.kind,
        "infrastructure": {"parametersRef": parameters},
        "listeners": [made.listener],
    }
    yield new_object(plan, ROUTE, "Gateway", name, namespace, wave, spec, labels=labels)


def _sized(name: str) -> dict[str, Body]:
    """At least two, in two places; one may go at a time. More memory is for who runs the mesh to
    give, in Istio's values."""
    spread = [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {POD: name}},
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    scaled = {
        "minReplicas": 2,
        "maxReplicas": 10,
        "metrics": [{"type": "Resource", "resource": cpu}],
    }
    return {
        "deployment": {"spec": {"template": {"spec": {"topologySpreadConstraints": spread}}}},
        "horizontalPodAutoscaler": {"spec": scaled},
        "podDisruptionBudget": {"spec": {"minAvailable": 1}},
    }
