"""`gen drop`: a branch goes."""

from __future__ import annotations

import click

from generator.command.change import To, editing
from generator.command.workspace import Workspace


@click.command()
@click.argument("unit")
@editing
@click.pass_obj
def drop(workspace: Workspace, unit: str, to: To) -> None:
    """Deletes the file of a branch (`test/feature-login`, or by the name of its git branch), and
    the named lanes that lead through nothing else. Nothing goes that a tenant or another lane still
    needs: those are shown with their place, and nothing is written (exit 1). A branch that is gone
    already is no error.

    \b
    gen drop test/feature-login
    gen drop test/feature-login --push --repository https://git.example.com/shop/config.git
    """
    from generator.command.change import make
    from generator.edits.drop import Drop

    make(workspace, Drop(unit), to, nothing=f"there is no {unit}")
