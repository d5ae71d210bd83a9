"""`gen routes`: the table of all answers."""

from __future__ import annotations

import json

import click

from generator.command.workspace import Workspace


@click.command(short_help="Print the whole table: lane, environment, service, unit.")
@click.option("--service", help="Only this service.")
@click.option("--environment", help="Only this environment.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def routes(workspace: Workspace, service: str | None, environment: str | None, form: str) -> None:
    """Tells for each environment and service which unit answers: first without a colour, then each lane that changes
    the answer there. JSON holds every lane."""
    from generator.command.words import known
    from generator.views import routes as view

    plan = workspace.compiled.plan
    known(service, plan.services, "service")
    known(environment, plan.environments, "environment")
    wanted = lambda where, what: (environment is None or where == environment) and (service is None or what == service)  # noqa: E731
    if form == "json":
        table = view.as_json(plan)
        table["routes"] = [row for row in table["routes"] if wanted(row["environment"], row["service"])]
        workspace.echo(json.dumps(table))
        return
    terminal = workspace.terminal
    for where, names in plan.known.items():
        for what in names:
            if wanted(where, what):
                answer = plan.answers[where].get(what)
                workspace.echo(f"{terminal.style(f'{what} in {where}', 'bold')}: {answer or terminal.style('nobody', 'red')}")
                for route in plan.routes(where, what):
                    if route.target is not None:
                        workspace.echo(f"  {terminal.style(str(route.target), 'green')}  {terminal.style('for ' + ', '.join(route.lanes), 'dim')}")
