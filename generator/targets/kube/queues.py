"""Message queues: what a unit is told, so that of all who read a message one handles it.

Which lanes are whose stands in a ConfigMap that pods read while they run: a new lane restarts
nobody.
"""

from __future__ import annotations

import json
from typing import Any

from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.objects import Object, new_object
from generator.targets.yaml_text import Block

FOLDER, FILE = "/etc/gen", "queues.json"
VOLUME = "gen-queues"


def table(plan: Plan, environment: str, service: str) -> Object:
    """The ConfigMap that tells whose a message is."""
    handling = plan.handling[environment, service]
    lanes = {lane: unit and str(unit) for lane, unit in handling.lanes.items()}
    otherwise = handling.otherwise and str(handling.otherwise)
    text = json.dumps({"lanes": lanes, "otherwise": otherwise}, indent=1, sort_keys=True)
    data = {FILE: Block(f"{text}\n")}
    namespace = plan.environments[environment].namespace
    return new_object(plan, "v1", "ConfigMap", _name(service), namespace, objects.POLICY, data=data)


def variables(plan: Plan, unit: Unit, service: str) -> dict[str, str]:
    """Environment variables of a container that writes to queues or reads them."""
    model = plan.services[service]
    values = {}
    if model.publishes or model.consumes:
        values["GEN_UNIT"] = str(unit)
    if model.consumes:
        # '_' is in no name of a service, an environment or a branch, and every broker takes it.
        values["GEN_GROUP"] = f"{service}_{unit.environment}_{unit.label}"
        values["GEN_QUEUES"] = f"{FOLDER}/{FILE}"
    return values


def mount() -> list[dict[str, Any]]:
    return [{"name": VOLUME, "mountPath": FOLDER, "readOnly": True}]


def volume(service: str) -> list[dict[str, Any]]:
    """Optional: a pod may start before its table is there, and then handles nothing."""
    return [{"name": VOLUME, "configMap": {"name": _name(service), "optional": True}}]


def _name(service: str) -> str:
    return f"gen.queues.{service}"
