"""Routes → entries of a VirtualService: which lanes go where, in as few matches as can be.

Everything that is not a lane of the list falls to the last entry, the environment's own answer (M2).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from generator.compiler.emit.yaml_text import Shared
from generator.vocabulary.plan import Plan

LONGEST_REGEX = 1000  # Istio takes 1024 characters
OWN_REFUSALS = 32  # lanes without an answer that get a route, and so a body, of their own

Route = dict[str, Any]


def http_routes(plan: Plan, environment: str, service: str, prefix: str = "", port: int | None = None) -> list[Route]:
    """Entries for one service: one per target and lane list, then the default. At a gateway they ask for a path's
    `prefix` as well and say the destination's `port`; in the mesh it is the one that was dialled."""
    entries: list[Route] = []
    for route in plan.routes(environment, service):
        own = route.target is None and len(route.lanes) <= OWN_REFUSALS
        host = plan.kubernetes_host(service, route.target) if route.target else ""
        for lanes in [(lane,) for lane in route.lanes] if own else _chunks(route.lanes):
            entries.append(_entry(plan.platform.mesh.header, lanes, service, str(route.target or "nobody"), host, prefix, port))
    answer = plan.answers[environment].get(service)
    default: Route = {"name": "default"} | ({"match": [_path(prefix)]} if prefix else {})
    return [*entries, default | (_nobody([environment], service) if answer is None else _to(plan.kubernetes_host(service, answer), port))]


@lru_cache(maxsize=1 << 16)  # the entries of a service are the same in almost every environment
def _entry(header: str, lanes: tuple[str, ...], service: str, name: str, host: str, prefix: str, port: int | None) -> Route:
    match = _path(prefix) | {"headers": {header: colour(lanes)}}
    return Shared({"name": name, "match": [match]} | (_to(host, port) if host else _nobody(lanes, service)))


def _path(prefix: str) -> dict[str, Any]:
    return {"uri": {"prefix": prefix}} if prefix else {}


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


def _to(host: str, port: int | None) -> dict[str, Any]:
    return {"route": [{"destination": {"host": host} | ({"port": {"number": port}} if port else {})}]}


def _nobody(lanes: Sequence[str], service: str) -> dict[str, Any]:
    return {"directResponse": {"status": 503, "body": {"string": f"no version of {service} answers in the lane {' or '.join(lanes)}\n"}}}
