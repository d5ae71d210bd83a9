"""Rules that can never win: another always decides before, or nothing that comes through can fit."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan
from generator.vocabulary.source import Place

CODE = "GEN309"


def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    wanted = plan.host_lanes.keys() & plan.visited.keys()
    taken = {value: (name, index) for name, tenant in plan.tenants.items() for index, (kind, _, value) in enumerate(tenant.rules) if kind == "host" and value in wanted} if wanted else {}
    for place, host in _hosts(resolved) if wanted else ():
        if host in taken:
            name, index = taken[host]
            found.append(Finding(CODE, place, f"requests to {host} are all the tenant {name}'s, so this host never decides", "take the host away here, or from the tenant",
                                 ((resolved.project.place("tenant", name).at("match", index, "host"), "decided here"),)))
    _claims(resolved, plan, found)


def _hosts(resolved: Resolved) -> Iterator[tuple[Place, str]]:
    for kind, group in (("environment", resolved.project.environments), ("branch", resolved.project.branches)):
        for name, unit in sorted(group.items()):
            for index, host in enumerate(unit.hosts):
                yield resolved.project.place(kind, name).at("hosts", index), host


def _claims(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    """Tokens are verified: what their issuer and audience can be is known."""
    issuers = plan.platform.ingress.jwt
    known = {"iss": {jwt.issuer for jwt in issuers}}
    if all(jwt.audiences for jwt in issuers):
        known["aud"] = {audience for jwt in issuers for audience in jwt.audiences}
    for name, tenant in sorted(resolved.project.tenants.items()) if issuers else ():
        for index, rule in enumerate(tenant.match):
            kind, claim, value = rule.told
            if kind == "claim" and value not in known.get(claim, {value}):
                place = resolved.project.place("tenant", name).at("match", index, "claim", claim)
                found.append(Finding(CODE, place, f"no token with `{claim}: {value[:80]}` is accepted at the ingress", f"one of {', '.join(sorted(known[claim]))}"))
