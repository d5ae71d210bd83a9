"""`gen join`: a laptop's process takes a lane's requests for a service."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.plan.clusters import named, told
from generator.vocabulary.nearest import known
from generator.vocabulary.plural import count

if TYPE_CHECKING:
    from generator.plan.plan import Plan
    from generator.views.join import Joined


@click.command()
@click.argument("lane")
@click.argument("service")
@click.option(
    "--tool",
    type=click.Choice(["mirrord", "telepresence"]),
    default="mirrord",
    show_default=True,
    help="For whom it is written: a mirrord.json, or the commands of Telepresence.",
)
@click.option(
    "--local",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Where the process listens, if not where the container does.",
)
@options.formatted()
@click.pass_obj
def join(
    workspace: Workspace, lane: str, service: str, tool: str, local: int | None, form: str
) -> None:
    """Prints by what a process on a laptop takes a lane's requests for a service, and no others:
    which workload answers them now, in which namespace, and the header by which they are known.

    \b
    gen join test/feature-login checkout > mirrord.json
    mirrord exec -f mirrord.json -- ./checkout
    gen join test/feature-login checkout --tool telepresence --local 9090
    """
    from generator.views import join as view

    plan = workspace.compiled.plan
    known(lane, plan.lanes, "lane")
    known(service, plan.services, "service")
    one = view.joined(plan, lane, service)
    made: Any = getattr(view, tool)(one, local)
    if form == "json":
        workspace.echo(json.dumps(_json(plan, one, tool, made)))
        return
    if tool == "mirrord":
        workspace.echo(json.dumps(made, indent=2))
    else:
        for words in made:
            workspace.echo(shlex.join(words))
    _told(workspace, one)


def _json(plan: Plan, one: Joined, tool: str, made: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "lane": one.lane,
        "service": one.service,
        "unit": str(one.unit),
        **told(plan, one.unit),
        "namespace": one.namespace,
        "workload": {"kind": one.workload.kind, "name": one.name},
        "header": one.header,
        "baggage": one.baggage,
        tool: made,
    }


def _told(workspace: Workspace, one: Joined) -> None:
    """On the side: what people should know of it."""
    plan = workspace.compiled.plan
    others = sum(
        name != one.lane and answers.get(one.service) == one.unit
        for name, answers in plan.answers.items()
    )
    workspace.terminal.note(
        f"{one.service} in {one.unit} answers them now, and goes on to answer all others"
        + (f" ({count(others, 'more lane')})" if others else "")
    )
    if plan.platform.seats:
        where = named(plan.environments[one.unit.environment].cluster)
        workspace.terminal.note(f"it runs in {where}: connect to that one")
    if one.workload.kind == "StatefulSet":
        workspace.terminal.note("mirrord takes a StatefulSet's requests with its operator only")
