"""Rules that tell tenants apart, and what tenants expect."""

from __future__ import annotations

from itertools import chain

from generator.compiler import routing
from generator.compiler.resolve import Resolved
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan, Rule, Tenant, Unit
from generator.vocabulary.source import Place, Route

def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    """What each tenant says for itself, of those that were read: about the others nothing was to be said before."""
    for name in resolved.project.tenants:
        _possible(resolved, plan, plan.tenants[name], found)
        _expect(resolved, plan, name, found)


def equal(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
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
                found.append(Finding("GEN302", _rule(resolved, name, index), f"the rule {what[:80]} already tells another tenant", "take the rule away from one of the two",
                                     ((_rule(resolved, *first), "told here"),)))


def _rule(resolved: Resolved, tenant: str, index: int) -> Place:
    return resolved.project.place("tenant", tenant).at("match", index)


def _possible(resolved: Resolved, plan: Plan, tenant: Tenant, found: list[Finding]) -> None:
    """Rules, and what tells users apart, that can be seen at the edge."""
    mesh = plan.platform.mesh
    removed = {mesh.header, plan.callee_header}
    asked: list[tuple[Rule, Route]] = [(rule, ("match", index)) for index, rule in enumerate(tenant.rules)] + ([((*tenant.sticky, ""), ("sticky",))] if tenant.sticky else [])
    for (kind, header, value), route in asked:
        if kind == "header" and (header in removed or not names.may_tell_tenant(header, mesh.header)):
            here = resolved.project.place("tenant", tenant.name).at(*route)
            hint = "it is removed at the edge" if header in removed else "use another header"
            found.append(Finding("GEN305", here.key("header", header) if value else here.at("header"), f"the header `{header}` cannot tell a tenant", hint))
        if kind == "claim" and not plan.platform.ingress.jwt:
            here = resolved.project.place("tenant", tenant.name).at(*route)
            found.append(Finding("GEN305", here.key("claim"), "no issuer of tokens is known, so no claim is ever verified", "add `ingress.jwt` to platform.yaml"))


def _expect(resolved: Resolved, plan: Plan, name: str, found: list[Finding]) -> None:
    for service, text in sorted(resolved.project.tenants[name].expect.items()):
        for lane, weight in plan.tenants[name].choices:
            answer = plan.answers[lane].get(service)
            if weight and answer != Unit.parse(text):
                place = resolved.project.place("tenant", name)
                extends = {environment: value.extends for environment, value in plan.environments.items()}
                asked = " → ".join(dict.fromkeys(str(unit) for unit, _ in routing.way(plan.lanes[lane], service, extends)))
                found.append(Finding("GEN303", place.at("expect", service), f"{service} is expected from {text}, and {answer or 'nobody'} answers in the lane {lane}",
                                     f"the lane asks {asked}; change the lane or the expectation"))
