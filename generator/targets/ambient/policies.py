"""Who may call whom by identity (M7): AuthorizationPolicies at the waypoint, which knows the caller
and the colour. Those at pods, which know who comes to them alone, are as with sidecars.

Both deny by default. A waypoint holds to none that does not name it, and a pod to none that asks
for more than an identity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.plan import hosts
from generator.plan.hosts import VirtualHost
from generator.plan.plan import Plan
from generator.plan.reach import dials, follows
from generator.plan.routes import Route
from generator.plan.units import ANY, Caller, Unit
from generator.targets import objects
from generator.targets.ambient.origin import TOLD
from generator.targets.ambient.waypoint import REFERENCE
from generator.targets.istio.principals import of_account
from generator.targets.kube.network import named
from generator.targets.objects import Object, new_object
from generator.targets.sidecar.identities import SECURITY
from generator.vocabulary import names

Body = dict[str, Any]
ELSE, BRANCHES = "", "/*"  # beside colours: none, or one of no lane; and after an environment's


def of_namespace(plan: Plan, environment: str) -> Object:
    """Nobody gets through the waypoint."""
    name, namespace = "gen.deny-by-default.waypoint", plan.environments[environment].namespace
    spec = {"targetRefs": [REFERENCE]}
    return _policy(plan, name, namespace, objects.POLICY, spec)


def of_service(plan: Plan, environment: str, service: str) -> Iterator[Object]:
    """Who may ask for a service in an environment: of each lane those whom the unit that answers it
    lets in. Whom a lane refuses hears so, and gets no further."""
    host = hosts.of_service(plan, environment, service)
    if host is None or not (rules := _rules(plan, host)):
        return
    target = {"group": "", "kind": "Service", "name": service}
    spec = {"targetRefs": [target], "action": "ALLOW", "rules": rules}
    namespace = plan.environments[environment].namespace
    name = named(f"{service}.waypoint", spec)
    yield _policy(plan, name, namespace, objects.NAMES, spec)


def _rules(plan: Plan, host: VirtualHost) -> list[Body]:
    """Callers who may come with the same colours share a rule, which asks for colours where they
    make a difference: most policies then stay as they are when lanes come and go. What is refused
    all may hear, so that no rule needs to keep it out; raw TCP has no answer to hear."""
    answers = _answers(plan, host)
    every = set().union(*answers.values())
    heard = answers.pop(None, set())
    ports = plan.services[str(host.service)].ports
    raw = [str(port.port) for port in ports if not port.has_headers]
    rules = list(_asked(heard, every, [])) if heard else []
    for principals, colours in _alike(answers):
        more = heard if ELSE in colours else set()
        rules += [_from(principals) | asked for asked in _asked(colours | more, every, raw)]
    return rules


def _answers(plan: Plan, host: VirtualHost) -> dict[frozenset[str] | None, set[str]]:
    """Principals that an answer lets in → colours that have it; None if it is a refusal. Raw TCP
    has no colour, and so the answer of those that have none."""
    answers: defaultdict[frozenset[str] | None, set[str]] = defaultdict(set)
    for part in host.requests:
        for route in part.lanes.routes if part.lanes else ():
            answers[_let_in(plan, host, route)] |= _told(route)
        answers[_let_in(plan, host, part.otherwise)].add(ELSE)
    for route in host.connections:
        if route.match.caller is None:
            answers[_let_in(plan, host, route)].add(ELSE)
    return answers


def _alike(
    answers: Mapping[frozenset[str] | None, set[str]],
) -> Iterator[tuple[list[str], set[str]]]:
    """Principals with the same colours, and those."""
    groups: defaultdict[tuple[frozenset[str], ...], list[str]] = defaultdict(list)
    let_in = [who for who in answers if who is not None]
    for principal in sorted(set().union(*let_in)):
        groups[tuple(who for who in let_in if principal in who)].append(principal)
    for answered, principals in groups.items():
        yield principals, set().union(*(answers[who] for who in answered))


def _asked(colours: set[str], every: set[str], raw: list[str]) -> Iterator[Body]:
    """What rules ask of who comes with one of these colours, of all that are told apart."""
    others = every - colours
    if ELSE not in colours:
        yield _when(colours, _within(colours, others))
        return
    yield _when(set(), others)
    if others and raw:
        yield {"to": [{"operation": {"ports": raw}}]}
    if within := _within(others, colours):
        yield _when(within, set())


def _within(environments: set[str], colours: set[str]) -> set[str]:
    """Colours of single branches of those environments that stand with all their branches."""
    return {one for one in colours if f"{one.partition('/')[0]}{BRANCHES}" in environments}


def _let_in(plan: Plan, host: VirtualHost, route: Route) -> frozenset[str] | None:
    """Principals of those who come by the waypoint: the ingress does not, nor who follows routes
    itself."""
    if route.unit is None:
        return None
    callers = plan.allowed.get((str(host.service), route.unit), ())
    asking = (
        one
        for one in callers
        if one and not follows(plan, one) and dials(plan, one, host.environment)
    )
    return frozenset(_principals(plan, asking))


def _told(route: Route) -> set[str]:
    """The colours of a route as policies ask for them: a branch's begins as its environment's."""
    branches = [f"{lane}{BRANCHES}" for lane in route.lanes] if route.match.whole else []
    return {*route.lanes, *branches}


def _when(told: set[str], other: set[str]) -> Body:
    said = {"values": sorted(told)} if told else {}
    excluded = {"notValues": sorted(other)} if other else {}
    return {"when": [{"key": TOLD, **said, **excluded}]} if told or other else {}


def _principals(plan: Plan, callers: Iterable[Caller]) -> Iterator[str]:
    for service, unit in callers:
        if unit.branch != ANY:
            yield _identity(plan, (service, unit))
            continue
        yield _identity(plan, (service, Unit(unit.environment)))
        yield of_account(plan, unit.environment, f"{service}{names.OF_BRANCH}-*")


def _identity(plan: Plan, caller: Caller) -> str:
    service, unit = caller
    return of_account(plan, unit.environment, plan.account(service, unit))


def _from(principals: Iterable[str]) -> Body:
    return {"from": [{"source": {"principals": list(principals)}}]}


def _policy(plan: Plan, name: str, namespace: str, wave: int, spec: Body) -> Object:
    return new_object(plan, SECURITY, "AuthorizationPolicy", name, namespace, wave, spec)
