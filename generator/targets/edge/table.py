"""The edge's table in Lua: who a request belongs to, and the colour that it gets.

It removes a colour from outside, looks the request's rules up in hash tables (constant time,
whatever the number of tenants) and sets the lane's name. Tenants beyond one table's room are in
further shards, each a filter of its own that wins over those before it by the order of rules alone;
a tenant's shard depends on its name and nothing else.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from generator.plan import links
from generator.plan.plan import Plan
from generator.plan.tenants import RULE_KINDS, Choices, Sticky, Table
from generator.targets.lua.lua import colour, program, quote

_HOSTS = str(len(RULE_KINDS))  # the order of environments' hosts: behind all rules of tenants
BLOCK = 10_000  # lanes per Lua function: LuaJIT takes 65,536 constants in one, and a lane has three


def code(plan: Plan) -> Iterator[str]:
    """The Lua of each shard; the first also holds what concerns every request."""
    for index, shard in enumerate(plan.shards):
        first = index == 0
        last = index == len(plan.shards) - 1
        lines = [*_head(plan, first), "", _logic(plan, first, last).rstrip("\n"), ""]
        if first and (hosts := _trusted(plan)):
            lines += ["trust([[", *hosts, "]])"]
        if first:
            lines += _links(plan)
        for (order, kind, name), values in _tables(plan, shard, first):
            lines += _rules(order, kind, name, values)
        yield "\n".join(lines) + "\n"


def without(plan: Plan) -> str:
    """What the filter does where no table has arrived: nobody's colour comes in."""
    baggage = plan.platform.mesh.propagation == "baggage"
    parts = ["baggage"] if baggage else []
    lua = program(*parts, "give", "nobody", baggage=baggage)
    return "\n".join([*colour(plan), "", lua])


def _head(plan: Plan, first: bool) -> list[str]:
    if not first:
        return colour(plan)
    lines = colour(plan)
    if plan.callee_header:
        lines.append(f"local REMOVED = {quote(plan.callee_header)}")
    if len(plan.shards) > 1:
        lines.append(f"local HOSTS = {quote(_HOSTS)}")
    return [*lines, *_keys(plan)]


def _keys(plan: Plan) -> list[str]:
    """What links are proven by."""
    said = plan.platform.ingress.links
    if said is None:
        return []
    return [
        f"local COOKIE, LONGEST = {quote(links.COOKIE)}, {said.longest + links.SLACK}",
        f"local SCOPE = {quote(links.scope(plan.platform.name))}",
        "local KEYS = {",
        *(f"  [{quote(name)}] = {_bytes(key)}," for name, key in sorted(said.keys.items())),
        "}",
    ]


def _bytes(text: str) -> str:
    """What base64 holds, as a literal of escapes."""
    return '"' + "".join(f"\\{byte:03}" for byte in base64.b64decode(text)) + '"'


def _logic(plan: Plan, first: bool, last: bool) -> str:
    """What is not asked for is not there, since it would be run in each request."""
    linked = first and plan.platform.ingress.links is not None
    trusting = first and bool(_trusted(plan))
    given = {
        "several": len(plan.shards) > 1,
        "between": not last,
        "baggage": plan.platform.mesh.propagation == "baggage",
        "linked": linked,
        "told": not linked,
        "trusting": trusting,
        "named": bool(plan.callee_header),
    }
    parts = {
        "lookup": True,
        "link": linked,
        "remember": given["several"] and (first or not last),
        "baggage": given["baggage"],
        "give": True,
        "colour": trusting,
        "trusted": trusting,
        "first" if first else "later": True,
    }
    return program(*(part for part, wanted in parts.items() if wanted), **given)


def _trusted(plan: Plan) -> list[str]:
    return sorted(
        host
        for environment in plan.environments.values()
        if environment.trusts_colour
        for host in environment.hosts
    )


def _links(plan: Plan) -> Iterator[str]:
    """The lanes that links may lead into, by the hosts where they may."""
    together: defaultdict[frozenset[str], list[str]] = defaultdict(list)
    for host, lanes in plan.linked.items():
        together[lanes].append(host)
    for lanes, hosts in sorted(together.items(), key=lambda pair: sorted(pair[1])):
        yield f"allow({_text(sorted(hosts))}, {_text(sorted(lanes))})"


def _rules(order: int, kind: str, name: str, values: Mapping[str, list[str]]) -> Iterator[str]:
    """Values by their lane, each on a line of its own. They are printable, so that they stand as
    they are: many fit into one table then, and each further one costs every request."""
    yield f"rules({quote(str(order))}, {quote(kind)}, {quote(name)})"
    lanes = sorted(values)
    for start in range(0, len(lanes), BLOCK):
        yield "do local function block()"
        for lane in lanes[start : start + BLOCK]:
            yield f"take({lane}, {_text(sorted(values[lane]))})"
        yield "end block() end"


def _text(lines: list[str]) -> str:
    """Lines as one literal in brackets, with as many equals signs as they ask for."""
    text = "\n".join(lines)
    level = ""
    while f"]{level}]" in text:
        level += "="
    return f"[{level}[\n{text}\n]{level}]"


Asked = tuple[int, str, str]  # (order, kind, name) of rules


def _tables(plan: Plan, shard: Table, hosts: bool) -> Iterable[tuple[Asked, dict[str, list[str]]]]:
    """(order, kind, name) and, by lane in Lua, the values, in the order of asking. The hosts of
    environments give their own lane, and those of branches the branch's, where no tenant has taken
    them: last, so that tenants of later shards win."""
    tables: defaultdict[Asked, defaultdict[str, list[str]]]
    tables = defaultdict(lambda: defaultdict(list))
    for (choices, sticky), asked in shard.items():
        lane = _lane(choices, sticky)
        for (kind, name), values in asked.items():
            tables[RULE_KINDS.index(kind), kind, name][lane] += values
    if hosts:
        for host, unit in plan.host_lanes.items():
            tables[int(_HOSTS), "host", ""][quote(unit)].append(host)
    return sorted(tables.items(), key=lambda table: table[0])


def _lane(choices: Choices, sticky: Sticky) -> str:
    if len(choices) == 1:
        return quote(choices[0][0])
    listed = quote(" ".join(f"{weight} {lane}" for lane, weight in choices))
    by = "".join(f", {quote(word)}" for word in sticky or ())
    return f"shares({listed}{by})"
