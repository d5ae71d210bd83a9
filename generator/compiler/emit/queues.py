"""Message queues: what a unit is told, so that of all who read a message one handles it.

Which lanes are whose stands in a ConfigMap that pods read while they run: a new lane restarts nobody.
"""

from __future__ import annotations

import json
from typing import Any

from generator.compiler.emit import meta
from generator.compiler.emit.meta import thing
from generator.compiler.emit.yaml_text import Block
from generator.vocabulary.plan import Plan, Unit

FOLDER, FILE = "/etc/gen", "queues.json"
VOLUME = "gen-queues"


def table(plan: Plan, environment: str, service: str) -> dict[str, Any]:
    """The ConfigMap that tells whose a message is."""
    handling = plan.handling[environment, service]
    lanes = {lane: unit and str(unit) for lane, unit in handling.lanes.items()}
    text = json.dumps({"lanes": lanes, "otherwise": handling.otherwise and str(handling.otherwise)}, indent=1, sort_keys=True) + "\n"
    return thing(plan, "v1", "ConfigMap", _name(service), plan.environments[environment].namespace, meta.POLICY, data={FILE: Block(text)})


def variables(plan: Plan, unit: Unit, service: str) -> dict[str, str]:
    """Environment variables of a container that writes to queues or reads them."""
    model = plan.services[service]
    found = {"GEN_UNIT": str(unit)} if model.publishes or model.consumes else {}
    # '_' is in no name of a service, an environment or a branch, and every broker takes it.
    return found | ({"GEN_GROUP": f"{service}_{unit.environment}_{unit.label}", "GEN_QUEUES": f"{FOLDER}/{FILE}"} if model.consumes else {})


def mount() -> list[dict[str, Any]]:
    return [{"name": VOLUME, "mountPath": FOLDER, "readOnly": True}]


def volume(service: str) -> list[dict[str, Any]]:
    """Optional: a pod may start before its table is there, and then handles nothing."""
    return [{"name": VOLUME, "configMap": {"name": _name(service), "optional": True}}]


def _name(service: str) -> str:
    return f"gen.queues.{service}"
