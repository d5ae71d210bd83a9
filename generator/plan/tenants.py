"""Tenants: who a request belongs to, and what the edge looks up."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

# The order in which rules are asked; within a kind, names in order.
RULE_KINDS = ("claim", "header", "cookie", "host")
# Bytes of values in one part of the edge's table, of the 1.5 MB that etcd takes; each part costs
# every request.
SHARD = 900_000

# What tells a tenant: a kind of `RULE_KINDS`, its name (hosts have none), and the value.
Rule = tuple[str, str, str]
# (lane, weight); one choice for a tenant without weights.
Choices = tuple[tuple[str, int], ...]
# (kind, name) of what tells users apart whose choice stays the same.
Sticky = tuple[str, str] | None


class Tenant(NamedTuple):
    """Who a request belongs to."""

    name: str
    rules: tuple[Rule, ...]
    choices: Choices
    sticky: Sticky = None


# What is taken → (kind, name) of rules → values.
Table = Mapping[tuple[Choices, Sticky], Mapping[tuple[str, str], list[str]]]


def table(tenants: Iterable[Tenant]) -> Table:
    """What the edge looks up: whose requests take what."""
    made: dict[tuple[Choices, Sticky], defaultdict[tuple[str, str], list[str]]] = {}
    for _, rules, choices, sticky in tenants:
        values = made.setdefault((choices, sticky), defaultdict(list))
        for kind, name, value in rules:
            values[kind, name].append(value)
    return made


def shards(tenants: Mapping[str, Tenant]) -> list[Table]:
    """The parts of the edge's table. Where a tenant stands depends on its name alone, and there are
    a power of two of them, so that growing moves as few as can be."""
    whole, count = table(tenants.values()), 1
    told = chain.from_iterable(asked.values() for asked in whole.values())
    size = sum(sum(map(len, values)) + 2 * len(values) for values in told)
    while size > SHARD * count:
        count *= 2
    if count == 1:
        return [whole]
    return [table(sharing(tenants, index, count)) for index in range(count)]


def sharing(tenants: Mapping[str, Tenant], index: int, count: int) -> Iterator[Tenant]:
    """The tenants of one part of so many."""
    return (
        tenant for name, tenant in tenants.items() if zlib.crc32(name.encode()) % count == index
    )
