"""`gen publish`: the output tree, committed and pushed."""

from __future__ import annotations

import json
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.plural import count

if TYPE_CHECKING:
    from generator.io.git import Repository
    from generator.io.guards import Publication, Receipt
    from generator.io.keeps import KeptLane
    from generator.io.tip import Tip
    from generator.plan.plan import Plan
    from generator.vocabulary.files import FileSet


@click.command()
@options.output_branch
@options.dry_run
@click.option(
    "--adopt", is_flag=True, help="Write over what was changed by hand on the output branch."
)
@click.option(
    "--allow-deletes",
    multiple=True,
    metavar="WHAT",
    help=(
        "Agree to a deletion: an environment, a unit (test/feature-login), or `applications`, "
        "`tenants` or `files` beyond their share, `lanes` that tenants still take, `meshes` that "
        "get another root, or `clusters` that environments leave."
    ),
)
@options.formatted()
@click.pass_obj
def publish(
    workspace: Workspace,
    branch: str | None,
    remote: str,
    dry_run: bool,
    adopt: bool,
    allow_deletes: tuple[str, ...],
    form: str,
) -> None:
    """Compiles the commit that is checked out and brings the output branch to it, in one commit or
    none.

    Exit 4 where a guard needs a person's approval: a large deletion, a hand-edited branch; exit 5
    where a newer source is already published, and nothing is left to do."""
    from generator.io.git import Repository
    from generator.io.publish import committed, publish

    repository = Repository(workspace.root)
    source = committed(repository)
    # Not the folder: it may be a sparse checkout, or change meanwhile.
    workspace.sources = workspace.commit(repository, source)
    settings = _settings(workspace, branch, remote, dry_run, adopt, allow_deletes, source)
    receipt = publish(
        repository,
        lambda tip: _rendered(workspace, repository, tip, source, allow_deletes),
        settings,
        workspace.terminal.progress,
    )
    if repository.form != "sha1":
        workspace.terminal.note(
            "Argo CD up to 3.5 reads no repository whose objects are named by SHA-256"
        )
    _told(workspace, receipt, form, dry_run=dry_run)


def _settings(
    workspace: Workspace,
    branch: str | None,
    remote: str,
    dry_run: bool,
    adopt: bool,
    allow_deletes: tuple[str, ...],
    source: str,
) -> Publication:
    """What a person and platform.yaml say of a publish."""
    from generator.io.guards import Publication

    platform = workspace.compiled.plan.platform
    guards, commits = platform.guards, platform.publish
    return Publication(
        branch or platform.argocd.branch,
        remote,
        guards.deletions,
        dry_run,
        adopt,
        allow_deletes,
        source,
        guards.source,
        commits.author,
        commits.sign,
    )


def _told(workspace: Workspace, receipt: Receipt, form: str, *, dry_run: bool) -> None:
    if form == "json":
        workspace.terminal.clear()
        workspace.echo(json.dumps(_json(receipt, dry_run)))
    else:
        _show(workspace, receipt, dry_run)


def _json(receipt: Receipt, dry_run: bool) -> dict[str, Any]:
    """As docs/reference/json.md has it."""
    names = ("branch", "remote", "source", "tip", "commit", "left")
    lists = ("added", "changed", "deleted", "adopted", "tags", "stale")
    told = {"version": 1, "dryRun": dry_run, "differs": receipt.differs}
    told |= {name: getattr(receipt, name) for name in names}
    return told | {name: list(getattr(receipt, name)) for name in lists}


def _rendered(
    workspace: Workspace, repository: Repository, tip: Tip, source: str, agreed: tuple[str, ...]
) -> tuple[FileSet, tuple[KeptLane, ...]]:
    """The output tree, and in it the lanes that the edge still gives."""
    from generator.io.keeps import RollOut, come_in, drained, keep
    from generator.vocabulary.findings import Findings

    compiled = workspace.compiled

    @cache
    def before(commit: str) -> Plan | None:
        compiled = workspace.compile(workspace.commit(repository, commit))
        return None if isinstance(compiled, Findings) else compiled.plan

    plan, files = compiled.plan, compiled.files
    out = RollOut(repository, tip, source, before, agreed)
    drained(out, plan, files)
    come_in(out, plan, files)
    kept = keep(out, plan, files, int(time.time()))
    return compiled.keeping(each.lane for each in kept), kept


def _show(workspace: Workspace, receipt: Receipt, dry_run: bool) -> None:
    workspace.terminal.clear()
    style = workspace.terminal.style
    where = f"{receipt.remote}/{receipt.branch}"
    if dry_run:
        _list(workspace, receipt)
    if not receipt.differs:
        done = f"{where} already holds what {receipt.source[:10]} says; no commit"
        workspace.echo(style(f"{done}{_put_back(receipt, dry_run)}", "green"))
        return
    if dry_run:
        lines = [f"    {line}".rstrip() for line in receipt.message.splitlines()]
        workspace.echo(style("\n".join(["", *lines, ""]), "dim"))
        parent = receipt.tip and f"parent {receipt.tip[:10]}, by a fast-forward"
        workspace.echo(parent or "the first commit of the branch")
    for path in receipt.adopted:
        workspace.echo(style(f"{path} was changed by hand, and is written over", "yellow"))
    done = "would be committed to" if dry_run else "committed to"
    commit = f" as {receipt.commit[:10]}" if receipt.commit else ""
    workspace.echo(f"{receipt.counts}: {style(f'{done} {where}{commit}', 'green')}")
    if receipt.left:
        _warn(workspace, receipt)


def _warn(workspace: Workspace, receipt: Receipt) -> None:
    """Deletions are clean-up: what a server keeps harms nobody, but it should be known."""
    from generator.io.terminal import clean

    terminal = workspace.terminal
    tags = count(len(receipt.stale), "tag")
    what = f"{receipt.remote} keeps {tags} that no Application names any longer"
    terminal.note(f"{terminal.style('warning', 'yellow', err=True)}: {what}")
    for line in receipt.left.split("\n"):
        terminal.note(f"  | {clean(line)}".rstrip())
    step = "let the account that publishes delete tags below `gen/`, or leave them: they do no harm"
    terminal.note(f"  {terminal.style('help', 'green', err=True)}: {step}")


def _list(workspace: Workspace, receipt: Receipt) -> None:
    for sign, paths, colour in (
        ("+", receipt.added, "green"),
        ("~", receipt.changed, "yellow"),
        ("-", receipt.deleted, "red"),
        ("+", receipt.tags, "green"),
        ("-", receipt.stale, "red"),
    ):
        for path in paths:
            workspace.echo(workspace.terminal.style(f"{sign} {path}", colour))


def _put_back(receipt: Receipt, dry_run: bool) -> str:
    if not receipt.tags:
        return ""
    were = "would be" if dry_run else "were"
    return f"; tags of Applications that {were} put back: {len(receipt.tags)}"
