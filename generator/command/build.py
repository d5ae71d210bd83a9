"""`gen build`: the output tree in a folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.plural import count

if TYPE_CHECKING:
    from generator.io.built import Difference
    from generator.plan.plan import Plan

SHOWN = 20


@click.command()
@options.out("build")
@options.check
@options.formatted()
@click.pass_obj
def build(workspace: Workspace, out: Path | None, check: bool, form: str) -> int:
    """Compiles the configuration and writes the tree that Argo CD reads: all of it, or nothing."""
    from generator.io import built

    out = workspace.root / "build" if out is None else out
    compiled = workspace.compiled
    workspace.terminal.progress("emitting")
    files = compiled.files
    workspace.terminal.progress("comparing" if check else "writing")
    write = built.compare if check else built.write
    difference = write(out, files, workspace.folder(out))
    workspace.folders[os.path.realpath(out)] = difference.there
    workspace.terminal.clear()
    if form == "json":
        workspace.echo(json.dumps(_json(out, difference, len(files))))
        return 16 if check and difference else 0
    if check and difference:
        _show(workspace, out, difference, len(files))
        return 16
    done = f"{out} is up to date, {count(len(files), 'file')}"
    if difference:
        done = f"{len(difference)} of {count(len(files), 'file')} written to {out}"
    workspace.echo(f"{_what(compiled.plan)}: {workspace.terminal.style(done, 'green')}")
    return 0


def _json(out: Path, difference: Difference, total: int) -> dict[str, Any]:
    paths = {name: sorted(getattr(difference, name)) for name in ("added", "changed", "deleted")}
    return {"version": 1, "out": str(out), "files": total} | paths


def _show(workspace: Workspace, out: Path, difference: Difference, total: int) -> None:
    for sign, style, paths in (
        ("+", "green", difference.added),
        ("~", "yellow", difference.changed),
        ("-", "red", difference.deleted),
    ):
        for path in paths[:SHOWN]:
            workspace.echo(workspace.terminal.style(f"{sign} {path}", style))
        if len(paths) > SHOWN:
            workspace.echo(f"{sign} … {len(paths) - SHOWN} more")
    workspace.echo(
        f"{out} differs in {len(difference)} of {count(total, 'file')}; `gen build` writes them"
    )


def _what(plan: Plan) -> str:
    units = sum(lane.kind == "unit" for lane in plan.lanes.values())
    environments = len(plan.environments)
    return ", ".join(
        [
            count(environments, "environment"),
            count(units - environments, "branch"),
            count(len(plan.lanes), "lane"),
            count(len(plan.tenants), "tenant"),
        ]
    )
