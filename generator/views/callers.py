"""Who calls a service and which lanes are the reason; and whom AuthorizationPolicies and
NetworkPolicies let in, which is more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.plan import isolation
from generator.plan.plan import Plan
from generator.plan.units import ANY, Caller, Unit
from generator.vocabulary import names

Edge = tuple[Caller | None, Unit]  # the caller (None: the ingress), the unit that runs the service


def callers(plan: Plan, service: str) -> dict[Edge, list[str]]:
    """Edge → the lanes whose requests take it, sorted by callee and caller."""
    edges: dict[Edge, list[str]] = {}
    for name, lane in plan.lanes.items():
        for caller, (callee, unit) in plan.ways.edges(name, lane, plan.answers):
            if callee == service and name not in edges.setdefault((caller, unit), []):
                edges[caller, unit].append(name)
    for caller, (callee, unit) in isolation.testers(plan.tests, plan.answers):
        if callee == service:
            edges[caller, unit] = [str(caller[1])]
    return dict(sorted(edges.items(), key=_order))


def _order(pair: tuple[Edge, list[str]]) -> tuple[Unit, bool, str]:
    (caller, unit), _ = pair
    return unit, caller is not None, str(caller)


def words(caller: Caller | None) -> str:
    if caller is None:
        return "the ingress"
    service, unit = caller
    who = "smoke tests" if service == names.TESTER else service
    if unit.branch == ANY:
        return f"{who} in {unit.environment} and its branches"
    return f"{who} in {unit}"


def let_in(plan: Plan, service: str) -> dict[Unit, list[Caller | None]]:
    """Whom policies let in, by the unit that runs the service."""
    return {
        unit: list(callers)
        for (callee, unit), callers in sorted(plan.allowed.items())
        if callee == service
    }


def as_json(plan: Plan, service: str) -> dict[str, Any]:
    def edges() -> Iterator[dict[str, Any]]:
        for (caller, unit), lanes in callers(plan, service).items():
            yield {
                "caller": {"service": caller[0], "unit": str(caller[1])} if caller else None,
                "unit": str(unit),
                "lanes": lanes,
            }

    allowed = [
        {"unit": str(unit), "callers": [_named(caller) for caller in callers]}
        for unit, callers in let_in(plan, service).items()
    ]
    return {"version": 1, "service": service, "edges": list(edges()), "allowed": allowed}


def _named(caller: Caller | None) -> dict[str, Any] | None:
    """A caller; a branch `*` stands for all units of the environment."""
    if caller is None:
        return None
    service, unit = caller
    return {"service": service, "environment": unit.environment, "branch": unit.branch}
