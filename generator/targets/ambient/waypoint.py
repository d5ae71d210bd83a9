"""The waypoint of an environment: a Gateway, of which Istio makes a Deployment and its Service, and
how that is sized and spread.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.plan.plan import Plan
from generator.targets import objects
from generator.targets.ambient import HBONE, NAME
from generator.targets.gateway import GROUP, pods
from generator.targets.objects import Object

PARAMETERS = "gen.waypoint"
REFERENCE = {"group": GROUP, "kind": "Gateway", "name": NAME}
_LISTENER = {"name": "mesh", "port": HBONE, "protocol": "HBONE"}


def of_environment(plan: Plan, environment: str) -> Iterator[Object]:
    namespace = plan.environments[environment].namespace
    made = pods.Made(NAME, namespace, "istio-waypoint", _LISTENER, PARAMETERS)
    labels = {"istio.io/waypoint-for": "service"}
    yield from pods.gateway(plan, made, objects.POLICY, labels)
