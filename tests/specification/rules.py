"""The plan held to the model, rule by rule. Each rule is a count of questions, or the first answer that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations, product
from typing import NamedTuple

from generator.plan import hosts, journey, routing
from generator.plan.plan import Plan
from generator.plan.routes import NoAnswer, Route
from generator.plan.units import ANY, Unit
from generator.plan.units import Lane as Planned
from tests.specification import shapes
from tests.specification.model import Edge, Lane, Model, Service
from tests.specification.plans import planned
from tests.specification.shapes import Shape

UNKNOWN = "nobody"
SERVICES = 3
FULL = 2  # units of configurations that get every lane beside every call graph


class Wrong(Exception):
    """A counterexample, line by line."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = list(lines)
        super().__init__(self.lines[-1])


class Question(NamedTuple):
    model: Model
    service: str
    addressed: str
    colour: str | None

    def wrong(self, said: object, expected: object) -> Wrong:
        from tests.specification.written import counterexample

        words = f"the plan says {said}, the meaning {expected}"
        return Wrong(counterexample(self._small(), *self[1:], words))

    def _small(self) -> Model:
        """Of a configuration with many services what concerns one."""
        if len(self.model.services) <= SERVICES:
            return self.model
        return _of(self.model, [self.service], dict(self.model.named))


def who_answers(shape: Shape) -> int:
    """M1 and M3, where they are decided: who answers for a service in a lane, by every list of units, pin, isolation
    and set of units that sleep."""
    columns, asked = shapes.columns(shape), 0
    extends = {name: _above(shape, name) for name in shape.environments}
    every = list(shapes.lanes(shape, columns))
    for asleep in shapes.sleepers(shape):
        model = shapes.model_of(shape, columns, asleep)
        runs = {Unit.parse(unit): names for unit, names in model.runs.items()}
        resting = frozenset(map(Unit.parse, asleep))
        for lane in every:
            pin = {service: Unit.parse(unit) for service, unit in lane.pin.items()}
            through = tuple(map(Unit.parse, lane.through))
            given = Planned("l", through, pin, lane.strict, "named")
            answers = routing.answers(given, runs, extends, resting)
            for service in columns:
                said, expected = answers.get(service), model.target(lane, service)
                asked += 1
                if (str(said) if said else None) != expected:
                    raise Question(replace(model, named={"l": lane}), service, "e0", "l").wrong(
                        said, expected
                    )
                if (
                    lane.strict
                    and expected
                    and expected not in (*lane.through, lane.pin.get(service))
                ):
                    raise AssertionError("the model itself leaves a strict lane")
    return asked


def _above(shape: Shape, name: str) -> tuple[str, ...]:
    found, at = [], shape.extends[name]
    while at is not None:
        found.append(at)
        at = shape.extends[at]
    return tuple(found)


def where_routes_lead(shape: Shape) -> int:
    """M1 and M2: the routes of every environment, in every colour, without one and with one of nobody; two named lanes
    at a time. Routes know a lane by its name and its answers alone, so one lane stands for all of equal answers, and
    each pair of answers for a service is asked once."""
    columns, asked = shapes.columns(shape), 0
    for asleep in shapes.sleepers(shape):
        model = shapes.model_of(shape, columns, asleep)
        for first, second, fresh in _pairs(model, list(shapes.lanes(shape, columns))):
            pair = _of(model, fresh, {"l0": first, "l1": second})
            plan = planned(pair)
            for environment in shape.environments:
                for service in fresh:
                    asked += _table(pair, plan, environment, service)
    return asked


def _pairs(model: Model, every: list[Lane]) -> Iterator[tuple[Lane, Lane, list[str]]]:
    """Pairs of lanes, and the services for which no pair before had the same answers."""
    told = {}
    for lane in every:
        answers = tuple(
            (model.target(lane, one), model.target(lane, one, awake=True)) for one in model.services
        )
        told.setdefault(answers, lane)
    seen: list[set[object]] = [set() for _ in model.services]
    for (one, first), (other, second) in combinations(told.items(), 2):
        fresh = []
        for index, pair in enumerate(zip(one, other, strict=True)):
            if pair not in seen[index]:
                seen[index].add(pair)
                fresh.append(list(model.services)[index])
        if fresh:
            yield first, second, fresh


def _of(model: Model, services: list[str], named: dict[str, Lane]) -> Model:
    """The part of a configuration that concerns some services."""
    return replace(
        model,
        runs={unit: names & set(services) for unit, names in model.runs.items()},
        services={name: model.services[name] for name in services},
        named={
            name: lane._replace(
                pin={one: unit for one, unit in lane.pin.items() if one in services}
            )
            for name, lane in named.items()
        },
    )


