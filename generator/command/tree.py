"""`gen tree`: what a unit becomes in a cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.plan import clusters
from generator.vocabulary.nearest import known

if TYPE_CHECKING:
    from generator.io.tables import Branch
    from generator.plan.units import Unit
    from generator.views.tree import Named, Tree


@click.command()
@click.argument("unit")
@options.formatted()
@click.pass_obj
def tree(workspace: Workspace, unit: str, form: str) -> None:
    """Shows what a branch, or an environment's own versions, become: the objects of each service,
    what the mesh has for the unit alone, and the routes and policies that name it among others.

    \b
    gen tree test/feature-login
    gen tree test
    """
    from generator.io import tables
    from generator.plan.units import Unit
    from generator.views import tree as view

    plan = workspace.compiled.plan
    known(unit, map(str, plan.runs), "unit")
    asked = Unit.parse(unit)
    made = view.tree(workspace.compiled, asked)
    if form == "json":
        workspace.echo(json.dumps(view.as_json(plan, asked, made)))
        return
    tables.draw(workspace.terminal, unit, _branches(workspace, asked, made))


def _branches(workspace: Workspace, unit: Unit, made: Tree) -> Iterable[Branch]:
    plan = workspace.compiled.plan
    deployed = []
    for service, those in made.services.items():
        version = plan.runs[unit][service].deployed
        deployed.append((f"{service} {version}", [*_objects(those, _alone)]))
    where = plan.environments[unit.environment].namespace
    state = ", asleep: no pod runs" if made.asleep else ""
    there = clusters.short(plan, unit.environment)
    where = f"{where} of the {there}" if there else where
    yield f"Application {made.application}, in {where}{state}", deployed
    for head, those, told in (
        ("smoke tests", made.tests, _alone),
        ("in the mesh, for it alone", made.alone, _alone),
        ("in the mesh, shared with others", made.shared, _placed),
    ):
        if those:
            yield head, [*_objects(those, told)]


def _objects(those: Sequence[Named], told: Callable[[str, list[str]], str]) -> Iterator[Branch]:
    """Objects by kind and name: one line for those that several namespaces have."""
    places: dict[str, list[str]] = {}
    for one in those:
        places.setdefault(f"{one.kind} {one.name}", []).append(str(one.namespace))
    for name, namespaces in places.items():
        yield told(name, namespaces), ()


def _alone(name: str, _: list[str]) -> str:
    return name


def _placed(name: str, namespaces: list[str]) -> str:
    return f"{name} in {', '.join(namespaces)}"
