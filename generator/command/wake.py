"""`gen wake`: units that slept run again."""

from __future__ import annotations

import click

from generator.command import options
from generator.command.change import To, editing
from generator.command.words import moment_of
from generator.command.workspace import Workspace


@click.command()
@click.argument("units", metavar="UNIT…", nargs=-1, required=True)
@options.now
@editing
@click.pass_obj
def wake(workspace: Workspace, units: tuple[str, ...], now: str | None, to: To) -> None:
    """Wakes environments and branches: their pods start, and once they are healthy, lanes lead to
    them again. Until the schedule of a unit (`sleeps`) says the next thing, it stays awake.

    \b
    gen wake test --push
    """
    from generator.command.change import make
    from generator.edits.sleep import Wake

    make(workspace, Wake(units, moment_of(now)), to, nothing="awake already")
