"""What the cluster can hold: the size of one object, and the routes of one service."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.plan.tenants import Table, Tenant, sharing
from generator.targets.istio import LONGEST_REGEX
from generator.vocabulary.findings import Finding

CODE = "GEN308"
OBJECT = 1_400_000  # bytes; etcd takes 1.5 MiB with all that Kubernetes adds
LANE = 16  # bytes of a lane beside its name, with a weight
PLAIN = 24  # bytes of what stands once for the tenants of a lane, beside its name
GROUP = 200  # the same where lanes have weights, with what tells users apart
ROUTE = 400  # bytes of a route beside its lanes
ROUTES = 1000  # of one VirtualService; Envoy tries them one after the other


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    enough = (
        LONGEST_REGEX * min(ROUTES, OBJECT // (LONGEST_REGEX + ROUTE)) // 4
    )  # below it nothing is too much
    if sum(map(len, plan.lanes)) > enough:
        yield from _routes(resolved, plan)


def tenants(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """The edge's table, which each tenant adds to: its values, and each lane once for each name of
    a rule."""
    for index, shard in enumerate(plan.shards):
        if (size := _shard(shard)) > OBJECT:
            largest = max(sharing(plan.tenants, index, len(plan.shards)), key=_size)
            yield Finding(
                CODE,
                resolved.project.place("tenant", largest.name).at("match"),
                f"a part of the edge's table would have {size:,} bytes, more than a cluster "
                f"stores in one object; this tenant's rules take {_size(largest):,}",
                "tell tenants by fewer and shorter values",
            )


def _shard(shard: Table) -> int:
    """Bytes of one part of the table."""
    size = 0
    for (choices, sticky), asked in shard.items():
        group = PLAIN + len(choices[0][0])
        if sticky or len(choices) > 1:
            group = GROUP + sum(len(lane) + LANE for lane, _ in choices)
        for values in asked.values():
            size += _written("".join(values)) + 2 * len(values) + group
    return size


def _size(tenant: Tenant) -> int:
    return sum(_written(value) + 2 for _, _, value in tenant.rules)


def _written(value: str) -> int:
    """A value's length in the stored object: JSON escapes quotes and backslashes."""
    return len(value) + value.count('"') + value.count("\\")


def _routes(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    for service in plan.services:
        lanes: dict[object, int] = {}
        for name, answers in plan.answers.items():
            lanes[answers.get(service)] = lanes.get(answers.get(service), 0) + len(name) + 1
        routes = sum(-(-length // LONGEST_REGEX) for length in lanes.values())
        size = sum(lanes.values()) + routes * ROUTE
        if routes > ROUTES or size > OBJECT:
            yield Finding(
                CODE,
                resolved.project.place("service", service),
                f"{service} would need {routes:,} routes and {size:,} bytes in one "
                f"VirtualService; {ROUTES:,} and {OBJECT:,} are the most",
                "let fewer lanes change its answer, or give lanes shorter names",
            )
