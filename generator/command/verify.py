"""`gen verify`: the output branch against what it should hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from generator.command.workspace import Workspace

if TYPE_CHECKING:
    from generator.edge.git import Repository
    from generator.edge.keeps import Kept

SHOWN = 40


@click.command(short_help="Check the output branch: hand edits, missing and foreign files, moved tags.")
@click.option("--branch", help="Output branch.  [default: argocd.branch of platform.yaml]")
@click.option("--remote", default="origin", show_default=True, help="Remote that has it.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def verify(workspace: Workspace, branch: str | None, remote: str, form: str) -> int:
    """Compiles the commit that the output branch says it was published from, and compares every file, and every tag that
    an Application is pinned to. A later gen may compile the same commit to other files; they are told as changed, and
    the next publish brings them.

    Exit 16 if anything differs.
    """
    from generator.edge.git import Repository
    from generator.edge.verify import verify

    repository = Repository(workspace.root)
    name = branch or workspace.compiled.plan.platform.argocd.branch
    workspace.terminal.progress("reading the output branch")
    found = verify(repository, remote, name, lambda commit, kept: _rendered(workspace, repository, commit, kept))
    workspace.terminal.clear()
    kinds = {"missing": found.missing, "changed": found.changed, "foreign": found.foreign}
    if form == "json":
        workspace.echo(json.dumps({"version": 1, "branch": name, "tip": found.tip, "source": found.source} | {kind: list(paths) for kind, paths in kinds.items()}))
        return 16 if found else 0
    style = workspace.terminal.style
    for kind, paths in kinds.items():
        for path in paths[:SHOWN]:
            workspace.echo(f"{style(kind.ljust(8), 'red')} {path}")
        if len(paths) > SHOWN:
            workspace.echo(f"         … {len(paths) - SHOWN} more")
    if found:
        workspace.echo(f"{remote}/{name} is not what {str(found.source)[:10]} says: `git log {remote}/{name}` shows who changed it; take the change to the source, then `gen publish --adopt`; tags are put back by any publish")
    else:
        workspace.echo(style(f"{remote}/{name} holds exactly what {str(found.source)[:10]} says", "green"))
    return 16 if found else 0


def _rendered(workspace: Workspace, repository: Repository, commit: str, kept: tuple[Kept, ...]) -> Mapping[str, bytes]:
    here = commit == repository.head() and not repository.uncommitted("environments", "overlays")
    compiled = workspace.compiled if here else workspace.compile(workspace.commit(repository, commit))
    return compiled.keeping(each.lane for each in kept)
