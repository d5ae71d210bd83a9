"""Rules about the whole: names that meet in the cluster, services and ports, lanes and tenants."""

from __future__ import annotations

from generator.compiler.check import budgets, circles, collisions, lanes, private, services, shadows, smoke, tenants
from generator.compiler.resolve import Resolved
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan

RULES = (collisions.check, services.check, circles.check, private.check, lanes.check, smoke.check, budgets.check)
TENANT_RULES = (tenants.equal, tenants.check, shadows.check, budgets.tenants)


def check(resolved: Resolved, plan: Plan) -> list[Finding]:
    """What there is to say of all but the tenants, which these rules do not see: so what they found holds, whoever comes."""
    found: list[Finding] = []
    rest = resolved.rest()
    for rule in RULES:
        rule(rest, plan.rest, found)
    return found


def check_tenants(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    """What there is to say of tenants."""
    for rule in TENANT_RULES:
        rule(resolved, plan, found)
