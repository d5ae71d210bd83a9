"""Lanes that left the configuration stay in the mesh for a while.

A roll-out changes the mesh before the edge, since a colour must be known before it is given. So a colour that the edge
gives until then must be known until then, too: for some seconds the edge of before meets the mesh of now. What lanes
are kept, and since when, stands in the commit's message; a publish ten minutes later lets go of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.vocabulary import names
from generator.vocabulary.plan import Lane, Plan, Unit
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from generator.edge.git import Repository
    from generator.edge.tip import Tip

SECONDS = 600  # until the edge of before is gone for certain
TABLES = "overlays/edge/tenants"
_TRAILER = re.compile(r"^Gen-Keeps: ([0-9]{1,12}) ([a-z0-9/-]{1,128}) (\{.*\})$", re.MULTILINE)
_GIVEN = re.compile(r"^ *take\((.*), \[=*\[$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Kept:
    """A lane that left at a time (seconds since 1970)."""

    lane: Lane
    since: int

    def __str__(self) -> str:
        lane = self.lane
        content = {"through": [*map(str, lane.through)], "pin": {service: str(unit) for service, unit in sorted(lane.pin.items())}, "strict": lane.strict}
        return f"Gen-Keeps: {self.since} {lane.name} {json.dumps(content, separators=(',', ':'))}"


def read(message: str) -> tuple[Kept, ...]:
    """What a commit's message says; what gen would not have written is overlooked."""
    found = []
    for since, name, text in _TRAILER.findall(message):
        try:
            content = json.loads(text)
            through, pin = ([_unit(unit) for unit in content["through"]], {str(service): _unit(unit) for service, unit in content["pin"].items()})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        found.append(Kept(Lane(name, tuple(through), pin, content.get("strict") is True, "kept"), int(since)))
    return tuple(found)


def _unit(text: Any) -> Unit:
    if not isinstance(text, str) or not names.matches(names.UNIT, text):
        raise ValueError
    return Unit.parse(text)


def keep(repository: Repository, tip: Tip, now: Plan, before: Callable[[str], Plan], agreed: Iterable[str], clock: int) -> tuple[Kept, ...]:
    """The lanes to keep beside those of the plan. Refused where one cannot be kept, since what it goes through is gone."""
    kept = {each.lane.name: each for each in tip.keeps if clock - each.since < SECONDS and _fits(each.lane, now)}
    if (gone := _given(repository, tip) - now.lanes.keys()) and tip.source is not None and repository.has(tip.source):
        old = before(tip.source)
        takers = {lane: tenant.name for tenant in old.tenants.values() for lane, weight in tenant.choices if weight and lane in gone}
        for name, tenant in sorted(takers.items()):
            if _fits(old.lanes[name], now):
                kept[name] = Kept(old.lanes[name], clock)
            elif "lanes" not in agreed:
                raise Refusal(f"the tenant {tenant} takes the lane {name} until this is rolled out, and what the lane goes through would go in the same step",
                              "publish the tenant's move first, and delete what it took when that has arrived; or agree to wrong answers and errors for some seconds: --allow-deletes lanes", exit_code=4)
    return tuple(kept[name] for name in sorted(kept.keys() - now.lanes.keys()))


def _given(repository: Repository, tip: Tip) -> set[str]:
    """Names in the edge's table: all lanes that it gives, and some that are none."""
    tables = repository.blobs([blob.id for path, blob in tip.tree.items() if path.startswith(TABLES)])
    return {name for table in tables for line in _GIVEN.findall(table.decode("utf-8", "replace")) for name in re.findall(r'"([^"]*)"', line)}


def _fits(lane: Lane, plan: Plan) -> bool:
    """Whether all that the lane goes through is still there."""
    pinned = all(service in plan.runs.get(unit, {}) and not plan.runs[unit][service].draining for service, unit in lane.pin.items())
    return pinned and bool(lane.through) and all(unit in plan.runs for unit in lane.through)
