"""Which version answers, hop by hop, and why: the way of one request along `calls`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from generator.plan import clusters, colours, journey, links, routing
from generator.plan.plan import Plan
from generator.plan.tenants import RULE_KINDS, Tenant
from generator.plan.units import Unit
from generator.views import link as linking
from generator.vocabulary import names, telling
from generator.vocabulary.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Request:
    """What the ingress sees of a request. Header names in lower case, the lines of one header in
    order; of cookies the first of each name; claims as JSON has them; `clock` is when it comes
    (seconds since 1970), for links."""

    host: str
    path: str = "/"
    headers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    clock: int = 0

    def lines(self, header: str) -> list[str]:
        """The lines of a header, of which empty ones are none."""
        given = self.headers.get(header, ())
        return [line for line in ([given] if isinstance(given, str) else given) if line]

    def said(self, kind: str, name: str) -> str | None:
        """What tells a tenant or a user, as the edge compares it; empty is absent."""
        if kind == "claim":
            return telling.claim_text(self.claims.get(name))
        if kind == "header":
            given = self.headers.get(name, "")
            return (given if isinstance(given, str) else ",".join(given)) or None
        if kind == "cookie":
            return telling.cookie_text(self.cookies.get(name, "")) or None
        return telling.host_text(self.host) or None


@dataclass(frozen=True, slots=True)
class Hop:
    """One call, or one message in `queue`. `environment` is the one it is addressed to, `caller`
    None at the ingress, `lane` the colour it carries (None without one), `target` the unit that
    answers. `assumed`: the service that does not say whether it forwards that colour."""

    service: str
    environment: str
    caller: tuple[str, Unit] | None
    lane: str | None
    target: Unit | None
    because: str
    queue: str | None = None
    assumed: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A lane, how the request came by it, and the hops that follow, each (service, environment,
    colour) once; `also`: (tenant, rule) of what would have fitted too."""

    lane: str
    told_by: str
    choices: tuple[tuple[str, int], ...]
    hops: tuple[Hop, ...]
    also: tuple[tuple[str, str], ...] = ()


def fitting(plan: Plan, request: Request) -> list[tuple[Tenant, str]]:
    """The tenants whose rules a request fits, each with its rule in words, in the order in which
    the edge asks: the first has the request."""
    matches = []
    for tenant in plan.tenants.values():
        for kind, name, value in tenant.rules:
            if request.said(kind, name) == value:
                order = (RULE_KINDS.index(kind), name)
                words = f"{kind} {name}: {value}" if name else f"{kind} {value}"
                matches.append((order, tenant, words))
    matches.sort(key=lambda fit: fit[0])
    return [(tenant, words) for _, tenant, words in matches]


def explain_request(plan: Plan, request: Request, without: str | None = None) -> Explanation | None:
    """What the ingress does with a request, or None if no environment has the host or no entry the
    path. `without`: as it is while that cluster is away."""
    host = telling.host_text(request.host)
    environment = plan.host_environments.get(host)
    path = telling.path_text(request.path)
    entry = next((way.service for way in plan.entries() if way.fits(path)), None)
    if environment is None or entry is None:
        return None
    plan = plan.seen_from(plan.environments[environment].cluster)
    taken = _taken(plan, request, host, environment)
    lane = taken.lane
    hops = _walk(plan, lane, environment, [entry], without)
    return Explanation(lane, taken.told_by, taken.choices or ((lane, 1),), hops, taken.also)


class _Taken(NamedTuple):
    """The lane of a request, by what, and whose rules would have fitted too."""

    lane: str
    told_by: str
    choices: tuple[tuple[str, int], ...] = ()
    also: tuple[tuple[str, str], ...] = ()


def _taken(plan: Plan, request: Request, host: str, environment: str) -> _Taken:
    """A colour that is trusted comes before a link, and that before the rules of tenants."""
    sent, here = request.lines(plan.platform.mesh.header), plan.environments[environment]
    if len(sent) == 1 and here.trusts_colour and host in here.hosts:
        return _Taken(sent[0], f"{environment} trusts the colour that was sent")
    token = request.said("cookie", links.COOKIE) or ""
    found = linking.answered(plan, host, request.path, token, request.clock)
    if found.answer:
        raise Refusal(f"the edge answers it itself: {found.answer}", found.why)
    fits = fitting(plan, request)
    told = [(tenant.name, rule) for tenant, rule in fits]
    if found.lane:
        return _Taken(found.lane, found.why, (), tuple(told))
    unbelieved = f"the link does not count: {found.why}; " if found.why else ""
    if not fits:
        lane = plan.host_lanes.get(host, environment)
        return _Taken(lane, f"{unbelieved}no tenant; host of {lane}")
    tenant, rule = fits[0]
    if (there := clusters.elsewhere(tenant)) is not None:
        raise Refusal(
            f"the edge answers it itself: 503, the lane of the tenant {tenant.name} is in {there}",
            f"it fits by {rule}; ask at a host of that cluster",
        )
    also = tuple(pair for pair in told if pair[0] != tenant.name)
    why = f"{unbelieved}tenant {tenant.name}, by {rule}"
    return _Taken(_chosen(tenant, request), why, tenant.choices, also)


