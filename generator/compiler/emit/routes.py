"""Routes → entries of a VirtualService: which lanes go where, in as few matches as can be.

Everything that is not a lane of the list falls to the last entry, the environment's own answer (M2).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from generator.vocabulary.plan import Plan

LONGEST_REGEX = 1000  # Istio takes 1024 characters
OWN_REFUSALS = 32  # lanes without an answer that get a route, and so a body, of their own

Match = dict[str, Any]


def http_routes(plan: Plan, environment: str, service: str, where: Match, port: int | None = None) -> list[dict[str, Any]]:
    """Entries for one service: one per target and lane list, then the default. `where` is added to each match; a gateway
    must say the destination's `port`, in the mesh it is the one that was dialled."""
    entries = []
    for route in plan.routes(environment, service):
        own = route.target is None and len(route.lanes) <= OWN_REFUSALS
        for lanes in [(lane,) for lane in route.lanes] if own else _chunks(route.lanes):
            entry: dict[str, Any] = {"name": str(route.target or "nobody"), "match": [where | {"headers": {plan.platform.mesh.header: colour(lanes)}}]}
            if route.target is None:
                entries.append(entry | _nobody(lanes, service))
            else:
                entries.append(entry | _to(plan.kubernetes_host(service, route.target), port))
    return [*entries, _default(plan, environment, service, where, port)]


def colour(lanes: Sequence[str]) -> dict[str, str]:
    """A header match for one lane or any of several. Names are DNS labels and '/', so nothing needs an escape, and
    Envoy's regular expressions match the whole value."""
    return {"exact": lanes[0]} if len(lanes) == 1 else {"regex": "|".join(lanes)}


@lru_cache(maxsize=1 << 14)  # a service's lanes are the same in almost every environment
def _chunks(lanes: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    chunks: list[list[str]] = [[]]
    length = 0
    for lane in lanes:
        if length + len(lane) >= LONGEST_REGEX:
            chunks.append([])
            length = 0
        chunks[-1].append(lane)
        length += len(lane) + 1
    return tuple(map(tuple, chunks))


def _default(plan: Plan, environment: str, service: str, where: Match, port: int | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": "default"} | ({"match": [where]} if where else {})
    answer = plan.answers[environment].get(service)
    return entry | (_nobody([environment], service) if answer is None else _to(plan.kubernetes_host(service, answer), port))


def _to(host: str, port: int | None) -> dict[str, Any]:
    return {"route": [{"destination": {"host": host} | ({"port": {"number": port}} if port else {})}]}


def _nobody(lanes: Sequence[str], service: str) -> dict[str, Any]:
    return {"directResponse": {"status": 503, "body": {"string": f"no version of {service} answers in the lane {' or '.join(lanes)}\n"}}}
