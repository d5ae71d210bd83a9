"""Rules that tell tenants apart, and what tenants expect."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from generator.compiler.resolve import Resolved
from generator.plan import routing
from generator.plan.plan import Plan
from generator.plan.tenants import Rule
from generator.plan.units import Unit
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """What each tenant says for itself, of those that were read: about the others nothing was to be
    said before."""
    for name in resolved.project.tenants:
        yield from _expect(resolved, plan, name)


def equal(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Equal rules at one ingress. Those of meshes that know nothing of each other are never asked
    together."""
    for cluster in plan.meshes:
        yield from _equal(resolved, plan.seen_from(cluster))


def _equal(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    told: dict[tuple[str, str], list[str]] = {}
    for shard in plan.shards:
        for asked, values in chain.from_iterable(taken.items() for taken in shard.values()):
            told.setdefault(asked, []).extend(values)
    if all(len(set(values)) == len(values) for values in told.values()):
        return
    taken: dict[Rule, tuple[str, int]] = {}
    for name, tenant in plan.tenants.items():
        for index, rule in enumerate(tenant.rules):
            mine = (name, index)
            if (first := taken.setdefault(rule, mine)) is not mine:
                what = " ".join(rule[:2]) + f": {rule[2]}" if rule[1] else f"host {rule[2]}"
                yield Finding(
                    "GEN302",
                    _rule(resolved, name, index),
                    f"the rule {what[:80]} already identifies another tenant",
                    "remove the rule from one of the two",
                    ((_rule(resolved, *first), "identified here"),),
                )


def _rule(resolved: Resolved, tenant: str, index: int) -> Place:
    return resolved.project.place("tenant", tenant).at("match", index)


def _expect(resolved: Resolved, plan: Plan, name: str) -> Iterator[Finding]:
    for service, text in sorted(resolved.project.tenants[name].expect.items()):
        for lane, weight in plan.tenants[name].choices:
            answer = plan.answers[lane].get(service)
            if weight and answer != Unit.parse(text):
                place = resolved.project.place("tenant", name)
                yield Finding(
                    "GEN303",
                    place.at("expect", service),
                    f"{service} is expected from {text}, and {answer or 'nobody'} answers in "
                    f"the lane {lane}",
                    f"the lane asks {_asked(plan, lane, service)}; change the lane or the "
                    "expectation",
                )


def _asked(plan: Plan, lane: str, service: str) -> str:
    way = routing.way(plan.lanes[lane], service, plan.extends)
    return " → ".join(dict.fromkeys(str(unit) for unit, _ in way))
