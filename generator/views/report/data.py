"""All that the page shows, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.compiler.compile import Compiled
from generator.plan.plan import Plan
from generator.plan.units import ANY, Caller
from generator.views.diff_report import sections
from generator.views.difference import Difference
from generator.views.graph.layout import Size, layout
from generator.views.listing import Users, rows
from generator.views.report.simulation import simulation
from generator.vocabulary import names

BOX = Size(190, 44)  # of a service in the picture of calls


@dataclass(frozen=True, slots=True)
class About:
    """What a report is about: the commit with its first line and time, the gen that made it, where
    a file is seen (`{path}` and `{line}` stand for those), the findings as JSON, and what differs
    from which commit."""

    commit: str
    subject: str
    when: str
    gen: str
    link: str | None = None
    findings: Iterable[Mapping[str, Any]] = ()
    since: str | None = None
    difference: Difference | None = None


def data(compiled: Compiled, about: About) -> dict[str, Any]:
    plan, users = compiled.plan, Users(compiled.plan)
    return {
        **head(plan, about),
        "environments": [*map(counted, rows(compiled, "environments", users=users))],
        "branches": [*map(counted, rows(compiled, "branches", users=users))],
        "lanes": [*map(counted, rows(compiled, "lanes", users=users))],
        "services": list(rows(compiled, "services", users=users)),
        "files": files(compiled) | {"tenant": tenant_files(compiled, plan.tenants)},
        "calls": calls(plan),
        "matrix": matrix(plan),
        "plan": simulation(plan),
    }


def head(plan: Plan, about: About) -> dict[str, Any]:
    """What is said of the whole, and of what differs."""
    return {
        "name": plan.platform.name,
        "commit": about.commit,
        "subject": about.subject,
        "when": about.when,
        "gen": about.gen,
        "link": about.link,
        "findings": list(about.findings),
        "changes": changes(about.since or "", about.difference),
    }


def counted(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the number of its tenants in the place of all their names."""
    return {**row, "tenants": len(row["tenants"])}


def files(compiled: Compiled) -> dict[str, Any]:
    """Kind → name → the file where it is written; without tenants."""
    project = compiled.resolved.project
    found: dict[str, Any] = {kind: {} for kind in ("environment", "branch", "lane", "service")}
    for (kind, name), path in project.paths.items():
        if kind in found:
            found[kind]["/".join(name) if isinstance(name, tuple) else name] = path
    return found


def tenant_files(compiled: Compiled, tenants: Iterable[str]) -> list[str]:
    project = compiled.resolved.project
    return [project.place("tenant", name).path for name in tenants]


def calls(plan: Plan) -> dict[str, Any]:
    """The picture of the catalogue's calls and messages: where services stand, and which way each
    edge takes."""
    numbers = {name: number for number, name in enumerate(plan.services)}
    edges: dict[tuple[int, int], str] = {}
    for name, service in plan.services.items():
        for callee in service.calls:
            edges[numbers[name], numbers[callee]] = ""
        for queue, consumer in plan.consumers(name):
            edges.setdefault((numbers[name], numbers[consumer]), queue)
    made = layout([BOX] * len(numbers), [*edges], [0] * len(edges))
    return {
        "boxes": [list(box) for box in made.boxes],
        "edges": [
            [source, target, queue, made.ways[index], index in made.back]
            for index, ((source, target), queue) in enumerate(edges.items())
        ],
    }


def matrix(plan: Plan) -> dict[str, Any]:
    """Whom policies let in: (service, unit, numbers of `callers`) of each; a caller is null, the
    ingress, or a service with an environment, and one of its branches or all units."""
    callers: dict[Caller | None, int] = {}
    let_in = []
    for (service, unit), allowed in sorted(plan.allowed.items()):
        who = [callers.setdefault(caller, len(callers)) for caller in allowed]
        let_in.append([service, str(unit), who])
    enforced = plan.platform.mesh.mtls == "strict"
    policies = plan.platform.namespaces.network_policies != "none"
    return {
        "enforced": enforced or policies,
        "callers": [_caller(caller) for caller in callers],
        "allowed": let_in,
    }


def _caller(caller: Caller | None) -> list[str] | None:
    """Who calls, and from where, in words."""
    if caller is None:
        return None
    service, unit = caller
    who = "smoke tests" if service == names.TESTER else service
    where = f"{unit.environment} and its branches" if unit.branch == ANY else str(unit)
    return [who, where]


def changes(since: str, difference: Difference | None) -> dict[str, Any] | None:
    """What differs since a commit, in the words of `gen diff`."""
    if difference is None:
        return None
    parts = [[part.title, part.lines] for part in sections(difference)]
    return {"since": since, "summary": difference.summary, "sections": parts}
