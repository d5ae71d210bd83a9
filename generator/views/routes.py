"""The whole table: lane × environment × service → unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.plan import colours
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.views.explain import target_json


def rows(plan: Plan) -> Iterator[tuple[str, str, str | None, Unit | None]]:
    """(environment, service, lane of its mesh or None for no or an unknown colour, the unit that
    answers or None)."""
    for environment, known in plan.known.items():
        lanes = plan.seen_from(plan.environments[environment].cluster).lanes
        for service in known:
            yield environment, service, None, plan.answers[environment].get(service)
            for lane in lanes:
                taken = colours.met(plan, environment, service, lane)
                yield environment, service, lane, plan.answers[taken].get(service)


def as_json(plan: Plan) -> dict[str, Any]:
    lanes = {
        name: {
            "kind": lane.kind,
            "through": [str(unit) for unit in lane.through],
            "pin": {service: str(unit) for service, unit in lane.pin.items()},
            "isolation": "strict" if lane.strict else "shared",
        }
        for name, lane in plan.lanes.items()
    }
    routes = [
        {
            "environment": environment,
            "service": service,
            "lane": lane,
            "target": target_json(plan, service, target),
        }
        for environment, service, lane, target in rows(plan)
    ]
    return {"version": 1, "lanes": lanes, "routes": routes}
