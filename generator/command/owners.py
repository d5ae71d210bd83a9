"""`gen owners`: who reviews what, for the forge."""

from __future__ import annotations

import json
from pathlib import Path

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.plural import count


@click.command()
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file to write.  [default: CODEOWNERS, where the repository begins]",
)
@options.check
@options.formatted()
@click.pass_obj
def owners(workspace: Workspace, file: Path | None, check: bool, form: str) -> int:
    """Writes CODEOWNERS, which GitHub, GitLab, Gitea and Forgejo ask for reviews by: the file of
    each thing with an `owner`, and a service's base, belong to the team that `teams` in
    platform.yaml names (an owner such as @shop/accounts needs no team). Exit 16 with --check if it
    would change."""
    from generator.io.edit import write_file
    from generator.views.owners import codeowners
    from generator.views.owners import owners as owned

    top, prefix = _place(workspace.root)
    file = file or top / "CODEOWNERS"
    platform = workspace.compiled.resolved.project.platform
    teams = platform.teams if platform else {}
    text, unknown = codeowners(owned(workspace.sources), teams, prefix)
    there = file.read_text(encoding="utf-8") if file.is_file() else None
    if there != text and not check:
        write_file(file, text.encode())
    for owner in unknown:
        workspace.terminal.note(f"who {owner} is at the forge, `teams` in platform.yaml says not")
    if form == "json":
        told = {"version": 1, "file": str(file), "differs": there != text, "unknown": unknown}
        workspace.echo(json.dumps(told))
    else:
        lines = count(text.count("\n") - 1, "line")
        done = "differs" if check else "written"
        workspace.echo(f"{file} {done if there != text else 'is up to date'}, {lines}")
    return 16 if check and there != text else 0


def _place(root: Path) -> tuple[Path, str]:
    """Where the repository begins, and the folder of the configuration in it."""
    from generator.io.git import Repository
    from generator.vocabulary.refusal import Refusal

    try:
        repository = Repository(root)
    except Refusal:
        return root, ""
    prefix = repository.text("rev-parse", "--show-prefix")
    return Path(repository.text("rev-parse", "--show-toplevel")), prefix
