"""Which version answers, hop by hop, and why: the way of one request along `calls`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.compiler import routing
from generator.compiler.isolation import carries_colour
from generator.vocabulary import names
from generator.vocabulary.plan import Plan, Tenant, Unit

KINDS = ("claim", "header", "cookie")


@dataclass(frozen=True, slots=True)
class Request:
    """What the ingress sees of a request. Header names in lower case."""

    host: str
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hop:
    """One call, or one message in `queue`. `environment` is the one it is addressed to, `caller` None at the ingress,
    `lane` the colour it carries (None without one), `target` the unit that answers."""

    service: str
    environment: str
    caller: tuple[str, Unit] | None
    lane: str | None
    target: Unit | None
    because: str
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A lane, how the request came by it, and the hops that follow, each (service, environment, colour) once."""

    lane: str
    told_by: str
    choices: tuple[tuple[str, int], ...]
    hops: tuple[Hop, ...]


def tenant_of(plan: Plan, request: Request) -> tuple[Tenant, str] | None:
    """The tenant a request belongs to and the rule that told, in the order of the edge's table."""
    rules: dict[tuple[str, str], dict[str, Tenant]] = {}
    for tenant in plan.tenants.values():
        for rule in tenant.rules:
            kind, name, value = rule
            rules.setdefault((kind, name), {})[value] = tenant
    given = {"claim": request.claims, "header": request.headers, "cookie": request.cookies}
    for kind in KINDS:
        for name in sorted(name for known, name in rules if known == kind):
            value = given[kind].get(name)
            if value is not None and value in rules[kind, name]:
                return rules[kind, name][value], f"{kind} {name}: {value}"
    tenant = rules.get(("host", ""), {}).get(request.host)
    return (tenant, f"host {request.host}") if tenant else None


def explain_request(plan: Plan, request: Request) -> Explanation | None:
    """What the ingress does with a request, or None if no environment has the host or no entry the path."""
    environment = plan.host_environments.get(request.host)
    entry = next((service for prefix, service, _ in plan.entries() if request.path.startswith(prefix)), None)
    if environment is None or entry is None:
        return None
    sent = request.headers.get(plan.platform.mesh.header)
    told = tenant_of(plan, request)
    if sent is not None and plan.environments[environment].trusts_colour and request.host in plan.environments[environment].hosts:
        lane, why, choices = sent, f"{environment} trusts the colour that was sent", ((sent, 1),)
    elif told:
        choices = told[0].choices
        lane, why = _chosen(told[0], request), f"tenant {told[0].name}, by {told[1]}"
    else:
        lane = plan.host_lanes.get(request.host, environment)
        why, choices = f"no tenant; host of {lane}", ((lane, 1),)
    return Explanation(lane, why, choices, _walk(plan, lane, environment, [entry]))


def explain_tenant(plan: Plan, tenant: Tenant, service: str | None = None, environment: str | None = None) -> Explanation:
    """The way of a tenant's requests from every entry, or to one service addressed in one environment."""
    lane = _likeliest(tenant.choices)
    return explain_lane(plan, lane, service, environment, f"tenant {tenant.name}", tenant.choices)


def explain_lane(
    plan: Plan, lane: str, service: str | None = None, environment: str | None = None, why: str = "as asked", choices: tuple[tuple[str, int], ...] = ()
) -> Explanation:
    """The way of requests with a colour. Without `environment` they are addressed to the one where the lane begins."""
    environment = environment or plan.lanes[lane].through[0].environment
    entries = [service] if service else sorted({name for _, name, _ in plan.entries() if name in plan.answers[lane]})
    hops = _walk(plan, lane, environment, entries)
    return Explanation(lane, why, choices or ((lane, 1),), hops[:1] if service else hops)


def _chosen(tenant: Tenant, request: Request) -> str:
    """The lane of a user who is known; else the likeliest."""
    kind, name = tenant.sticky or ("", "")
    user = {"claim": request.claims, "header": request.headers, "cookie": request.cookies}.get(kind, {}).get(name)
    if user is None:
        return _likeliest(tenant.choices)
    left = routing.point(user) * sum(weight for _, weight in tenant.choices)
    for lane, weight in tenant.choices:
        if left < weight:
            return lane
        left -= weight
    return _likeliest(tenant.choices)


def _likeliest(choices: tuple[tuple[str, int], ...]) -> str:
    return max(choices, key=lambda choice: choice[1])[0]


