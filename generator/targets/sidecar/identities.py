"""Who may call whom by identity: AuthorizationPolicies, which the proxies hold to (M7)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from generator.plan import reach
from generator.plan.plan import Plan
from generator.plan.units import ANY, Unit
from generator.targets import objects
from generator.targets.istio.principals import of_account, of_ingress, of_waypoint
from generator.targets.kube.network import DENY, OPEN, named
from generator.targets.objects import Object, new_object
from generator.vocabulary import names

SECURITY = "security.istio.io/v1"

Body = dict[str, Any]


class _Whole(NamedTuple):
    """A service with its branches, as policies name it: principals that stand with all others, and
    sources of their own."""

    together: list[str]
    apart: list[Body]


def of_namespace(plan: Plan, environment: str) -> Iterator[Object]:
    """Identities, and denial by default."""
    namespace, mtls = plan.environments[environment].namespace, plan.platform.mesh.mtls
    adopting = plan.environments[environment].adopting
    modes = {"strict": "PERMISSIVE" if adopting else "STRICT", "disabled": "DISABLE"}
    mode = {"mtls": {"mode": modes[mtls]}}
    yield new_object(
        plan, SECURITY, "PeerAuthentication", "default", namespace, objects.POLICY, mode
    )
    if mtls == "strict" and adopting:
        anybody = {"action": "ALLOW", "rules": [{}]}
        first = objects.NAMESPACE
        yield new_object(plan, SECURITY, "AuthorizationPolicy", OPEN, namespace, first, anybody)
    if mtls == "strict":
        yield new_object(plan, SECURITY, "AuthorizationPolicy", DENY, namespace, objects.POLICY, {})


class Policies:
    """Prints the policies of pods. What they say of a service's branches in an environment stands
    in many, and is found once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._longer, self._shorter = names.beginning_alike(plan.services)
        self._branches_of = cache(self._of_branches)

    def of_service(self, service: str, unit: Unit) -> Iterator[Object]:
        """Those who come to a service in a unit. Nobody else may: denial is the default.

        A policy is named by what it says: other callers make another policy, which comes before the
        routes that need it, and the old one goes after the routes that needed that. Both allow, so
        on the way the callers of either may call.
        """
        plan = self._plan
        if plan.platform.mesh.mtls != "strict":
            return
        sources = self._sources(service, unit)
        if not sources:
            return
        name = names.kubernetes_name(service, unit.branch)
        namespace = plan.environments[unit.environment].namespace
        spec = {
            "selector": {"matchLabels": objects.selector(service, unit)},
            "action": "ALLOW",
            "rules": [{"from": [{"source": source} for source in sources]}],
        }
        name = named(name, spec)
        yield new_object(
            plan, SECURITY, "AuthorizationPolicy", name, namespace, objects.NAMES, spec
        )

    def _sources(self, service: str, unit: Unit) -> list[Body]:
        """The identities of who comes: of the ingress, of waypoints, of callers themselves, and of
        replicas without proxies that know each other."""
        plan, who = self._plan, reach.comers(self._plan, service, unit)
        together = {of_waypoint(plan, home) for home in who.waypoints}
        if who.ingress:
            together |= of_ingress(plan)
        if who.replicas:
            together.add(_identity(plan, service, unit))
        apart: list[Body] = []
        for caller in who.themselves:
            if caller[1].branch != ANY:
                together.add(_identity(plan, *caller))
                continue
            all_of_it = self._branches_of(caller[0], caller[1].environment)
            together.update(all_of_it.together)
            apart += all_of_it.apart
        return [*([{"principals": sorted(together)}] if together else []), *apart]

    def _of_branches(self, service: str, environment: str) -> _Whole:
        """A service with its branches. Their identities begin alike; where those of another service
        begin so too, they are left out, and who is lost by that is named."""
        plan = self._plan
        account = _identity(plan, service, Unit(environment))
        longer = self._longer.get(service, ())
        rivals = [_identity(plan, name, Unit(environment)) for name in longer]
        others = [principal for rival in rivals for principal in (rival, f"{rival}-*")]
        others += self._strangers(service, environment)
        if not others:
            return _Whole([account, f"{account}-*"], [])
        known = (_identity(plan, service, unit) for unit in self._branches(service, environment))
        lost = [one for one in known if f"{one}-".startswith(tuple(f"{r}-" for r in rivals))]
        apart = {"principals": [f"{account}-*"], "notPrincipals": others}
        return _Whole([account, *lost], [apart])

    def _strangers(self, service: str, environment: str) -> list[str]:
        """Identities of branches of other services that begin as those of this one's branches do:
        `api` in a branch `more-1` beside a service `api-more`."""
        account = _identity(self._plan, service, Unit(environment))
        there = [
            _identity(self._plan, name, unit)
            for name in self._shorter.get(service, ())
            for unit in self._branches(name, environment)
        ]
        return sorted(one for one in there if one.startswith(f"{account}-"))

    def _branches(self, service: str, environment: str) -> Iterator[Unit]:
        for unit in self._plan.units(environment):
            if unit.branch is not None and service in self._plan.runs[unit]:
                yield unit


def _identity(plan: Plan, service: str, unit: Unit) -> str:
    """The principal of a service in a unit."""
    return of_account(plan, unit.environment, plan.account(service, unit))