def explain_tenant(
    plan: Plan,
    tenant: Tenant,
    service: str | None = None,
    environment: str | None = None,
    without: str | None = None,
) -> Explanation:
    """The way of a tenant's requests from every entry, or to one service addressed in one
    environment."""
    lane = _likeliest(tenant.choices)
    why = f"tenant {tenant.name}"
    return explain_lane(plan, lane, service, environment, why, tenant.choices, without)


def explain_lane(
    plan: Plan,
    lane: str,
    service: str | None = None,
    environment: str | None = None,
    why: str = "as asked",
    choices: tuple[tuple[str, int], ...] = (),
    without: str | None = None,
) -> Explanation:
    """The way of requests with a colour. Without `environment` they are addressed to the one where
    the lane begins."""
    environment = environment or plan.lanes[lane].through[0].environment
    if lane not in plan.seen_from(plan.environments[environment].cluster).lanes:
        raise Refusal(
            f"the lane {lane} is in {clusters.named(clusters.of_lane(plan, lane))}, and "
            f"{environment} in another mesh",
            "no request comes from one to the other; leave out --from",
        )
    entries = [service] if service else _entries(plan, lane)
    hops = _walk(plan, lane, environment, entries, without)
    return Explanation(lane, why, choices or ((lane, 1),), hops[:1] if service else hops)


def _entries(plan: Plan, lane: str) -> list[str]:
    """The services that a lane's requests come in at."""
    return sorted({way.service for way in plan.entries() if way.service in plan.answers[lane]})


def _chosen(tenant: Tenant, request: Request) -> str:
    """The lane of a user who is known; else the likeliest."""
    user = request.said(*tenant.sticky) if tenant.sticky else None
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


def _walk(
    plan: Plan, lane: str, environment: str, entries: list[str], without: str | None
) -> tuple[Hop, ...]:
    start = (_hop(plan, service, environment, lane) for service in entries)
    begin = [_met(plan, hop, without) for hop in start]
    return tuple(journey.walk(begin, lambda hop: _following(plan, hop, without), _key))


def _met(plan: Plan, hop: Hop, without: str | None) -> Hop:
    """A hop as it is while a cluster is away: who would answer there is not reached."""
    if hop.target is None or plan.environments[hop.target.environment].cluster != without:
        return hop
    away = f"{clusters.named(without)} is away, and {hop.target} with it"
    what = "it waits" if hop.queue else "503"
    return replace(hop, target=None, because=f"{away}: {what}; {hop.because}")


def _key(hop: Hop) -> tuple[str, str, str | None, Unit | None]:
    return hop.service, hop.environment, hop.lane, hop.target


def _following(plan: Plan, hop: Hop, without: str | None) -> Iterator[Hop]:
    """The calls that the answering pod makes, and whoever handles its messages."""
    if hop.target is None:
        return
    for callee in plan.services[hop.service].calls:
        yield _met(plan, _call(plan, hop, hop.target, callee), without)
    for queue, consumer in plan.consumers(hop.service):
        yield _met(plan, _message(plan, hop, hop.target, consumer, queue), without)


def following(plan: Plan, hops: Sequence[Hop], without: str | None = None) -> dict[Hop, list[Hop]]:
    """Each hop with those that it leads to; one that several lead to stands at the nearest."""
    left = {_key(hop) for hop in hops if hop.caller is not None}
    found: dict[Hop, list[Hop]] = {hop: [] for hop in hops}
    for hop in hops:
        for other in _following(plan, hop, without):
            if _key(other) in left:
                left.discard(_key(other))
                found[hop].append(other)
    return found


def _call(plan: Plan, hop: Hop, unit: Unit, callee: str) -> Hop:
    caller, called = plan.made_by(hop.service, unit), plan.services[callee]
    step = journey.call(caller, unit, called, hop.lane)
    taken = colours.met(plan, unit.environment, callee, step.lane)
    target = plan.answers[taken].get(callee)
    parts = [reason(plan, callee, taken, target)]
    lost = [f"colour lost at {hop.service}"] if caller.drops_colour else []
    if step.colour is None:
        start = f"{unit}'s own pod" if unit.branch else f"addressed to {unit.environment}"
        parts = [*(lost if called.takes_colour else ["TCP carries no colour"]), start, *parts]
    elif step.colour != taken:
        parts = [_otherwise(plan, step.colour, taken, unit.environment), *parts]
    elif lost:
        parts = [f"{lost[0]}, its pod gives that of {unit}", *parts]
    because = "; ".join(parts)
    assumed = _assumed(plan, hop, kept=step.kept)
    return Hop(
        callee, unit.environment, (hop.service, unit), step.colour, target, because, None, assumed
    )


