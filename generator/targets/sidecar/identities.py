"""Who may call whom by identity: AuthorizationPolicies, which the proxies hold to (M7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.plan.plan import Plan
from generator.plan.units import ANY, Caller, Unit
from generator.targets import objects
from generator.targets.kube.network import DENY, named
from generator.targets.objects import Object, new_object
from generator.vocabulary import names

SECURITY = "security.istio.io/v1"

Body = dict[str, Any]


def of_namespace(plan: Plan, environment: str) -> Iterator[Object]:
    """Identities, and denial by default."""
    namespace, mtls = plan.environments[environment].namespace, plan.platform.mesh.mtls
    mode = {"mtls": {"mode": {"strict": "STRICT", "disabled": "DISABLE"}[mtls]}}
    yield new_object(
        plan, SECURITY, "PeerAuthentication", "default", namespace, objects.POLICY, mode
    )
    if mtls == "strict":
        yield new_object(plan, SECURITY, "AuthorizationPolicy", DENY, namespace, objects.POLICY, {})


def of_service(plan: Plan, service: str, unit: Unit) -> Iterator[Object]:
    """Those who may call a service in a unit. Nobody else may: denial is the default.

    A policy is named by what it says: other callers make another policy, which comes before the
    routes that need it, and the old one goes after the routes that needed that. Both allow, so on
    the way the callers of either may call.
    """
    callers = plan.allowed.get((service, unit))
    if not callers or plan.platform.mesh.mtls != "strict":
        return
    name = names.kubernetes_name(service, unit.branch)
    namespace = plan.environments[unit.environment].namespace
    spec = {
        "selector": {"matchLabels": objects.selector(service, unit)},
        "action": "ALLOW",
        "rules": [{"from": [{"source": source} for source in _sources(plan, callers)]}],
    }
    name = named(name, spec)
    yield new_object(plan, SECURITY, "AuthorizationPolicy", name, namespace, objects.POLICY, spec)


def _sources(plan: Plan, callers: tuple[Caller | None, ...]) -> list[Body]:
    """The identities of callers. Those of a service's branches begin alike; where those of another
    service begin so too, they are left out, and who is lost by that is named."""
    exact: set[str] = set()
    begin: set[str] = set()
    apart: list[Body] = []
    for caller in callers:
        if caller is None or caller[1].branch != ANY:
            exact.add(_principal(plan, caller))
            continue
        service, (environment, _) = caller
        account = _identity(plan, service, Unit(environment))
        exact.add(account)
        rivals = [_identity(plan, name, Unit(environment)) for name in _rivals(plan, service)]
        others = [principal for rival in rivals for principal in (rival, f"{rival}-*")]
        others += _strangers(plan, service, environment)
        if not others:
            begin.add(f"{account}-*")
            continue
        apart.append({"principals": [f"{account}-*"], "notPrincipals": others})
        known = (_identity(plan, service, unit) for unit in _branches(plan, service, environment))
        exact.update(one for one in known if f"{one}-".startswith(tuple(f"{r}-" for r in rivals)))
    return [{"principals": sorted(exact | begin)}, *apart]


def _rivals(plan: Plan, service: str) -> list[str]:
    """Services whose accounts begin as those of another one's branches do."""
    return [name for name in plan.services if name.startswith(f"{service}-")]


def _strangers(plan: Plan, service: str, environment: str) -> list[str]:
    """Identities of branches of other services that begin as those of this one's branches do:
    `api` in a branch `more-1` beside a service `api-more`."""
    account = _identity(plan, service, Unit(environment))
    shorter = [name for name in plan.services if service.startswith(f"{name}-")]
    there = [
        _identity(plan, name, unit)
        for name in shorter
        for unit in _branches(plan, name, environment)
    ]
    return sorted(one for one in there if one.startswith(f"{account}-"))


def _branches(plan: Plan, service: str, environment: str) -> Iterator[Unit]:
    for unit in plan.units(environment):
        if unit.branch is not None and service in plan.runs[unit]:
            yield unit


def _principal(plan: Plan, caller: Caller | None) -> str:
    if caller is not None:
        return _identity(plan, *caller)
    ingress = plan.platform.ingress
    return f"cluster.local/ns/{ingress.namespace}/sa/{ingress.service_account}"


def _identity(plan: Plan, service: str, unit: Unit) -> str:
    """The principal of a service in a unit. Istio reads `cluster.local` as the mesh's own trust
    domain, whatever its name."""
    account = names.kubernetes_name(service, unit.branch)
    return f"cluster.local/ns/{plan.environments[unit.environment].namespace}/sa/{account}"
