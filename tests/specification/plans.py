"""A model as gen's own plan, by the compiler's own function, without files."""

from __future__ import annotations

import functools
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from generator.compiler.compile import Compiled
from generator.compiler.plan import plan
from generator.plan.plan import Plan
from generator.plan.routing import unit_lane
from generator.plan.services import Entry, Port
from generator.plan.units import Environment, Lane, Unit
from tests.conftest import compiled
from tests.specification.model import Model

WEB = (Port("web", 8080, "http", None, None),)
RAW = (Port("raw", 8080, "tcp", None, None),)


@functools.cache
def _template() -> Compiled:
    return compiled()


def planned(model: Model) -> Plan:
    """The plan of a model."""
    template = _template()
    some = template.plan.services["api"]
    services = {
        name: replace(
            some,
            ports=RAW if service.tcp else WEB,
            calls=service.calls,
            forwards_colour=service.forwards,
            entry=(Entry(f"/{name}", exact=False, rewrite=None, port=None),)
            if service.entry
            else (),
        )
        for name, service in model.services.items()
    }
    run = template.plan.runs[Unit("test")]["api"]
    runs = {
        Unit.parse(unit): dict.fromkeys(sorted(names), run) for unit, names in model.runs.items()
    }
    lanes = {str(unit): unit_lane(unit) for unit in runs}
    for name, lane in model.named.items():
        pin = {service: Unit.parse(unit) for service, unit in lane.pin.items()}
        through = tuple(map(Unit.parse, lane.through))
        lanes[name] = Lane(name, through, pin, lane.strict, "named")
    names = SimpleNamespace(
        platform=template.plan.platform,
        asleep=frozenset(map(Unit.parse, model.asleep)),
        services=services,
        externals={},
        dials={},
        kinds=template.resolved.names.kinds,
    )
    resolved: Any = SimpleNamespace(
        names=names,
        environments={name: _environment(model, name) for name in model.extends},
        runs=runs,
        tests={},
        lanes=lanes,
        tenants={},
        bases=template.resolved.bases,
        previews={},
    )
    return plan(resolved)


def _environment(model: Model, name: str) -> Environment:
    chain, at = [], model.extends[name]
    while at is not None:
        chain.append(at)
        at = model.extends[at]
    some = _template().plan.environments["test"]
    return some._replace(
        name=name, namespace=f"shop-{name}", hosts=(f"{name}.example.com",), extends=tuple(chain)
    )
