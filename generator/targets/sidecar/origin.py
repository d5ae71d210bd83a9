"""The colour where a call starts: a branch's own pods give it, and baggage carries it where
applications forward that.

One object per branch, read by the sidecars of its pods alone, instead of a route per branch in
every VirtualService.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.lua.lua import (
    FILTER_PRIORITY,
    FILTERS,
    colour,
    insert_before_router,
    program,
    quote,
)
from generator.targets.objects import Object, new_object

OUT = "SIDECAR_OUTBOUND"


def of_namespace(plan: Plan, environment: str) -> Iterator[Object]:
    """Where applications forward baggage: the header from the baggage, and the baggage from the
    header."""
    if plan.platform.mesh.propagation == "baggage":
        namespace = plan.environments[environment].namespace
        yield _filter(plan, "gen.baggage", namespace, {}, _patch(plan, None))


def of_branch(plan: Plan, unit: Unit) -> Object:
    """The sidecars of a branch's own pods give calls without a colour their branch's, before any
    route is chosen."""
    labels = {"gen/environment": unit.environment, "gen/branch": unit.label}
    chosen = {"workloadSelector": {"labels": labels}}
    namespace = plan.environments[unit.environment].namespace
    return _filter(plan, f"origin-{unit.branch}", namespace, chosen, _patch(plan, str(unit)))


def _filter(
    plan: Plan, name: str, namespace: str, chosen: dict[str, Any], patch: dict[str, Any]
) -> Object:
    spec = chosen | {"priority": FILTER_PRIORITY, "configPatches": [patch]}
    return new_object(plan, FILTERS, "EnvoyFilter", name, namespace, objects.NAMES, spec)


def _patch(plan: Plan, origin: str | None) -> dict[str, Any]:
    """Lua, where a mutation of headers could add the colour too: an empty one is there for that."""
    baggage = plan.platform.mesh.propagation == "baggage"
    parts = ["colour", *(["baggage", "member"] if baggage else []), "origin"]
    lines = [
        *colour(plan),
        f"local ORIGIN = {quote(origin) if origin else 'nil'}",
        "",
        program(*parts, baggage=baggage, plain=not baggage),
    ]
    name = "gen.origin" if origin else "gen.baggage"
    return insert_before_router(OUT, name, "\n".join(lines))