def _assumed(plan: Plan, hop: Hop, *, kept: bool) -> str | None:
    """The first service on the way that does not say whether it forwards the colour that came."""
    if not kept:
        return None
    silent = plan.services[hop.service].forwards_colour is None
    return hop.assumed or (hop.service if silent else None)


def _message(plan: Plan, hop: Hop, unit: Unit, consumer: str, queue: str) -> Hop:
    lane = journey.message(plan.made_by(hop.service, unit), unit, hop.lane)
    handling = plan.handling[unit.environment, consumer]
    target = handling.of(lane)
    if target in plan.asleep:
        target, words = None, f"it waits until {target} wakes"
    elif target is None:
        words = "nobody there reads it for this lane"
    elif lane in handling.lanes:
        words = f"lane {lane} is its own"
    else:
        words = "it reads what belongs to no other unit"
    caller, because = (hop.service, unit), f"message in {queue}: {words}"
    assumed = _assumed(plan, hop, kept=lane == hop.lane)
    return Hop(consumer, unit.environment, caller, lane, target, because, queue, assumed)


def _hop(plan: Plan, service: str, environment: str, lane: str) -> Hop:
    """A request from outside the mesh: by an entry, or else as a pod there would ask."""
    taken = colours.met(plan, environment, service, lane)
    if plan.services[service].entry:
        taken = colours.lane_of(plan, lane) or environment
    target = plan.answers[taken].get(service)
    because = reason(plan, service, taken, target)
    if lane != taken:
        because = f"{_otherwise(plan, lane, taken, environment)}; {because}"
    return Hop(service, environment, None, lane, target, because)


def _otherwise(plan: Plan, colour: str, taken: str, environment: str) -> str:
    """Why a request takes another lane than that of its colour."""
    if colour in plan.lanes:
        return f"no way leads lane {colour} there, addressed to {environment}"
    if taken == colours.within(colour, plan.environments):
        return f"no branch {colour}, taken as {taken}"
    return f"unknown colour, addressed to {environment}"


def reason(plan: Plan, service: str, lane: str, target: Unit | None) -> str:
    """Why this unit answers in this lane, or nobody."""
    asleep = plan.sleeper(lane, service)
    if target is None:
        return f"{asleep} is asleep: 503" if asleep else f"no unit of lane {lane} runs it: 503"
    way = routing.way(plan.lanes[lane], service, plan.extends, plan.asleep)
    because = next(why for unit, why in way if unit == target)
    return f"{asleep} is asleep; {because}" if asleep else because


def shared(plan: Plan, hop: Hop) -> int:
    """How many other lanes the version serves as well: what it keeps in memory, caches and
    databases is theirs too."""
    if hop.target is None:
        return 0
    others = (answers for lane, answers in plan.answers.items() if lane != hop.lane)
    return [answers.get(hop.service) for answers in others].count(hop.target)


def target_json(plan: Plan, service: str, target: Unit | None) -> dict[str, Any] | None:
    """A target as the JSON formats say it."""
    if target is None:
        return None
    return {
        "environment": target.environment,
        "branch": target.branch,
        "service": names.kubernetes_name(service, target.branch),
        "namespace": plan.environments[target.environment].namespace,
    } | clusters.told(plan, target)


def _from(hop: Hop) -> dict[str, str]:
    origin = {"environment": hop.environment}
    if hop.caller:
        origin |= {"service": hop.caller[0], "unit": str(hop.caller[1])}
    if hop.queue:
        origin["queue"] = hop.queue
    return origin


def as_json(plan: Plan, explanation: Explanation) -> dict[str, Any]:
    hops = [
        {
            "service": hop.service,
            "from": _from(hop),
            "lane": hop.lane,
            "target": target_json(plan, hop.service, hop.target),
            "because": hop.because,
            "assumed": hop.assumed is not None,
            "sharedWith": shared(plan, hop),
        }
        for hop in explanation.hops
    ]
    choices = [{"lane": lane, "weight": weight} for lane, weight in explanation.choices]
    return {
        "version": 1,
        "lane": explanation.lane,
        "toldBy": explanation.told_by,
        "alsoFits": [{"tenant": tenant, "rule": rule} for tenant, rule in explanation.also],
        "choices": choices,
        "hops": hops,
    }
