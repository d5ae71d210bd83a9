"""`gen verify`: the output branch against what it should hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from generator.command import options
from generator.command.workspace import Workspace

if TYPE_CHECKING:
    from generator.io.git import Repository
    from generator.io.keeps import KeptLane
    from generator.io.verify import Verification
    from generator.vocabulary.files import FileSet

SHOWN = 40


@click.command()
@options.output_branch
@options.formatted()
@click.pass_obj
def verify(workspace: Workspace, branch: str | None, remote: str, form: str) -> int:
    """Compiles the commit that the output branch says it was published from, and compares every
    file, and every tag that an Application reads at. A later gen may compile the same commit to
    other files; they are reported as changed, and the next publish brings them.

    Exit 16 if anything differs.
    """
    from generator.io.git import Repository
    from generator.io.verify import verify

    repository = Repository(workspace.root)
    platform = workspace.compiled.plan.platform
    name = branch or platform.argocd.branch
    workspace.terminal.progress("reading the output branch")

    def render(commit: str, kept: tuple[KeptLane, ...]) -> FileSet:
        return _rendered(workspace, repository, commit, kept)

    verified = verify(repository, remote, name, render, platform.publish.sign)
    workspace.terminal.clear()
    if form == "json":
        content = {"version": 1, "branch": name, "tip": verified.tip, "source": verified.source}
        workspace.echo(json.dumps(content | verified.kinds))
    else:
        _show(workspace, verified, f"{remote}/{name}")
    return 16 if verified else 0


def _show(workspace: Workspace, verified: Verification, where: str) -> None:
    style, source = workspace.terminal.style, str(verified.source)[:10]
    for kind, paths in verified.kinds.items():
        for path in paths[:SHOWN]:
            workspace.echo(f"{style(kind.ljust(8), 'red')} {path}")
        if len(paths) > SHOWN:
            workspace.echo(f"         … {len(paths) - SHOWN} more")
    if verified:
        workspace.echo(
            f"{where} is not what {source} says: `git log {where}` shows who changed it; take the "
            "change to the source, then `gen publish --adopt`; tags are put back by any publish"
        )
    else:
        workspace.echo(style(f"{where} holds exactly what {source} says", "green"))


def _rendered(
    workspace: Workspace, repository: Repository, commit: str, kept: tuple[KeptLane, ...]
) -> FileSet:
    from generator.vocabulary.findings import Findings

    compiled = workspace.compiled
    if commit != repository.head() or repository.uncommitted("environments", "overlays"):
        published = workspace.compile(workspace.commit(repository, commit))
        if isinstance(published, Findings):
            workspace.terminal.note(f"in {commit[:10]}, from which the branch was published:")
            raise published
        compiled = published
    return compiled.keeping(each.lane for each in kept)
