"""Rules that can never win: another always decides before, or nothing that comes through can
fit."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import chain

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

CODE = "GEN309"


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    # Where the platform does not say that they may, tenants that take such hosts are refused.
    if not plan.platform.telling:
        return
    if wanted := plan.host_lanes.keys() & plan.visited.keys():
        yield from _shadowed(resolved, _takers(plan, wanted))
    yield from _claims(resolved, plan)


def _takers(plan: Plan, wanted: AbstractSet[str]) -> dict[str, tuple[str, int]]:
    """Host → the tenant that takes it, and by which of its rules."""
    taken = {}
    for name, tenant in plan.tenants.items():
        for index, (kind, _, value) in enumerate(tenant.rules):
            if kind == "host" and value in wanted:
                taken[value] = (name, index)
    return taken


def _shadowed(resolved: Resolved, taken: dict[str, tuple[str, int]]) -> Iterator[Finding]:
    for place, host in _hosts(resolved):
        if host in taken:
            name, index = taken[host]
            decided = resolved.project.place("tenant", name).at("match", index, "host")
            yield Finding(
                CODE,
                place,
                f"requests to {host} are all the tenant {name}'s, so this host never decides",
                "remove the host here, or from the tenant",
                ((decided, "decided here"),),
            )


def _hosts(resolved: Resolved) -> Iterator[tuple[Place, str]]:
    project = resolved.project
    for name, environment in sorted(project.environments.items()):
        for index, host in enumerate(environment.hosts):
            yield project.place("environment", name).at("hosts", index), host
    for key, branch in sorted(project.branches.items()):
        for index, host in enumerate(branch.hosts):
            yield project.place("branch", key).at("hosts", index), host


def _claims(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Tokens are verified: what their issuer and audience can be is known."""
    if not (known := _verified(plan)):
        return
    for name, tenant in sorted(resolved.project.tenants.items()):
        for index, (kind, claim, value) in enumerate(rule.told for rule in tenant.match):
            if kind == "claim" and value not in known.get(claim, {value}):
                place = resolved.project.place("tenant", name).at("match", index, "claim", claim)
                yield Finding(
                    CODE,
                    place,
                    f"no token with `{claim}: {value[:80]}` is accepted at the ingress",
                    f"one of {', '.join(sorted(known[claim]))}",
                )


def _verified(plan: Plan) -> dict[str, set[str]]:
    """Claim → the values that a token can have which is accepted."""
    issuers = plan.platform.ingress.jwt
    if not issuers:
        return {}
    known = {"iss": {jwt.issuer for jwt in issuers}}
    if all(jwt.audiences for jwt in issuers):
        known["aud"] = set(chain.from_iterable(jwt.audiences for jwt in issuers))
    return known
