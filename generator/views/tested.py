"""Whether the versions that a unit runs have passed its smoke tests: what Argo CD says of their Application is held against
what the configuration says now."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from generator.vocabulary import names
from generator.vocabulary.plan import Plan, Unit
from generator.vocabulary.refusal import Refusal

LONGEST = 10_000_000
_PIN = re.compile(rb"^    targetRevision: (\S+)$", re.MULTILINE)


def judge(plan: Plan, files: Mapping[str, bytes], unit: Unit, shown: str | None) -> None:
    """Raises a refusal unless the Application shown says that exactly these versions passed."""
    name = names.application_name(unit.environment, f"{unit.label}.tests")
    look = f"kubectl -n {plan.platform.argocd.namespace} get application {name} -o json | gen promote … --tested -"
    if unit not in plan.tests:
        raise Refusal(f"{unit} has no smoke tests, so nothing says that its versions work", "declare `tests` in its file, and publish them", exit_code=4)
    if shown is None:
        raise Refusal("only what was tested is taken", f"show the result: {look}", exit_code=4)
    found = _application(shown)
    if (said := _at(found, "metadata", "name")) != name:
        raise Refusal(f"this is the Application {str(said)[:100]}, not {name}", look, exit_code=4)
    pin = _PIN.findall(files[f"{names.APPLICATIONS}{unit.environment}/{unit.label}.tests.yaml"])[0].decode()
    if {_at(found, "spec", "source", "targetRevision"), _at(found, "status", "sync", "comparedTo", "source", "targetRevision")} != {pin}:
        raise Refusal(f"{name} tested other versions than {unit} runs here", "publish this configuration (or pull the one that is published), and wait for its tests", exit_code=4)
    health, sync = _at(found, "status", "health", "status"), _at(found, "status", "sync", "status")
    if (sync, health) != ("Synced", "Healthy"):
        step = "read the Job's log, and mend what it shows" if health == "Degraded" else "wait until it has run"
        raise Refusal(f"{name} is {str(sync)[:40]} and {str(health)[:40]}", step, exit_code=4)


def _application(shown: str) -> Any:
    try:
        return json.loads(shown) if len(shown) <= LONGEST else None
    except (ValueError, RecursionError):
        raise Refusal("what is shown as tested is no JSON", "pipe the Application as `kubectl get -o json` prints it", exit_code=2) from None


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None
