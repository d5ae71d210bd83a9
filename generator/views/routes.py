"""The whole table: lane × environment × service → unit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from generator.plan import colours
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.views.explain import target_json


class Asked(NamedTuple):
    """What the table is asked for; of what is None, all.

    lane  a lane alone, without the answers to requests that have no colour
    """

    service: str | None = None
    environment: str | None = None
    lane: str | None = None


ALL = Asked()
Answer = tuple[str | None, Unit | None]  # a lane, None for no or an unknown colour, and who answers


def places(plan: Plan, asked: Asked = ALL) -> Iterator[tuple[str, str]]:
    """(environment, service) of the answers."""
    for environment, known in plan.known.items():
        if asked.environment in (None, environment):
            for service in known:
                if asked.service in (None, service):
                    yield environment, service


def answers(
    plan: Plan, environment: str, service: str, lane: str | None = None
) -> Iterator[Answer]:
    """Who answers there: without a colour and in each lane of its mesh, or in one lane alone."""
    lanes = plan.seen_from(plan.environments[environment].cluster).lanes
    if lane is None:
        yield None, plan.answers[environment].get(service)
    for name in lanes if lane is None else lanes.keys() & {lane}:
        taken = colours.met(plan, environment, service, name)
        yield name, plan.answers[taken].get(service)


def rows(plan: Plan) -> Iterator[tuple[str, str, str | None, Unit | None]]:
    """(environment, service, lane of its mesh or None for no or an unknown colour, the unit that
    answers or None)."""
    for environment, service in places(plan):
        for lane, unit in answers(plan, environment, service):
            yield environment, service, lane, unit


def text(plan: Plan, asked: Asked = ALL) -> Iterator[str]:
    """The table in JSON, piece by piece: that of a city is larger than a machine's memory may be.
    Of an answer, what many have in common is put in words once."""
    lanes = {
        name: {
            "kind": lane.kind,
            "through": [str(unit) for unit in lane.through],
            "pin": {service: str(unit) for service, unit in lane.pin.items()},
            "isolation": "strict" if lane.strict else "shared",
        }
        for name, lane in plan.lanes.items()
        if asked.lane in (None, name)
    }
    yield f'{{"version": 1, "lanes": {json.dumps(lanes)}, "routes": ['
    told = {name: json.dumps(name) for name in (None, *lanes)}
    targets: dict[tuple[str, Unit | None], str] = {}
    between = ""
    for environment, service in places(plan, asked):
        begin = f'{{"environment": {json.dumps(environment)}, "service": {json.dumps(service)}'
        found = []
        for lane, unit in answers(plan, environment, service, asked.lane):
            target = targets.get((service, unit))
            if target is None:
                target = json.dumps(target_json(plan, service, unit))
                targets[service, unit] = target
            found.append(f'{begin}, "lane": {told[lane]}, "target": {target}}}')
        if found:
            yield between + ", ".join(found)
            between = ", "
    yield "]}"
