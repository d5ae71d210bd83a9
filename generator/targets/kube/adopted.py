"""What ran before gen did, and branches beside it.

An adopted Service and its workloads go on finding their pods by labels of people's. A branch is
made of the same base, so its pods would be found as well: there, each label that these selectors
read has the branch's name behind its value, in pods and in what selects them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.kube.selectors import escaped
from generator.vocabulary import names
from generator.vocabulary.base import Base, Labels, Workload


def told_apart(plan: Plan, unit: Unit, service: str) -> frozenset[str]:
    """Keys of the labels that must have other values in a branch than in the pods beside it."""
    beside = plan.adopted(service, unit.environment)
    if unit.branch is None or beside is None:
        return frozenset()
    keys = {*beside.selector}
    for workload in plan.bases[service].workloads:
        keys.update(workload.knows)
    return frozenset(key for key in keys if not objects.is_own(key))


def pods(workload: Workload, parts: Iterable[Base], keys: frozenset[str], branch: str) -> Labels:
    """The labels of a workload's pods that are others in a branch."""
    common = {key: value for part in parts for key, value in part.common.items()}
    return {
        key: of_branch(value, branch)
        for key, value in {**workload.pods, **common}.items()
        if key in keys
    }


def patches(parts: Iterable[Base], keys: frozenset[str], branch: str) -> Iterator[dict[str, Any]]:
    """The same for what selects pods by them."""
    for part in parts:
        for selector in part.selectors if keys else ():
            said = selector.labels or {}
            changed = sorted(keys & said.keys())
            if not changed or not selector.pointer or selector.kind == "Service":
                continue
            target = {"group": selector.group, "kind": selector.kind}
            target["name"] = selector.name.replace(".", "[.]")
            operations = [
                {
                    "op": "replace",
                    "path": f"{selector.pointer}/{escaped(key)}",
                    "value": of_branch(said[key], branch),
                }
                for key in changed
            ]
            yield {"target": target, "patch": json.dumps(operations)}


def of_branch(value: str, branch: str) -> str:
    """A label's value in a branch."""
    name = f"{value}-{branch}"
    if len(name) <= names.LONGEST_LABEL:
        return name
    return f"{name[:50].rstrip('-_.')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
