"""The rules about all but the tenants."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.check import (
    adopting,
    aims,
    brought,
    budgets,
    circles,
    collisions,
    dials,
    forgotten,
    lanes,
    linking,
    meshes,
    namespaces,
    private,
    running,
    seen,
    services,
    smoke,
    stores,
    telling,
    unreached,
)
from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.vocabulary.findings import Finding

RULES = (
    collisions.check,
    brought.check,
    unreached.check,
    aims.check,
    running.check,
    services.check,
    circles.check,
    private.check,
    lanes.check,
    forgotten.check,
    dials.check,
    meshes.check,
    smoke.check,
    budgets.check,
    namespaces.check,
    telling.platform,
    linking.check,
    seen.check,
    stores.check,
    adopting.check,
)


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """What there is to say of all but the tenants and which versions run, which these rules do not
    see: so what they found holds, whoever comes, and whatever is deployed."""
    rest = resolved.rest()
    for rule in RULES:
        yield from rule(rest, plan.unversioned)
