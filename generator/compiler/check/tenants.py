"""Rules that tell tenants apart, and what tenants expect."""

from __future__ import annotations

from generator.compiler import routing
from generator.compiler.resolve import Resolved
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.model import Match
from generator.vocabulary.plan import Plan, Unit
from generator.vocabulary.source import Place

Key = tuple[str, str, str]


def key(rule: Match) -> Key:
    """(kind, name, value) of a rule; equal keys are the same rule. Hosts have no name."""
    for kind in ("claim", "header", "cookie"):
        if pair := getattr(rule, kind):
            return (kind, *next(iter(pair.items())))
    return ("host", "", rule.host or "")


def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    taken: dict[Key, Place] = {}
    for name, tenant in plan.tenants.items():
        place = resolved.project.place("tenant", name)
        for index, rule in enumerate(tenant.rules):
            here = place.at("match", index)
            _equal(key(rule), here, taken, found)
            _possible(plan, key(rule), here, found)
        if tenant.sticky:
            _possible(plan, (*tenant.sticky, ""), place.at("sticky"), found)
        _expect(resolved, plan, name, place, found)


def _equal(rule: Key, here: Place, taken: dict[Key, Place], found: list[Finding]) -> None:
    if rule in taken:
        what = f"{rule[0]} {rule[1]}: {rule[2]}" if rule[1] else f"host {rule[2]}"
        found.append(Finding("GEN302", here, f"the rule {what[:80]} already tells another tenant", "take the rule away from one of the two", ((taken[rule], "told here"),)))
    taken.setdefault(rule, here)


def _possible(plan: Plan, rule: Key, here: Place, found: list[Finding]) -> None:
    mesh = plan.platform.mesh
    removed = {mesh.header, plan.callee_header}
    if rule[0] == "header" and (rule[1] in removed or not names.may_tell_tenant(rule[1], mesh.header)):
        hint = "it is removed at the edge" if rule[1] in removed else "use another header"
        found.append(Finding("GEN305", here.key("header", rule[1]) if rule[2] else here.at("header"), f"the header `{rule[1]}` cannot tell a tenant", hint))
    if rule[0] == "claim" and not plan.platform.ingress.jwt:
        found.append(Finding("GEN305", here.key("claim"), "no issuer of tokens is known, so no claim is ever verified", "add `ingress.jwt` to platform.yaml"))


def _expect(resolved: Resolved, plan: Plan, name: str, place: Place, found: list[Finding]) -> None:
    extends = {environment: value.extends for environment, value in plan.environments.items()}
    for service, text in sorted(resolved.project.tenants[name].expect.items()):
        for lane, weight in plan.tenants[name].choices:
            answer = plan.answers[lane].get(service)
            if weight and answer != Unit.parse(text):
                asked = " → ".join(dict.fromkeys(str(unit) for unit, _ in routing.way(plan.lanes[lane], service, extends)))
                found.append(Finding("GEN303", place.at("expect", service), f"{service} is expected from {text}, and {answer or 'nobody'} answers in the lane {lane}",
                                     f"the lane asks {asked}; change the lane or the expectation"))
