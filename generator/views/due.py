"""Whose last day comes soon, or is over."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from generator.compiler.compile import Compiled
from generator.plan.units import Unit


class Due(NamedTuple):
    """A unit, its last day, who is responsible for it, and how many days are left: none on the last
    one, fewer once it is over."""

    unit: Unit
    day: dt.date
    owner: str | None
    left: int


def due(compiled: Compiled, today: dt.date, days: int | None = None) -> list[Due]:
    """Units whose last day comes within so many days (None: all that have one), the next first."""
    found = [
        Due(unit, day, _owner(compiled, unit), (day - today).days)
        for unit, day in compiled.resolved.expires.items()
    ]
    soon = [one for one in found if days is None or one.left <= days]
    return sorted(soon, key=lambda one: (one.day, one.unit))


def _owner(compiled: Compiled, unit: Unit) -> str | None:
    project = compiled.resolved.project
    if unit.branch is None:
        return project.environments[unit.environment].owner
    return project.branches[unit.environment, unit.branch].owner
