"""`gen schema`: what editors know of the input."""

from __future__ import annotations

from pathlib import Path

import click

from generator.command.workspace import Workspace


@click.command(short_help="Write the JSON schemas that editors use.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Folder.  [default: schemas/ of the repository]")
@click.option("--check", is_flag=True, help="Write nothing; exit 16 if a schema differs.")
@click.pass_obj
def schema(workspace: Workspace, out: Path | None, check: bool) -> int:
    """Writes one JSON schema per kind of file. The first line of each file that gen writes points to it."""
    from generator.edge.edit import write_file
    from generator.views.schema import schemas

    out = workspace.root / "schemas" if out is None else out
    stale = {name: text for name, text in schemas().items() if not (out / name).is_file() or (out / name).read_text(encoding="utf-8") != text}
    for name in sorted(stale):
        workspace.echo(f"{name} {'differs' if check else 'written'}")
        if not check:
            write_file(out / name, stale[name].encode())
    if not stale:
        workspace.echo(f"{out} is up to date")
    return 16 if stale and check else 0
