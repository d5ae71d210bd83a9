"""Services that call each other in a circle."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from generator.compiler.resolve import Resolved
from generator.plan.journey import walk
from generator.plan.plan import Plan
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    calls = {name: _others(name, service.calls) for name, service in plan.services.items()}
    for circle in circles(calls):
        hops = list(zip(circle, [*circle[1:], circle[0]], strict=True))
        places = [_place(resolved, caller, callee) for caller, callee in hops]
        related = tuple(
            (place, f"{caller} calls {callee}")
            for place, (caller, callee) in zip(places[1:], hops[1:], strict=True)
        )
        yield Finding(
            "GEN211",
            places[0],
            f"calls form a cycle: {' → '.join((*circle, circle[0]))}",
            "remove one of the calls, or accept it with a reason",
            related,
        )


def _others(name: str, calls: tuple[str, ...]) -> tuple[str, ...]:
    """Whom a service calls but itself: replicas that know each other are no circle."""
    return tuple(callee for callee in calls if callee != name)


def _place(resolved: Resolved, caller: str, callee: str) -> Place:
    index = resolved.project.services[caller].calls.index(callee)
    return resolved.project.place("service", caller).at("calls", index)


def circles(calls: Mapping[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """One shortest circle, through the first service by name, of each group of services that reach
    each other."""
    for group in _groups(calls):
        start = min(group)
        before: dict[str, str] = {}
        queue = deque([start])
        while queue:
            caller = queue.popleft()
            fresh = [callee for callee in calls[caller] if callee in group and callee not in before]
            before |= dict.fromkeys(fresh, caller)
            queue.extend(fresh)
        if start in before:
            circle = [before[start]]
            while circle[-1] != start:
                circle.append(before[circle[-1]])
            yield circle[::-1]


def _groups(calls: Mapping[str, tuple[str, ...]]) -> Iterator[set[str]]:
    """Services that reach each other (strongly connected components), in the order of their first
    names."""
    callers: dict[str, list[str]] = {name: [] for name in calls}
    for caller, callees in calls.items():
        for callee in callees:
            callers[callee].append(caller)
    placed: set[str] = set()
    groups = []
    order: list[str] = []
    for root in sorted(calls):
        order += _finished(calls, root, placed)
    for start in reversed(order):
        if start in placed:
            group = set(walk([start], lambda name: placed.intersection(callers[name])))
            placed.difference_update(group)
            groups.append(group)
    return iter(sorted(groups, key=min))


def _finished(calls: Mapping[str, tuple[str, ...]], root: str, seen: set[str]) -> list[str]:
    """What a depth-first walk from here reaches for the first time, callees before their
    callers."""
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
