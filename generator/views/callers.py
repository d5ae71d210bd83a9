"""Who may call a service, and which lanes are the reason: what AuthorizationPolicies and NetworkPolicies print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.compiler import isolation
from generator.vocabulary.plan import Caller, Plan, Unit

Edge = tuple[Caller | None, Unit]  # the caller (None: the ingress), the unit that runs the service


def callers(plan: Plan, service: str) -> dict[Edge, list[str]]:
    """Edge → the lanes whose requests take it, sorted by callee and caller."""
    found: dict[Edge, list[str]] = {}
    for name, lane in plan.lanes.items():
        for caller, (callee, unit) in isolation.edges(name, lane, plan.answers, plan.services, plan.runs, plan.handling):
            if callee == service and name not in found.setdefault((caller, unit), []):
                found[caller, unit].append(name)
    for caller, (callee, unit) in isolation.testers(plan.tests, plan.answers):
        if callee == service:
            found[caller, unit] = [str(caller[1])]
    return dict(sorted(found.items(), key=lambda pair: (pair[0][1], pair[0][0] is not None, str(pair[0][0]))))


def words(caller: Caller | None) -> str:
    return f"{caller[0]} in {caller[1]}" if caller else "the ingress"


def as_json(plan: Plan, service: str) -> dict[str, Any]:
    def edges() -> Iterator[dict[str, Any]]:
        for (caller, unit), lanes in callers(plan, service).items():
            yield {"caller": {"service": caller[0], "unit": str(caller[1])} if caller else None, "unit": str(unit), "lanes": lanes}

    return {"version": 1, "service": service, "edges": list(edges())}
