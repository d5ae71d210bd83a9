"""`gen expire`: what has had its last day goes."""

from __future__ import annotations

import click

from generator.command import options
from generator.command.change import To, editing
from generator.command.words import day_of
from generator.command.workspace import Workspace


@click.command()
@options.day("--on")
@editing
@click.pass_obj
def expire(workspace: Workspace, on: str | None, to: To) -> None:
    """Deletes the files of branches and environments whose `expires` lies before today. Nothing
    goes that a lane, a tenant or another environment still names: those are shown with their place,
    and nothing is written (exit 1).

    \b
    gen expire --dry-run
    gen expire && git commit -am "What has expired goes"
    """
    from generator.command.change import make
    from generator.edits.expire import Expire

    make(workspace, Expire(day_of(on)), to, nothing="nothing has expired")
