"""What a colour means to a service: routes of its lanes, which stand once for all environments.

A lane of the catalogue is told by its name, and so is a branch that changes the answer. All other
branches of an environment go where the environment's own lane goes, and are told by how their
colours begin: a branch that comes or goes changes the routes of what it runs, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from generator.plan import routes
from generator.plan.routes import Match, Route
from generator.plan.units import Unit

if TYPE_CHECKING:
    from generator.plan.plan import Plan

Told = tuple[Unit | None, Unit | None]  # who answers, and who would if it did not sleep


class Lanes(NamedTuple):
    """Routes of the lanes of a service, in the mesh, or at the ingress of what comes in to a port.

    port       None in the mesh
    seen_from  environments whose virtual hosts have them
    """

    service: str
    port: int | None
    seen_from: tuple[str, ...]
    routes: tuple[Route, ...]


def within(colour: str, environments: Mapping[str, object]) -> str | None:
    """The environment whose branch a colour names, whether there is such a branch or not."""
    environment, _, branch = colour.partition("/")
    is_branch = environment in environments and routes.is_branch(branch)
    return environment if is_branch else None


def lane_of(plan: Plan, colour: str) -> str | None:
    """The lane that a colour stands for: its own, or of a branch that there is not that of its
    environment; None of one that nobody knows."""
    return colour if colour in plan.lanes else within(colour, plan.environments)


def met(plan: Plan, environment: str, service: str, colour: str | None) -> str:
    """The lane that decides who answers a request to a service's name in an environment: that of
    the colour, unless it means nothing there."""
    if colour is None:
        return environment
    if colour in plan.lanes and _counts(plan, colour, service, anywhere=False):
        return colour
    home = within(colour, plan.environments)
    if home is not None and _counts(plan, home, service, anywhere=False):
        return home
    return environment


def lanes(plan: Plan, service: str) -> Iterator[Lanes]:
    """What virtual hosts share of a service: in the mesh, and for each port that ways in lead to.
    At the ingress any lane may come in, and so each is refused that nobody answers."""
    known = tuple(name for name, services in plan.known.items() if service in services)
    ports = sorted({way.port for way in plan.entries() if way.service == service})
    inside = _routes(plan, service, anywhere=False) if plan.web_ports(service) else ()
    outside = _routes(plan, service, anywhere=True) if ports else ()
    for port, made in ((None, inside), *((port, outside) for port in ports)):
        if made:
            yield Lanes(service, port, known, made)


def _counts(plan: Plan, lane: str, service: str, *, anywhere: bool) -> bool:
    """Whether a lane has a route: somebody answers, or a request could come that is to be refused.

    In the mesh a shared lane that nobody answers has none where no way along `calls` leads: whoever
    sends its colour there all the same has made it up, and gets what an unknown one gets. A strict
    lane is refused everywhere, or it would leave its own units."""
    if anywhere or service in plan.answers[lane] or plan.lanes[lane].strict:
        return True
    return service in plan.come_to(lane)


def _routes(plan: Plan, service: str, *, anywhere: bool) -> tuple[Route, ...]:
    """By target in one order everywhere, first what is told by names."""

    def counts(lane: str) -> bool:
        return _counts(plan, lane, service, anywhere=anywhere)

    named: dict[Told, list[str]] = {}
    whole: dict[Told, list[str]] = {}
    for lane in filter(counts, plan.telling(service)):
        told, home = _told(plan, lane, service), plan.homes.get(lane)
        if lane in plan.environments:
            whole.setdefault(told, []).append(lane)
        elif home is None or told != _told(plan, home, service) or not counts(home):
            named.setdefault(told, []).append(lane)
    return (*_in_order(service, named, whole=False), *_in_order(service, whole, whole=True))


def _told(plan: Plan, lane: str, service: str) -> Told:
    return plan.answers[lane].get(service), plan.sleeper(lane, service)


def telling(plan: Plan) -> tuple[list[str], dict[str, list[str]]]:
    """Lanes that may have a route of their own, sorted: in any service, and by service a branch's
    that is not answered there as its environment is, or not at all."""
    anywhere: list[str] = []
    somewhere: dict[str, list[str]] = {}
    for lane in sorted(plan.lanes):
        if (home := plan.homes.get(lane)) is None:
            anywhere.append(lane)
            continue
        here, there = plan.answers[lane], plan.answers[home]
        slept, of_home = plan.slept.get(lane, {}), plan.slept.get(home, {})
        differ = {service for service, _ in here.items() ^ there.items()}
        differ.update(service for service, _ in slept.items() ^ of_home.items())
        for service in differ | (plan.come_to(lane) - here.keys()):
            somewhere.setdefault(service, []).append(lane)
    return anywhere, somewhere


def _in_order(service: str, groups: Mapping[Told, list[str]], *, whole: bool) -> Iterator[Route]:
    for (unit, asleep), lanes in sorted(groups.items(), key=_order):
        if unit is None:
            yield from routes.unanswered(service, tuple(lanes), asleep, whole=whole)
        else:
            yield Route(Match(tuple(lanes), whole), unit, asleep)


def _order(group: tuple[Told, list[str]]) -> list[str]:
    return [str(unit or "") for unit in group[0]]
