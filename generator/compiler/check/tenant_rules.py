"""The rules about tenants."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.check import budgets, forgotten, shadows, telling, tenants
from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.vocabulary.findings import Finding

TENANT_RULES = (
    tenants.equal,
    tenants.check,
    telling.tenants,
    shadows.check,
    forgotten.tenants,
    budgets.tenants,
)


def check_tenants(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """What there is to say of tenants."""
    for rule in TENANT_RULES:
        yield from rule(resolved, plan)
