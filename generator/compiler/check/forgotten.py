"""What the mesh forgets: services that nobody may call, versions that no request comes to, and what
runs nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from generator.compiler.load import Project
from generator.compiler.resolve import Resolved
from generator.plan import journey
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.vocabulary.findings import Finding
from generator.vocabulary.layout import BASES, kustomization
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.source import Mark, Place


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    running = set(chain.from_iterable(plan.runs.values()))
    alone = _uncalled(plan, running)
    for name in sorted(alone):
        if plan.services[name].ports and not plan.services[name].consumes:
            yield _nobody_calls(resolved.project, name)
    asked = _asked(plan, ())
    for unit, runs in plan.runs.items():
        if unit.branch is not None:
            starting = alone & runs.keys()
            come_to = _asked(plan, starting) if starting else asked
            yield from _unasked(resolved, unit, runs.keys() - come_to)
    yield from _nowhere(resolved, running)
    yield from _ownerless(resolved)


def tenants(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Expectations about services that no request from an entry reaches."""
    asked: set[str] | None = None
    for name, tenant in resolved.project.tenants.items():
        if not tenant.expect:
            continue
        asked = _asked(plan, ()) if asked is None else asked
        place = resolved.project.place("tenant", name)
        for service in sorted(set(tenant.expect) - asked):
            yield Finding(
                "GEN313",
                place.key("expect", service),
                f"no request from an entry reaches {service}, so what is expected of it is never "
                "asked",
                "add it to the `calls` of the service that calls it, or give it an `entry`",
                about=f"{service} in {name}",
            )


def _uncalled(plan: Plan, running: set[str]) -> set[str]:
    """Running services without an entry that no other running service and no smoke test calls."""
    called: set[str] = set()
    for name in running:
        called.update(callee for callee in plan.services[name].calls if callee != name)
    for tests in plan.tests.values():
        for test in tests.values():
            called.update(test.calls, (request.service for request in test.requests))
    return {name for name in running - called if not plan.services[name].entry}


def _nobody_calls(project: Project, name: str) -> Finding:
    return Finding(
        "GEN312",
        project.place("service", name),
        f"nobody may call {name}: no `calls` names it and it has no entry",
        "add it to the `calls` of the service that calls it, give it an `entry`, or leave its "
        "`ports` empty",
        about=name,
    )


def _asked(plan: Plan, starting: Iterable[str]) -> set[str]:
    """Services that requests come to from the entries, and from services that start them."""
    entries = (name for name, service in plan.services.items() if service.entry)

    def onward(name: str) -> Iterator[str]:
        yield from plan.services[name].calls
        for _, consumer in plan.consumers(name):
            yield consumer

    return set(journey.walk([*entries, *starting], onward))


def _unasked(resolved: Resolved, unit: Unit, services: Iterable[str]) -> Iterator[Finding]:
    """Versions of a branch that are on no way from an entry, or from what it starts itself."""
    place = resolved.place_of_unit(unit)
    for service in sorted(services):
        yield Finding(
            "GEN313",
            place.key("runs", service),
            f"no request from an entry reaches {service}, so the version in {unit} is never asked",
            "run what calls it in the same branch, or let an entry lead to it",
            about=f"{service} in {unit}",
        )


def _nowhere(resolved: Resolved, running: set[str]) -> Iterator[Finding]:
    for name in sorted(resolved.project.services.keys() - running):
        yield Finding(
            "GEN314",
            resolved.project.place("service", name),
            f"{name} runs nowhere",
            "put it into the `runs` of an environment or a branch, or delete its file and its base",
            about=name,
        )


def _ownerless(resolved: Resolved) -> Iterator[Finding]:
    """Bases of no service that no base of a service needs."""
    project, bases = resolved.project, resolved.bases
    needed = set(chain.from_iterable(base.folders for base in bases.of.values()))
    needed.update(*(component.folders for component in bases.components.values()))
    for name in bases.folders:
        folder = BASES + name
        if any(f"{other}/".startswith(f"{folder}/") for other in needed):
            continue
        yield Finding(
            "GEN314",
            Place(kustomization(project.sources, folder) or folder, mark=Mark(1, 1)),
            f"there is no service {name} in the catalogue, so this base is never used",
            f"{did_you_mean(name, project.services)}; delete the base if nobody needs it",
            about=name,
        )
