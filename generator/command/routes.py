"""`gen routes`: the table of all answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from generator.command import options
from generator.command.workspace import Workspace

if TYPE_CHECKING:
    from generator.plan.plan import Plan


@click.command()
@click.option("--service", help="Only this service.")
@click.option("--environment", help="Only this environment.")
@options.formatted()
@click.pass_obj
def routes(workspace: Workspace, service: str | None, environment: str | None, form: str) -> None:
    """Shows for each environment and service which unit answers: first without a colour, then each
    lane that changes the answer there. JSON holds every lane."""
    from generator.views import routes as view
    from generator.vocabulary.nearest import known

    plan = workspace.compiled.plan
    known(service, plan.services, "service")
    known(environment, plan.environments, "environment")
    if form == "json":
        table = view.as_json(plan)
        rows = table["routes"]
        table["routes"] = [row for row in rows if _wanted(row, service, environment)]
        workspace.echo(json.dumps(table))
        return
    for where, services in plan.known.items():
        for what in services:
            row = {"environment": where, "service": what}
            if _wanted(row, service, environment):
                _show(workspace, plan, where, what)


def _wanted(row: Mapping[str, str], service: str | None, environment: str | None) -> bool:
    return row["service"] == (service or row["service"]) and row["environment"] == (
        environment or row["environment"]
    )


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