def _walk(plan: Plan, lane: str, environment: str, entries: list[str]) -> tuple[Hop, ...]:
    queue = [_hop(plan, service, environment, None, lane) for service in entries]
    seen = {(hop.service, hop.environment, hop.lane, hop.target) for hop in queue}
    for hop in queue:  # grows while it is walked
        for following in _calls(plan, hop):
            key = (following.service, following.environment, following.lane, following.target)
            if key not in seen:
                seen.add(key)
                queue.append(following)
    return tuple(queue)


def _calls(plan: Plan, hop: Hop) -> list[Hop]:
    if hop.target is None:
        return []
    caller = plan.services[hop.service]
    found = []
    for callee in caller.calls:
        lane = hop.lane if carries_colour(caller, plan.services[callee]) else None
        if lane is None and hop.target.branch is not None and carries_colour_at_origin(plan, callee):
            lane = str(hop.target)
        found.append(_hop(plan, callee, hop.target.environment, (hop.service, hop.target), lane))
    # A message without a colour gets that of the unit that writes it.
    return found + [_message(plan, hop, consumer, queue, (caller.forwards_colour and hop.lane) or str(hop.target)) for queue, consumer in plan.consumers(hop.service)]


def _message(plan: Plan, hop: Hop, consumer: str, queue: str, lane: str) -> Hop:
    assert hop.target is not None
    handling = plan.handling[hop.target.environment, consumer]
    target = handling.of(lane)
    why = "nobody there reads it for this lane" if target is None else f"lane {lane} is its own" if lane in handling.lanes else "it reads what is no other unit's"
    return Hop(consumer, hop.target.environment, (hop.service, hop.target), lane, target, f"message in {queue}: {why}", queue)


def carries_colour_at_origin(plan: Plan, callee: str) -> bool:
    """A branch's own pod adds its colour to calls that can carry one."""
    return any(port.protocol != "tcp" for port in plan.services[callee].ports)


def _hop(plan: Plan, service: str, environment: str, caller: tuple[str, Unit] | None, lane: str | None) -> Hop:
    known = lane if lane in plan.lanes else None
    taken = known or routing.without_colour(caller[1] if caller and lane is None else None, environment)
    target = plan.answers[taken].get(service)
    return Hop(service, environment, caller, lane, target, _because(plan, service, taken, target, known, caller, environment))


def _because(plan: Plan, service: str, lane: str, target: Unit | None, known: str | None, caller: tuple[str, Unit] | None, environment: str) -> str:
    extends = {name: value.extends for name, value in plan.environments.items()}
    way = dict(reversed([(unit, why) for unit, why in routing.way(plan.lanes[lane], service, extends) if service in plan.runs[unit]]))
    answer = way[target] if target else f"no unit of lane {lane} runs it: 503"
    if known is None and caller is not None:
        call = plan.services[caller[0]]
        lost = "TCP carries no colour" if not carries_colour_at_origin(plan, service) else "" if call.forwards_colour else f"colour lost at {caller[0]}"
        start = f"{caller[1]}'s own pod" if caller[1].branch else f"addressed to {environment}"
        return "; ".join(part for part in (lost, start, answer) if part)
    if known is None:
        return f"unknown colour, addressed to {environment}; {answer}"
    if caller is not None and not plan.services[caller[0]].forwards_colour and caller[1].branch is not None:
        return f"colour lost at {caller[0]}, its pod gives that of {caller[1]}; {answer}"
    return answer


def shared(plan: Plan, hop: Hop) -> int:
    """How many other lanes the version serves as well: what it keeps in memory, caches and databases is theirs too."""
    if hop.target is None:
        return 0
    return sum(lane != hop.lane and answers.get(hop.service) == hop.target for lane, answers in plan.answers.items())


def target_json(plan: Plan, service: str, target: Unit | None) -> dict[str, Any] | None:
    """A target as the JSON formats say it."""
    if target is None:
        return None
    return {
        "environment": target.environment,
        "branch": target.branch,
        "service": names.kubernetes_name(service, target.branch),
        "namespace": plan.environments[target.environment].namespace,
    }


def as_json(plan: Plan, explanation: Explanation) -> dict[str, Any]:
    hops = [
        {
            "service": hop.service,
            "from": {"environment": hop.environment} | ({"service": hop.caller[0], "unit": str(hop.caller[1])} if hop.caller else {}) | ({"queue": hop.queue} if hop.queue else {}),
            "lane": hop.lane,
            "target": target_json(plan, hop.service, hop.target),
            "because": hop.because,
            "sharedWith": shared(plan, hop),
        }
        for hop in explanation.hops
    ]
    choices = [{"lane": lane, "weight": weight} for lane, weight in explanation.choices]
    return {"version": 1, "lane": explanation.lane, "toldBy": explanation.told_by, "choices": choices, "hops": hops}
