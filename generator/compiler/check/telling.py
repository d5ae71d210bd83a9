"""Whether what a rule looks at can tell the tenant at all, tells the tenant apart, and may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.plan.tenants import Rule
from generator.vocabulary import telling
from generator.vocabulary.findings import Finding
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.source import Place, Route

NOTHING, OTHERS, CLOSED, TYPED, MEANT, COSTLY = (
    "GEN305",
    "GEN320",
    "GEN321",
    "GEN322",
    "GEN323",
    "GEN324",
)
KINDS = {"claim": "claims", "header": "headers", "cookie": "cookies", "host": "hosts"}


def platform(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """The header that carries the colour."""
    header = plan.platform.mesh.header
    if why := telling.meant_already(header):
        yield Finding(
            MEANT,
            resolved.project.place("platform", "platform").at("mesh", "header"),
            f"the header `{header}` cannot carry the colour: {why}",
            "use a header of its own, such as `x-lane`",
        )


def tenants(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Each rule of the tenants that were read, and what tells their users apart."""
    for name in resolved.project.tenants:
        place = resolved.project.place("tenant", name)
        tenant = plan.tenants[name]
        for index, rule in enumerate(tenant.rules):
            route = ("match", index)
            unseen = [*_seen(plan, rule[:2], place, (*route, rule[0]))]
            yield from unseen or _own(plan, rule, place, route)
            yield from _typed(rule, place, route)
        if tenant.sticky:
            yield from _seen(plan, tenant.sticky, place, ("sticky",))
    yield from _costly(resolved, plan)


def _seen(plan: Plan, asked: tuple[str, str], place: Place, route: Route) -> Iterator[Finding]:
    """What nobody's request can show at the edge. `route` leads to the mapping with the name."""
    kind, name = asked
    if kind == "claim" and not plan.platform.ingress.jwt:
        yield Finding(
            NOTHING,
            place.key(*(route[:-1] if route[-1] == kind else route), kind),
            "no issuer of tokens is known, so no claim is ever verified",
            "add `ingress.jwt` to platform.yaml",
        )
    removed = {plan.platform.mesh.header, plan.callee_header or plan.platform.mesh.header}
    if kind == "header" and (why := telling.unseen(name, frozenset(removed))):
        yield Finding(
            NOTHING,
            place.at(*route).key(name) if route[-1] == kind else place.at(*route, kind),
            f"the header `{name}` cannot tell a tenant: {why}",
            "use another header",
        )


def _own(plan: Plan, rule: Rule, place: Place, route: Route) -> Iterator[Finding]:
    """Whether the rule may look there, and whether requests of others show the same."""
    kind, name, value = rule
    by = plan.platform.telling
    words = f"the host `{value}`" if kind == "host" else f"the {kind} `{name}`"
    if by is not None:
        allowed: tuple[str, ...] = getattr(by, KINDS[kind])
        if not telling.allows(allowed, kind, value if kind == "host" else name):
            near = did_you_mean(name, allowed) if name and allowed else ""
            yield Finding(
                CLOSED,
                _looked(place, route, kind, name),
                f"{words} may not tell a tenant here",
                near or f"platform.yaml allows {_listed(allowed, kind)} in `tenants.by`",
            )
    elif kind == "host" and value in plan.host_lanes:
        yield Finding(
            OTHERS,
            _looked(place, route, kind, name),
            f"{words} is that of {plan.host_lanes[value]}: the rule takes all requests to it",
            "give the tenant a host of its own, or allow this one in `tenants.by.hosts`",
        )
    elif telling.everybodys(kind, name):
        yield Finding(
            OTHERS,
            _looked(place, route, kind, name),
            f"{words} is in the requests of all tenants: the rule takes those of others",
            f"use what only this tenant has, or allow it in `tenants.by.{KINDS[kind]}`",
        )


def _looked(place: Place, route: Route, kind: str, name: str) -> Place:
    """Where a rule says what it looks at. Places are made where there is a finding: there are rules
    by the ten thousand."""
    return place.at(*route, kind) if kind == "host" else place.key(*route, kind, name)


def _listed(allowed: tuple[str, ...], kind: str) -> str:
    return ", ".join(allowed) or f"no {KINDS[kind]}"


def _typed(rule: Rule, place: Place, route: Route) -> Iterator[Finding]:
    kind, name, value = rule
    if kind == "claim" and (what := telling.reads_as(value)):
        yield Finding(
            TYPED,
            place.at(*route, kind, name),
            f"`{value[:80]}` fits a claim that is text; as {what} it never fits",
            "let the issuer send it as text, or tell the tenant by another claim",
        )


def _costly(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Each name that rules look at costs every request, whoever's it is."""
    asked: Counter[str] = Counter()
    for shard in plan.shards:
        names = {pair for values in shard.values() for pair in values}
        asked.update(kind for kind, _ in names)
    if (cost := telling.cost(asked)) <= telling.MOST:
        return
    counts = Counter({name: len({*tenant.rules}) for name, tenant in plan.tenants.items()})
    widest = max(plan.tenants, key=lambda name: (_names(plan, name), counts[name], name))
    told = ", ".join(f"{count:,} {KINDS[kind]}" for kind, count in sorted(asked.items()))
    yield Finding(
        COSTLY,
        resolved.project.place("tenant", widest).at("match"),
        f"rules look at {told}: {cost:,.0f} µs of each request, where {telling.MOST:,.0f} is"
        " the most",
        "tell tenants by other values of the same names",
    )


def _names(plan: Plan, tenant: str) -> int:
    return len({(kind, name) for kind, name, _ in plan.tenants[tenant].rules})
