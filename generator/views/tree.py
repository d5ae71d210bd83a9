"""What a unit becomes in a cluster, object by object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from generator.compiler.compile import Compiled
from generator.plan import clusters
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets.environments import Environments, Piece
from generator.targets.kube import smoke, units
from generator.targets.objects import Contents, Object, Overlay
from generator.vocabulary import names


class Named(NamedTuple):
    """An object of a cluster."""

    group: str
    kind: str
    namespace: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Tree:
    """What a unit becomes.

    application  the Argo CD Application that deploys it
    asleep       whether it sleeps: none of its pods runs
    services     what it runs → what that is made of
    tests        its smoke tests
    alone        what the mesh has for it alone
    shared       what the mesh has for others too, and that names it: routes and policies
    """

    application: str
    asleep: bool
    services: Mapping[str, tuple[Named, ...]]
    tests: tuple[Named, ...]
    alone: tuple[Named, ...]
    shared: tuple[Named, ...]


def tree(compiled: Compiled, unit: Unit) -> Tree:
    """What a unit becomes, sorted by kind and name."""
    plan = compiled.plan
    services: dict[str, tuple[Named, ...]] = {}
    found: dict[str, set[Named]] = {"tests": set(), "alone": set(), "shared": set()}
    about = _About(compiled, unit)
    for piece in _pieces(compiled, unit):
        part, contents = piece.part, piece.contents()
        if part.folder == units.folder(unit):
            services = dict(_of_services(compiled, unit, contents))
            continue
        tests = part.folder == smoke.part(plan, unit).folder
        if not tests and not part.complete:
            continue
        for one in _plain(contents):
            if how := "tests" if tests else about.told(one):
                found[how].add(_named(one))
    return Tree(
        plan.application(unit.environment, unit.label),
        unit in plan.asleep,
        services,
        **{how: tuple(sorted(those)) for how, those in found.items()},
    )


def _pieces(compiled: Compiled, unit: Unit) -> Iterator[Piece]:
    """What is printed for the clusters of the unit's mesh."""
    for cluster in compiled.plan.clusters:
        seen = compiled.plan.seen_from(cluster)
        if unit.environment in seen.environments:
            printer = Environments(seen, compiled.targets)
            yield from (printer.lanes(), *printer.beyond())
            for environment in seen.residents:
                yield from printer.pieces(environment)


def as_json(plan: Plan, unit: Unit, made: Tree) -> dict[str, Any]:
    """The JSON of a tree."""
    return {
        "version": 1,
        "unit": str(unit),
        **clusters.told(plan, unit),
        "application": made.application,
        "asleep": made.asleep,
        "services": {name: _listed(those) for name, those in made.services.items()},
        "tests": _listed(made.tests),
        "alone": _listed(made.alone),
        "shared": _listed(made.shared),
    }


def _listed(those: tuple[Named, ...]) -> list[dict[str, Any]]:
    return [one._asdict() for one in those]


def _named(one: Object) -> Named:
    return Named(one.group_kind[0], one.kind, one.namespace, one.name)


def _plain(contents: Contents) -> Iterator[Object]:
    """Objects that stand as they are, and not in overlays."""
    for _, held in contents:
        if not isinstance(held, Overlay):
            yield from held


def _of_services(
    compiled: Compiled, unit: Unit, contents: Contents
) -> Iterator[tuple[str, tuple[Named, ...]]]:
    """Services, each with what gen makes beside its base, and what this and components bring."""
    plan = compiled.plan
    namespace = plan.environments[unit.environment].namespace
    left_out = plan.left_out if unit.branch is not None else frozenset()
    for service, held in contents:
        if not isinstance(held, Overlay):
            continue
        made = {(*one.group_kind, one.name) for one in held.objects}
        for one in compiled.resolved.bases.brought[service, plan.runs[unit][service].components]:
            if (one.group, one.kind) not in left_out:
                made.add((one.group, one.kind, one.name))
        yield (
            service,
            tuple(
                Named(group, kind, namespace, names.kubernetes_name(name, unit.branch))
                for group, kind, name in sorted(made)
            ),
        )


class _About:
    """Whether an object is about a unit: by its hosts, its lane or the labels of its pods."""

    def __init__(self, compiled: Compiled, unit: Unit) -> None:
        plan = compiled.plan
        self._lane = str(unit)
        self._hosts = {plan.kubernetes_host(service, unit) for service in plan.runs[unit]}
        self._pods = {"gen/environment": unit.environment, "gen/branch": unit.label}.items()

    def told(self, one: Object) -> str | None:
        """`alone` of what is about this unit's pods, or one of its hosts, and nothing else;
        `shared` of what names it among others."""
        spec = one.body.get("spec")
        if isinstance(spec, Mapping) and self._chooses(spec):
            return "alone"
        return "shared" if self._names(one.body) else None

    def _chooses(self, spec: Mapping[str, Any]) -> bool:
        if spec.get("host") in self._hosts:
            return True
        for key in ("selector", "podSelector", "workloadSelector"):
            chosen = spec.get(key) or {}
            labels = chosen.get("matchLabels") or chosen.get("labels") or {}
            if self._pods <= labels.items():
                return True
        return False

    def _names(self, value: Any) -> bool:
        if isinstance(value, str):
            return value in self._hosts or self._lane in value.split("|")
        if isinstance(value, Mapping):
            return self._pods <= value.items() or any(map(self._names, value.values()))
        return isinstance(value, list | tuple) and any(map(self._names, value))
