"""Services that call each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.compiler.resolve import Resolved
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan


def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    calls = {name: service.calls for name, service in plan.services.items()}
    for circle in circles(calls):
        hops = [(caller, callee) for caller, callee in zip(circle, [*circle[1:], circle[0]], strict=True)]
        places = [resolved.project.place("service", caller).at("calls", calls[caller].index(callee)) for caller, callee in hops]
        related = tuple((place, f"{caller} calls {callee}") for place, (caller, callee) in zip(places[1:], hops[1:], strict=True))
        found.append(Finding("GEN211", places[0], f"calls go in a circle: {' → '.join((*circle, circle[0]))}", "take one of the calls away, or accept it with a reason", related))


def circles(calls: Mapping[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """One shortest circle, through the first service by name, of each group of services that reach each other."""
    for group in _groups(calls):
        start = min(group)
        before: dict[str, str] = {}
        queue = [start]
        for caller in queue:  # grows while it is walked
            for callee in calls[caller]:
                if callee in group and callee not in before:
                    before[callee] = caller
                    queue.append(callee)
        if start in before:
            circle = [before[start]]
            while circle[-1] != start:
                circle.append(before[circle[-1]])
            yield circle[::-1]


def _groups(calls: Mapping[str, tuple[str, ...]]) -> Iterator[set[str]]:
    """Services that reach each other (strongly connected components), in the order of their first names."""
    callers: dict[str, list[str]] = {name: [] for name in calls}
    for caller, callees in calls.items():
        for callee in callees:
            callers[callee].append(caller)
    placed: set[str] = set()
    found = []
    for start in reversed([name for root in sorted(calls) for name in _finished(calls, root, placed)]):
        if start in placed:
            group = {start}
            placed.discard(start)
            queue = [start]
            for name in queue:  # grows while it is walked
                fresh = [caller for caller in callers[name] if caller in placed]
                placed.difference_update(fresh)
                group.update(fresh)
                queue += fresh
            found.append(group)
    return iter(sorted(found, key=min))


def _finished(calls: Mapping[str, tuple[str, ...]], root: str, seen: set[str]) -> list[str]:
    """What a depth-first walk from here reaches for the first time, callees before their callers."""
    order: list[str] = []
    stack = [(root, iter(calls[root]))] if root not in seen else []
    seen.add(root)
    while stack:
        name, left = stack[-1]
        callee = next((callee for callee in left if callee not in seen), None)
        if callee is None:
            order.append(name)
            stack.pop()
        else:
            seen.add(callee)
            stack.append((callee, iter(calls[callee])))
    return order
