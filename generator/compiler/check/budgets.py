"""What the cluster can hold: the size of one object, and the routes of one service."""

from __future__ import annotations

from generator.compiler.resolve import Resolved
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan, Tenant

CODE = "GEN308"
OBJECT = 1_400_000  # bytes; etcd takes 1.5 MiB with all that Kubernetes adds
LANE = 16  # bytes of a lane beside its name, with a weight
GROUP = 200  # bytes of what stands once for the tenants of a lane, and of what tells users apart
ROUTE = 400  # bytes of a route beside its lanes
ROUTES = 1000  # of one VirtualService; Envoy tries them one after the other
REGEX = 1000  # characters of lanes that one route matches


def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    if sum(map(len, plan.lanes)) > REGEX * min(ROUTES, OBJECT // (REGEX + ROUTE)) // 4:  # far below that nothing can be too much
        _routes(resolved, plan, found)


def tenants(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    """The edge's table, which each tenant adds to: its values, and each lane once for each name of a rule."""
    for index, shard in enumerate(plan.shards):
        groups = [(values, choices) for (choices, _), asked in shard.items() for values in asked.values()]
        size = sum(_written("".join(values)) + 2 * len(values) + GROUP + sum(len(lane) + LANE for lane, _ in choices) for values, choices in groups)
        if size > OBJECT:
            largest = max(plan.sharing(index, len(plan.shards)), key=_size)
            found.append(Finding(CODE, resolved.project.place("tenant", largest.name).at("match"), f"a part of the edge's table would have {size:,} bytes, more than a cluster stores in one object; this tenant's rules take {_size(largest):,}",
                                 "tell tenants by fewer and shorter values"))


def _size(tenant: Tenant) -> int:
    return sum(_written(value) + 2 for _, _, value in tenant.rules)


def _written(value: str) -> int:
    """A value's length in the stored object: JSON escapes quotes and backslashes."""
    return len(value) + value.count('"') + value.count("\\")


def _routes(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    for service in plan.services:
        lanes: dict[object, int] = {}
        for name, answers in plan.answers.items():
            lanes[answers.get(service)] = lanes.get(answers.get(service), 0) + len(name) + 1
        routes = sum(-(-length // REGEX) for length in lanes.values())
        size = sum(lanes.values()) + routes * ROUTE
        if routes > ROUTES or size > OBJECT:
            found.append(Finding(CODE, resolved.project.place("service", service), f"{service} would need {routes:,} routes and {size:,} bytes in one VirtualService; {ROUTES:,} and {OBJECT:,} are the most",
                                 "let fewer lanes change its answer, or give lanes shorter names"))
