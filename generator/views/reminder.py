"""What owners are told before the last day of what is theirs, as an issue of each unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from generator.compiler.compile import Compiled
from generator.plan.units import Unit
from generator.views.due import Due, due

BEGINS = "<!-- gen: last day of "  # of the first line of such an issue


class Reminder(NamedTuple):
    """An issue: by its `mark`, its first line, it is known again."""

    mark: str
    title: str
    text: str


def reminders(compiled: Compiled, today: dt.date, days: int) -> Iterator[Reminder]:
    """Of each unit whose last day comes within so many days, or is over."""
    for one in due(compiled, today, days):
        mark = f"{BEGINS}{one.unit} -->"
        title = f"{one.unit} has its last day on {one.day.isoformat()}"
        yield Reminder(mark, title, f"{mark}\n{_text(compiled, one)}")


def _text(compiled: Compiled, one: Due) -> str:
    project = compiled.resolved.project
    platform, path = project.platform, compiled.resolved.place_of_unit(one.unit).path
    handles = platform.teams.get(one.owner or "", ()) if platform else ()
    whom = " ".join(handles) or (f"`{one.owner}`" if one.owner else "nobody, by its file")
    used = _used(compiled, one.unit)
    stays = f" {used} it, so it cannot go before they do." if used else ""
    return (
        f"`{one.unit}` goes after {one.day.isoformat()}, with all that it runs: the nightly "
        f"`gen expire` deletes `{path}`.{stays}\n\n"
        f"If it is still needed, write a later day: `expires` in that file. Then this issue is "
        f"closed by itself, as it is once the unit is gone.\n\nOwner: {whom}\n"
    )


def _used(compiled: Compiled, unit: Unit) -> str:
    """Who takes its lane, in words; empty if nobody does."""
    tenants = compiled.plan.tenants.values()
    count = sum(any(lane == str(unit) for lane, _ in tenant.choices) for tenant in tenants)
    return f"{count:,} tenant{'s take' if count > 1 else ' takes'}" if count else ""
