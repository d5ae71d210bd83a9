"""Whether the versions that a unit runs have passed its smoke tests: what Argo CD says of their
Application is held against what the configuration says now."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.vocabulary import names
from generator.vocabulary.nodes import text
from generator.vocabulary.refusal import Refusal

LONGEST = 10_000_000
# In quotes where a YAML reader could misread it: the tag of an output branch with a slash has an @.
_READ_AT = re.compile(rb'^    targetRevision: "?([^"\s]+)"?$', re.MULTILINE)


def judge(plan: Plan, files: Mapping[str, bytes], unit: Unit, shown: str | None) -> None:
    """Raises a refusal unless the Application shown says that exactly these versions passed."""
    name = plan.application(unit.environment, f"{unit.label}.tests")
    get = f"kubectl -n {plan.platform.argocd.namespace} get application {name} -o json"
    look = f"{get} | gen promote … --tested -"
    if unit in plan.asleep or str(unit) in plan.slept:
        raise Refusal(
            f"something in the lane of {unit} sleeps, so its smoke tests are not asked",
            "`gen wake` it, publish that, and wait for its tests",
            exit_code=4,
        )
    if unit not in plan.tests:
        raise Refusal(
            f"{unit} has no smoke tests, so nothing says that its versions work",
            "declare `tests` in its file, and publish them",
            exit_code=4,
        )
    if shown is None:
        raise Refusal("only what was tested is taken", f"show the result: {look}", exit_code=4)
    application = _application(shown)
    if (said := text(application, "metadata", "name")) != name:
        raise Refusal(f"this is the Application {str(said)[:100]}, not {name}", look, exit_code=4)
    if _tested(application) != {_tag(files, unit)}:
        raise Refusal(
            f"{name} tested other versions than {unit} runs here",
            "publish this configuration, or pull the one that is published, and wait for its tests",
            exit_code=4,
        )
    health = text(application, "status", "health", "status")
    sync = text(application, "status", "sync", "status")
    if (sync, health) != ("Synced", "Healthy"):
        failed = health == "Degraded"
        step = "read the Job's log, and fix what it shows" if failed else "wait until it has run"
        raise Refusal(f"{name} is {str(sync)[:40]} and {str(health)[:40]}", step, exit_code=4)


def _tag(files: Mapping[str, bytes], unit: Unit) -> str:
    """The tag that the unit's tests read at now."""
    part = f"{unit.environment}/{unit.label}.tests"
    printed = next(files[path] for path in files if names.applied(path) == part)
    return str(_READ_AT.findall(printed)[0], "ascii")


def _tested(application: Any) -> set[Any]:
    """The tags that an Application asks for and has synced."""
    return {
        text(application, "spec", "source", "targetRevision"),
        text(application, "status", "sync", "comparedTo", "source", "targetRevision"),
    }


def _application(shown: str) -> Any:
    try:
        return json.loads(shown) if len(shown) <= LONGEST else None
    except (ValueError, RecursionError):
        raise Refusal(
            "what is shown as tested is not JSON",
            "pipe the Application as `kubectl get -o json` prints it",
            exit_code=2,
        ) from None
