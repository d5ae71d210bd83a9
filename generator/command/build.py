"""`gen build`: the output tree in a folder."""

from __future__ import annotations

import os
from pathlib import Path

import click

from generator.command.workspace import Workspace

SHOWN = 20


@click.command(short_help="Write the output tree.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Folder to write.  [default: build/ of the repository]")
@click.option("--check", is_flag=True, help="Write nothing; exit 16 if the folder differs from what would be written.")
@click.pass_obj
def build(workspace: Workspace, out: Path | None, check: bool) -> int:
    """Compiles the configuration and writes the tree that Argo CD reads: all of it, or nothing."""
    from generator.edge import tree

    out = workspace.root / "build" if out is None else out
    compiled = workspace.compiled
    workspace.terminal.progress("emitting")
    files = compiled.files
    workspace.terminal.progress("comparing" if check else "writing")
    difference = (tree.compare if check else tree.write)(out, files, workspace.folder(out))
    workspace.folders[os.path.realpath(out)] = difference.there
    workspace.terminal.clear()
    if check and difference:
        for sign, style, paths in (("+", "green", difference.added), ("~", "yellow", difference.changed), ("-", "red", difference.deleted)):
            for path in paths[:SHOWN]:
                workspace.echo(workspace.terminal.style(f"{sign} {path}", style))
            if len(paths) > SHOWN:
                workspace.echo(f"{sign} … {len(paths) - SHOWN} more")
        workspace.echo(f"{out} differs in {len(difference)} of {len(files)} files; `gen build` writes them")
        return 16
    plan = compiled.plan
    units = sum(lane.kind == "unit" for lane in plan.lanes.values())
    what = f"{len(plan.environments)} environments, {units - len(plan.environments)} branches, {len(plan.lanes)} lanes, {len(plan.tenants)} tenants"
    done = f"{len(difference)} of {len(files)} files written to {out}" if difference else f"{out} is up to date, {len(files)} files"
    workspace.echo(f"{what}: {workspace.terminal.style(done, 'green')}")
    return 0
