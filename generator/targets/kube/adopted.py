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
from generator.vocabulary.base import Base, Labels, Selector, Workload

_THERE = ("In", "Exists")  # what asks for a label that is there


def told_apart(plan: Plan, unit: Unit, service: str) -> frozenset[str]:
    """Keys of the labels that must have other values in a branch than in the pods beside it."""
    beside = plan.adopted(service, unit.environment)
    if unit.branch is None or beside is None:
        return frozenset()
    keys = {*beside.selector}
    for workload in plan.bases[service].workloads:
        keys.update(workload.knows)
        keys.update(key for key, operator, _ in workload.asks if operator == "In")
    return frozenset(key for key in keys if not objects.is_own(key))


def pods(workload: Workload, parts: Iterable[Base], keys: frozenset[str], branch: str) -> Labels:
    """The labels of a workload's pods that are others in a branch."""
    common = {key: value for part in parts for key, value in part.common.items()}
    return {
        key: of_branch(value, branch)
        for key, value in {**workload.pods, **common}.items()
        if key in keys
    }


def known_by(workload: Workload, told: Labels) -> dict[str, Any]:
    """What a merge says of the selector of a branch's workload. What it asks besides is that of the
    pods beside it; gen's own labels tell the branch's."""
    return {"matchLabels": told} | ({"matchExpressions": None} if workload.asks else {})


def patches(parts: Iterable[Base], keys: frozenset[str], branch: str) -> Iterator[dict[str, Any]]:
    """The same for what selects these pods by them, and not others beside them."""
    parts = tuple(parts)
    common = {key: value for part in parts for key, value in part.common.items()}
    pods = [{**pod, **common} for part in parts for pod in part.pods]
    for part in parts:
        for selector in part.selectors if keys else ():
            if not selector.pointer or not any(_may_mean(selector, pod) for pod in pods):
                continue
            own = {(key, pod[key]) for pod in pods for key in keys & pod.keys()}
            if operations := [*_labels(selector, own, branch), *_asked(selector, own, branch)]:
                target = {"group": selector.group, "kind": selector.kind}
                target["name"] = selector.name.replace(".", "[.]")
                yield {"target": target, "patch": json.dumps(operations)}


def _may_mean(selector: Selector, pod: Labels) -> bool:
    """Whether nothing that it says is untrue of a pod, which may get more labels than its template
    has: by patches, and gen's own."""
    asked = {key: (*values, "")[0] for key, how, values in selector.expressions if how in _THERE}
    return selector.selects({**asked, **(selector.labels or {}), **pod})


def _labels(selector: Selector, own: set[tuple[str, str]], branch: str) -> Iterator[dict[str, Any]]:
    for key, value in sorted(own & (selector.labels or {}).items()):
        path = f"{selector.pointer}/{escaped(key)}"
        yield {"op": "replace", "path": path, "value": of_branch(value, branch)}


def _asked(selector: Selector, own: set[tuple[str, str]], branch: str) -> Iterator[dict[str, Any]]:
    """Lists of values, which may name others' too: those stay."""
    above = selector.pointer.removesuffix("/matchLabels")
    for index, (key, operator, values) in enumerate(selector.expressions):
        given = [of_branch(each, branch) if (key, each) in own else each for each in values]
        if operator == "In" and given != [*values]:
            path = f"{above}/matchExpressions/{index}/values"
            yield {"op": "replace", "path": path, "value": given}


def of_branch(value: str, branch: str) -> str:
    """A label's value in a branch."""
    name = f"{value}-{branch}"
    if len(name) <= names.LONGEST_LABEL:
        return name
    return f"{name[:50].rstrip('-_.')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
