"""`gen schema`: what editors know of the input."""

from __future__ import annotations

import json
from pathlib import Path

import click

from generator.command import options
from generator.command.workspace import Workspace


@click.command()
@options.out("schemas")
@options.check
@options.formatted()
@click.pass_obj
def schema(workspace: Workspace, out: Path | None, check: bool, form: str) -> int:
    """Writes one JSON schema per kind of file. The first line of each file that gen writes points
    to it."""
    from generator.io.edit import write_file
    from generator.views.schema import schemas

    out = workspace.root / "schemas" if out is None else out
    stale = {
        name: text
        for name, text in schemas().items()
        if not (out / name).is_file() or (out / name).read_text(encoding="utf-8") != text
    }
    for name in sorted(stale):
        if not check:
            write_file(out / name, stale[name].encode())
        if form == "text":
            workspace.echo(f"{name} {'differs' if check else 'written'}")
    if form == "json":
        workspace.echo(json.dumps({"version": 1, "out": str(out), "stale": sorted(stale)}))
    elif not stale:
        workspace.echo(f"{out} is up to date")
    return 16 if stale and check else 0
