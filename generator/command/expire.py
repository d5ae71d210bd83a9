"""`gen expire`: what has had its last day goes."""

from __future__ import annotations

import datetime

import click

from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal


@click.command(short_help="Delete the branches and environments whose last day is over.")
@click.option("--on", metavar="DATE", help="The day it is: 2027-01-31.  [default: today, UTC]")
@click.option("--dry-run", is_flag=True, help="Show what would go, delete nothing.")
@click.pass_obj
def expire(workspace: Workspace, on: str | None, dry_run: bool) -> None:
    """Deletes the files of branches and environments whose `expires` lies before today. Nothing goes that a lane, a
    tenant or another environment still names: those are shown with their place, and nothing is written (exit 1).

    \b
    gen expire --dry-run
    gen expire && git commit -am "What has expired goes"
    """
    from generator.command.change import apply

    gone = _expired(workspace, _day(on))
    if not gone:
        workspace.echo("nothing has expired")
        return
    apply(workspace, dict.fromkeys(gone), dry_run)


def _day(text: str | None) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text) if text else datetime.datetime.now(datetime.UTC).date()
    except ValueError:
        raise Refusal(f"`{text}` is no date", "write it as 2027-01-31", exit_code=2) from None


def _expired(workspace: Workspace, day: datetime.date) -> list[str]:
    """Files of all that had its last day before this one; an environment goes with its branches."""
    project = workspace.compiled.resolved.project
    over = {name for name, environment in project.environments.items() if environment.expires and environment.expires < day}
    branches = {name for name, branch in project.branches.items() if name[0] in over or branch.expires and branch.expires < day}
    return sorted([*(project.paths["environment", name] for name in over), *(project.paths["branch", name] for name in branches)])
