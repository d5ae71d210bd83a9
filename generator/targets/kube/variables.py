"""Environment variables of a unit's container, in the order in which Kubernetes reads them.

`$(NAME)` in a value means a variable that stands before it. Kustomize puts what a merge names in
front, so the merge names the base's variables too: gen's own first, then the base's, then the
unit's in the order of its file. One that the base has keeps its place, unless it needs a later one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from generator.vocabulary.base import Base, Variable, Workload

_REFERENCE = re.compile(r"(?<!\$)(?:\$\$)*\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")  # `$$` is a `$`


def listed(
    workload: Workload,
    parts: Sequence[Base],
    own: Mapping[str, str],
    said: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The entries of `env` in a merge: those of gen's `own` and of what the unit `said`, and names
    alone of what stays as the base and its components have it."""
    given = dict(own) | dict(said)
    taken = _taken(workload, parts)
    unknown = any(part.variables is None for part in parts)
    order = [*own, *(name for name in _before(workload, parts) if name not in own)] if said else []
    for name in given:
        place = order.index(name) if name in order else None
        if place is not None and _needs_later(given[name], order[place + 1 :], said):
            order.remove(name)
            place = None
        if place is None:
            order.append(name)
    return [_entry(name, given.get(name), unset=unknown or name in taken) for name in order]


def _needs_later(value: str, later: Iterable[str], said: Mapping[str, str]) -> bool:
    return bool(set(_REFERENCE.findall(value)) & {*later, *said})


def _entry(name: str, value: str | None, *, unset: bool) -> dict[str, Any]:
    if value is None:
        return {"name": name}
    entry: dict[str, Any] = {"name": name, "value": value}
    return entry | {"valueFrom": None} if unset else entry


def _before(workload: Workload, parts: Sequence[Base]) -> list[str]:
    """Names that the container has without the unit, in order; none if nobody can tell."""
    current: Sequence[Variable] = workload.variables
    for part in parts:
        if part.variables is None:
            return []
        for patch in part.variables:
            if patch.fits(workload):
                current = patch.merged(current)
    return list(dict.fromkeys(variable.name for variable in current))


def _taken(workload: Workload, parts: Sequence[Base]) -> set[str]:
    """Names whose value somebody takes from elsewhere. Kubernetes refuses both; to take it away
    where it is not does nothing."""
    patched = (patch.variables for part in parts for patch in part.variables or ())
    return {
        variable.name
        for group in (workload.variables, *patched)
        for variable in group
        if variable.taken
    }
