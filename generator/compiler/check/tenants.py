"""Rules that tell tenants apart, and what tenants expect."""

from __future__ import annotations

from generator.compiler import routing
from generator.compiler.resolve import Resolved
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan, Rule, Tenant, Unit
from generator.vocabulary.source import Place

def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    _equal(resolved, plan, found)
    for name, tenant in plan.tenants.items():
        _possible(resolved, plan, tenant, found)
        _expect(resolved, plan, name, found)


def _equal(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    taken: dict[Rule, tuple[str, int]] = {}
    for name, tenant in plan.tenants.items():
        for index, rule in enumerate(tenant.rules):
            if (first := taken.setdefault(rule, (name, index))) != (name, index):
                what = f"{rule.kind} {rule.name}: {rule.value}" if rule.name else f"host {rule.value}"
                found.append(Finding("GEN302", _rule(resolved, name, index), f"the rule {what[:80]} already tells another tenant", "take the rule away from one of the two",
                                     ((_rule(resolved, *first), "told here"),)))


def _rule(resolved: Resolved, tenant: str, index: int) -> Place:
    return resolved.project.place("tenant", tenant).at("match", index)


def _possible(resolved: Resolved, plan: Plan, tenant: Tenant, found: list[Finding]) -> None:
    """Rules, and what tells users apart, that can be seen at the edge."""
    mesh = plan.platform.mesh
    removed = {mesh.header, plan.callee_header}
    asked = [(rule, ("match", index)) for index, rule in enumerate(tenant.rules)] + ([(Rule(*tenant.sticky, ""), ("sticky",))] if tenant.sticky else [])
    for rule, route in asked:
        if rule.kind == "header" and (rule.name in removed or not names.may_tell_tenant(rule.name, mesh.header)):
            here = resolved.project.place("tenant", tenant.name).at(*route)
            hint = "it is removed at the edge" if rule.name in removed else "use another header"
            found.append(Finding("GEN305", here.key("header", rule.name) if rule.value else here.at("header"), f"the header `{rule.name}` cannot tell a tenant", hint))
        if rule.kind == "claim" and not plan.platform.ingress.jwt:
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
