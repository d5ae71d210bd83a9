"""`gen publish`: the output tree, committed and pushed."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

import click

from generator.command.workspace import Workspace

if TYPE_CHECKING:
    from generator.edge.git import Repository
    from generator.edge.guards import Receipt
    from generator.edge.keeps import Kept
    from generator.edge.tip import Tip
    from generator.vocabulary.files import FileSet
    from generator.vocabulary.plan import Plan


@click.command(short_help="Commit the output tree to the output branch and push it.")
@click.option("--branch", help="Output branch.  [default: argocd.branch of platform.yaml]")
@click.option("--remote", default="origin", show_default=True, help="Remote to push to.")
@click.option("--dry-run", is_flag=True, help="Do everything but commit and push, and tell what would change.")
@click.option("--adopt", is_flag=True, help="Write over what was changed by hand on the output branch.")
@click.option("--allow-deletes", multiple=True, metavar="WHAT", help="Agree to a deletion: an environment, a unit (test/feature-login), or `applications`, `tenants` or `files` beyond their share, or `lanes` that tenants still take.")
@click.pass_obj
def publish(workspace: Workspace, branch: str | None, remote: str, dry_run: bool, adopt: bool, allow_deletes: tuple[str, ...]) -> None:
    """Compiles the commit that is checked out and brings the output branch to it, in one commit or none.

    Exit 4 where a guard wants a person's word: a large deletion, a hand-edited branch; exit 5 where a newer source is
    already published, and nothing is left to do.
    """
    from generator.edge.git import Repository
    from generator.edge.guards import Publication
    from generator.edge.publish import committed, publish

    repository = Repository(workspace.root)
    source = committed(repository)
    workspace.sources = workspace.commit(repository, source)  # not the folder: it may be a sparse checkout, or change meanwhile
    platform = workspace.compiled.plan.platform
    settings = Publication(branch or platform.argocd.branch, remote, platform.guards.deletions, dry_run, adopt, allow_deletes, source, platform.guards.source)
    receipt = publish(repository, lambda tip: _rendered(workspace, repository, tip, allow_deletes), settings, workspace.terminal.progress)
    workspace.terminal.clear()
    _show(workspace, receipt, dry_run)


def _rendered(workspace: Workspace, repository: Repository, tip: Tip, agreed: tuple[str, ...]) -> tuple[FileSet, tuple[Kept, ...]]:
    """The output tree, and in it the lanes that the edge still gives."""
    from generator.edge.keeps import drained, keep
    from generator.vocabulary.findings import Findings

    compiled = workspace.compiled

    @cache
    def before(commit: str) -> Plan | None:
        try:
            return workspace.compile(workspace.commit(repository, commit)).plan
        except Findings:
            return None

    drained(repository, tip, compiled.plan, compiled.files, before, agreed)
    kept = keep(repository, tip, compiled.plan, before, agreed, int(time.time()))
    return compiled.keeping(each.lane for each in kept), kept


def _show(workspace: Workspace, receipt: Receipt, dry_run: bool) -> None:
    style = workspace.terminal.style
    where = f"{receipt.remote}/{receipt.branch}"
    if dry_run:
        signs = (("+", receipt.added, "green"), ("~", receipt.changed, "yellow"), ("-", receipt.deleted, "red"), ("+", receipt.tags, "green"), ("-", receipt.stale, "red"))
        for sign, path, colour in [(sign, path, colour) for sign, paths, colour in signs for path in paths]:
            workspace.echo(style(f"{sign} {path}", colour))
    if not receipt.differs:
        put_back = f"; tags of Applications that {'would be' if dry_run else 'were'} put back: {len(receipt.tags)}" if receipt.tags else ""
        workspace.echo(style(f"{where} already holds what {receipt.source[:10]} says; no commit{put_back}", "green"))
        return
    if dry_run:
        workspace.echo(style("\n" + "\n".join(f"    {line}".rstrip() for line in receipt.message.splitlines()) + "\n", "dim"))
        workspace.echo(f"parent {receipt.tip[:10]}, by a fast-forward" if receipt.tip else "the first commit of the branch")
    for path in receipt.adopted:
        workspace.echo(style(f"{path} was changed by hand, and is written over", "yellow"))
    counts = f"{len(receipt.added)} added, {len(receipt.changed)} changed, {len(receipt.deleted)} deleted"
    done = "would be committed to" if dry_run else "committed to"
    commit = f" as {receipt.commit[:10]}" if receipt.commit else ""
    workspace.echo(f"{counts}: {style(f'{done} {where}{commit}', 'green')}")