def _table(model: Model, plan: Plan, environment: str, service: str) -> int:
    host = hosts.of_service(plan, environment, service)
    assert host is not None
    (requests,) = host.requests
    lanes = model.lanes
    strangers = (UNKNOWN, *(f"{name}/{UNKNOWN}" for name in model.extends))
    for colour in (None, *strangers, *lanes):
        answer = next(route.answer for route in requests.routes if _fits(route, colour))
        lane = model.decides(colour, environment, None, service)
        expected = model.target(lanes[lane], service)
        if isinstance(answer, NoAnswer):
            sleeper = model.target(lanes[lane], service, awake=True)
            why = str(answer.asleep) if answer.asleep else None
            named = {lane, lane.split("/")[0]} & {*answer.lanes}
            right = expected is None and bool(named) and why == sleeper
        else:
            right = str(answer) == expected
        if not right:
            raise Question(model, service, environment, colour).wrong(
                answer, expected or "a refusal"
            )
    return len(lanes) + len(strangers) + 1


def _fits(route: Route, colour: str | None) -> bool:
    """A route without lanes fits whatever comes; of one by `whole` environments their branches' colours do, too."""
    if not route.lanes or colour in route.lanes:
        return True
    home, slash, branch = str(colour).partition("/")
    return bool(route.match.whole and slash and branch and home in route.lanes)


def who_may_call(shape: Shape) -> int:
    """M7, and M2 where a call starts in a branch: every call graph of three services, whatever units run, with no
    further lane and with every one of at most two units. With three units only graphs that hang together, and lanes
    only beside services that all carry a colour. What gen would refuse, as a lane reaches what nobody answers, is
    left out."""
    asked, full = 0, len(shape.units) <= FULL
    graphs = [services for services in shapes.graphs() if full or _hangs_together(services)]
    for runs in shapes.populations(shape):
        for services in graphs:
            plain = Model(shape.extends, runs, services)
            if not plain.is_valid():
                continue
            beside = full or not any(service.tcp for service in services.values())
            for named in ({}, *({"l": lane} for lane in (_few(plain) if beside else ()))):
                model = replace(plain, named=named)
                if not named or model.is_valid():
                    asked += _edges(model)
    return asked


def _hangs_together(services: dict[str, Service]) -> bool:
    """Whether requests come to all three."""
    called = {callee for service in services.values() for callee in service.calls}
    return called == {"s1", "s2"} and bool(services["s0"].calls)


def _few(model: Model) -> list[Lane]:
    """Lanes of at most two units, of those that are the same to policies one."""
    found: dict[object, Lane] = {}
    for through in shapes.ways(list(model.runs), 2):
        pins = [{}] + [{"s1": unit} for unit, names in model.runs.items() if "s1" in names]
        for strict, pin in product((False, True), pins):
            lane = Lane(through, pin, strict)
            answers = tuple(model.target(lane, name) for name in model.services)
            own = frozenset((*through, *pin.values()))
            found.setdefault((answers, own, strict), lane)
    return list(found.values())


def _edges(model: Model) -> int:
    plan, told = planned(model), model.allowed()
    said = set(_spread(plan))
    if said != told:
        edge = min(said ^ told, key=str)
        (_, (service, unit)), extra = edge, edge in said
        words = (
            (f"{edge} is let in", "no lane can take it")
            if extra
            else (f"{edge} is refused", "a lane takes it")
        )
        raise Question(model, service, unit.split("/")[0], None).wrong(*words)
    for unit in model.runs:
        for environment in model.extends:
            lane = journey.without_colour(Unit.parse(unit), environment)
            if lane != model.decides(None, environment, unit, "s0"):
                raise Question(model, "s0", environment, None).wrong(
                    lane, model.decides(None, environment, unit, "s0")
                )
    return len(told) + len(model.runs) * len(model.extends)


def _spread(plan: Plan) -> Iterator[Edge]:
    """Whom policies let in, of pods that are there; smoke tests are no service's."""
    for (service, unit), callers in plan.allowed.items():
        callee = (service, str(unit))
        for caller in callers:
            if caller is None:
                yield None, callee
            elif caller[0] in plan.services:
                for home in (
                    plan.units(caller[1].environment) if caller[1].branch == ANY else [caller[1]]
                ):
                    if caller[0] in plan.runs[home]:
                        yield (caller[0], str(home)), callee
