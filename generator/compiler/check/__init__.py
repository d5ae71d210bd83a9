"""Rules about the whole: names that meet in the cluster, services and ports, lanes and tenants."""

from __future__ import annotations

from generator.compiler.check import budgets, collisions, lanes, private, services, tenants
from generator.compiler.resolve import Resolved
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan

RULES = (collisions.check, services.check, private.check, lanes.check, tenants.check, budgets.check)


def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    """All rules, each of which adds what it finds."""
    for rule in RULES:
        rule(resolved, plan, found)
