"""`gen routes`: the table of all answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.nearest import known

if TYPE_CHECKING:
    from generator.plan.plan import Plan
    from generator.views.routes import Asked


@click.command()
@click.option("--service", help="Only this service.")
@click.option("--environment", help="Only this environment.")
@click.option("--lane", help="Only who answers in this lane.")
@options.formatted()
@click.pass_obj
def routes(
    workspace: Workspace, service: str | None, environment: str | None, lane: str | None, form: str
) -> None:
    """Shows for each environment and service which unit answers: first without a colour, then each
    lane that changes the answer there. JSON holds every lane."""
    from generator.views import routes as view

    plan = workspace.compiled.plan
    known(service, plan.services, "service")
    known(environment, plan.environments, "environment")
    known(lane, plan.lanes, "lane")
    asked = view.Asked(service, environment, lane)
    if form == "json":
        workspace.terminal.pour(view.text(plan, asked))
    elif lane is not None:
        _follow(workspace, plan, asked)
    else:
        for place in view.places(plan, asked):
            _show(workspace, plan, *place)


def _follow(workspace: Workspace, plan: Plan, asked: Asked) -> None:
    """Who answers in one lane."""
    from generator.views import routes as view

    style = workspace.terminal.style
    for environment, service in view.places(plan, asked):
        for _, unit in view.answers(plan, environment, service, asked.lane):
            where = style(f"{service} in {environment}", "bold")
            workspace.echo(f"{where}: {unit or style('nobody', 'red')}")


def _show(workspace: Workspace, plan: Plan, environment: str, service: str) -> None:
    style = workspace.terminal.style
    answer = plan.answers[environment].get(service) or style("nobody", "red")
    workspace.echo(f"{style(f'{service} in {environment}', 'bold')}: {answer}")
    seen = plan.seen_from(plan.environments[environment].cluster)
    for route in seen.routes(environment, service):
        if route.unit is not None:
            words = ("{} with its branches" if route.match.whole else "{}").format
            lanes = style(f"for {', '.join(map(words, route.lanes))}", "dim")
            workspace.echo(f"  {style(str(route.unit), 'green')}  {lanes}")
