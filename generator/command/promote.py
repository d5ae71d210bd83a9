"""`gen promote`: what runs in one unit goes to the next environment, if it may."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import click

from generator.command.words import known
from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from generator.vocabulary.model import Run
    from generator.vocabulary.plan import Plan, Unit


@click.command(short_help="Move versions from one unit to another, as far as they were tested.")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("services", nargs=-1, metavar="[SERVICE]…")
@click.option("--tested", type=click.File("r"), metavar="FILE", help="The Application of FROM's smoke tests, as `kubectl get -o json` prints it; `-` reads it from a pipe.")
@click.option("--dry-run", is_flag=True, help="Show the change, write nothing.")
@click.pass_obj
def promote(workspace: Workspace, source: str, target: str, services: tuple[str, ...], tested: IO[str] | None, dry_run: bool) -> None:
    """Puts the tags (or digests) of FROM into TO's file, keeping every comment: of the services named, or of all that
    both run. FROM and TO are units: `test`, or `test/feature-login`.

    An environment that says `takes: {from: test, tested: true}` takes nothing else, and only what passed: show it
    (exit 4 otherwise).

    \b
    gen promote test staging
    kubectl -n argocd get application test.baseline.tests -o json | gen promote test staging --tested -
    """
    from generator.command.change import apply
    from generator.command.deploy import edited
    from generator.vocabulary.plan import Unit
    from generator.views.scaffold import version

    plan = workspace.compiled.plan
    for unit in (source, target):
        known(unit, map(str, plan.runs), "unit")
    here, there = Unit.parse(source), Unit.parse(target)
    wanted = _versions(plan, here, there, services)
    _may(workspace, here, there, tested)
    path = workspace.compiled.resolved.place_of_unit(there).path
    moved = {service: text for service, text in wanted.items() if _version(plan.runs[there].get(service)) != version(text)}
    apply(workspace, {path: edited(path, workspace.sources.files[path], moved, [])}, dry_run)


def _version(run: Run | None) -> tuple[str, str] | None:
    if run is None:
        return None
    return ("digest", run.digest) if run.digest else ("tag", str(run.tag))


def _versions(plan: Plan, source: Unit, target: Unit, services: tuple[str, ...]) -> dict[str, str]:
    """Service → version. Without names: all that both run."""
    runs = plan.runs[source]
    for service in services:
        known(service, runs, f"service in {source}")
    chosen = services or [service for service in runs if service in plan.runs[target]]
    if not chosen:
        raise Refusal(f"{source} and {target} run no service in common", "name what is to be moved: gen promote FROM TO SERVICE", exit_code=2)
    return {service: str(runs[service].digest or runs[service].tag) for service in chosen}


def _may(workspace: Workspace, source: Unit, target: Unit, tested: IO[str] | None) -> None:
    """What the target's environment asks for."""
    from generator.views.tested import judge

    takes = workspace.compiled.resolved.project.environments[target.environment].takes
    if takes is not None and source.environment != takes.source:
        raise Refusal(f"{target.environment} takes versions from {takes.source}, and {source} is not part of it", f"promote them to {takes.source} first; `takes` in its environment.yaml says so", exit_code=4)
    if tested is None and (takes is None or not takes.tested):
        return
    judge(workspace.compiled.plan, workspace.compiled.files, source, tested.read() if tested else None)
