"""The graphs that there are: of environments, of one lane, and of a service's callers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from generator.plan import clusters
from generator.plan.plan import Plan
from generator.plan.services import Run
from generator.plan.units import Caller, Lane, Unit
from generator.views.callers import callers, words
from generator.views.explain import Hop, explain_lane
from generator.views.externals import callers as outside
from generator.views.externals import dials, where
from generator.views.graph.graph import Graph
from generator.vocabulary.plural import count, some

FEW = 3  # names in one label


def environments(plan: Plan) -> Graph:
    """Environments with their branches, what they fall back to, and the lanes through them."""
    graph, taken = Graph("Environments, branches and lanes"), _takers(plan)
    for name, environment in sorted(plan.environments.items()):
        for unit in plan.units(name):
            kind = "environment" if unit.branch is None else "unit"
            runs = _runs(plan.runs[unit])
            told = (
                clusters.short(plan, name),
                runs,
                _tenants(taken[str(unit)]),
                "asleep" if unit in plan.asleep else "",
            )
            graph.add(str(unit), kind, str(unit), *told, group=name)
            if unit.branch is not None:
                graph.join(str(unit), name, "falls")
        if environment.extends:
            graph.join(name, environment.extends[0], "falls")
    for name, lane in sorted(plan.lanes.items()):
        if lane.kind != "unit":
            _lane(graph, lane, taken[name])
    return graph


def _lane(graph: Graph, lane: Lane, tenants: int) -> None:
    strict = "strict" if lane.strict else ""
    key = graph.add(f"lane {lane.name}", "lane", f"lane {lane.name}", strict, _tenants(tenants))
    for index, unit in enumerate(lane.through):
        graph.join(key, str(unit), "named", str(index + 1) if len(lane.through) > 1 else "")
    pinned: dict[Unit, list[str]] = {}
    for service, unit in sorted(lane.pin.items()):
        pinned.setdefault(unit, []).append(service)
    for unit, services in pinned.items():
        graph.join(key, str(unit), "named", f"pins {some(services, FEW)}")


def lane(plan: Plan, name: str) -> Graph:
    """The way of a lane's requests, hop by hop."""
    graph, explained = Graph(f"Lane {name}"), explain_lane(plan, name)
    graph.add("", "ingress", "ingress")
    for hop in explained.hops:
        source = _answering(graph, plan, hop.caller) if hop.caller else ""
        target = _target(graph, plan, hop)
        graph.join(source, target, *_told(hop, name))
    for service, unit, external in dials(plan, explained.hops):
        key = graph.add(f"outside {external}", "external", external, where(plan, external))
        graph.join(_answering(graph, plan, (service, unit)), key)
    return graph


def _told(hop: Hop, lane: str) -> tuple[str, str]:
    """How an edge is drawn, and what is said at it."""
    if hop.queue is not None:
        return "message", hop.queue
    if hop.lane == lane:
        return "kept", ""
    return "lost", f"colour {hop.lane}" if hop.lane else "no colour"


def _target(graph: Graph, plan: Plan, hop: Hop) -> str:
    if hop.target is not None:
        return _answering(graph, plan, (hop.service, hop.target))
    nobody = "nobody" if hop.queue else "503"
    return graph.add(f"nobody {hop.service}", "nobody", hop.service, nobody)


def _answering(graph: Graph, plan: Plan, caller: Caller) -> str:
    service, unit = caller
    run = plan.runs[unit].get(service)
    version = f"{unit} {run.called}" if run else str(unit)
    told = (version, clusters.short(plan, unit.environment))
    return graph.add(f"{unit} {service}", "service", service, *told, group=str(unit))


def asked_by(plan: Plan, name: str) -> Graph:
    """Who calls a service, or an external, and for which lanes."""
    graph = Graph(f"Callers of {name}")
    if name in plan.externals:
        key = graph.add(f"outside {name}", "external", name, where(plan, name))
        for service, units in outside(plan, name):
            for unit in units:
                graph.join(_answering(graph, plan, (service, unit)), key)
        return graph
    for unit, runs in sorted(plan.runs.items()):
        if name in runs:
            _answering(graph, plan, (name, unit))
    for (caller, unit), lanes in callers(plan, name).items():
        source = _caller(graph, plan, caller)
        graph.join(source, _answering(graph, plan, (name, unit)), "kept", some(lanes, FEW))
    return graph


def _caller(graph: Graph, plan: Plan, caller: Caller | None) -> str:
    if caller is None:
        return graph.add("", "ingress", "ingress")
    service, unit = caller
    if service in plan.services:
        return _answering(graph, plan, caller)
    return graph.add(f"{unit} {service}", "service", words(caller), group=str(unit))


def _takers(plan: Plan) -> Counter[str]:
    """Lane → how many tenants take it."""
    return Counter(lane for tenant in plan.tenants.values() for lane, _ in tenant.choices)


def _tenants(number: int) -> str:
    return count(number, "tenant") if number else ""


def _runs(runs: Mapping[str, Run]) -> str:
    named = [f"{service} {run.called}" for service, run in sorted(runs.items())]
    return ", ".join(named) if len(named) <= FEW else count(len(named), "service")
