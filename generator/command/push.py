"""`--push`: an edit that lands in the configuration repository."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from generator.command.change import Report, show, told
from generator.command.workspace import Workspace

if TYPE_CHECKING:
    from generator.command.change import To
    from generator.edits.edit import Edit
    from generator.io.landing import Asked, Landed, Landing
    from generator.io.origin import Origin
    from generator.io.scratch import Scratch

_HOW = {"opened": "opened", "updated": "brought up to date", "there": "says so already"}


def push(workspace: Workspace, edit: Edit, to: To, nothing: str) -> None:
    """Edits what the remote's branch holds, and pushes it; the folder of -C is left as it is."""
    from generator.io.author import author
    from generator.io.landing import Asked
    from generator.io.scratch import Scratch

    origin = origin_of(workspace, to.repository, to.remote)
    who = author(to.author, os.environ, origin.committer)
    asked = Asked(to.branch, who, origin.committer or who, to.patience, to.dry_run)
    with (
        TemporaryDirectory(prefix="gen-", ignore_cleanup_errors=True) as folder,
        contextlib.closing(Scratch(Path(folder), origin)) as scratch,
    ):
        landing = _landing(workspace, scratch, edit, asked, to)
        with _whose(workspace, landing):
            landed = landing.run()
        workspace.terminal.clear()
        if to.form == "json":
            _json(workspace, edit, landing, landed)
            return
        if landed.files:
            show(workspace, landing.state.sources, landed.files, landing.notes)
    workspace.echo(_told(workspace, landed, origin, nothing))


def _landing(workspace: Workspace, scratch: Scratch, edit: Edit, asked: Asked, to: To) -> Landing:
    from generator.io.landing import Landing

    say = workspace.terminal.progress
    if not to.pull_request:
        return Landing(scratch, edit, asked, say)
    from generator.io.forge.known import forge_of
    from generator.io.proposal import Proposal

    return Proposal(scratch, edit, asked, say, forge_of(scratch.origin.url, to.forge))


def _json(workspace: Workspace, edit: Edit, landing: Landing, landed: Landed) -> None:
    from generator.views.edited import PullRequest

    there = landed.request
    state = "landed" if landed.commit else "dry run"
    if there:
        state = "requested"
    workspace.terminal.clear()
    told(
        workspace,
        Report(
            edit,
            state if landed.files else "unchanged",
            landed.files,
            edit.change(landing.state).unit,
            landing.notes,
            landed.branch,
            landed.commit,
            PullRequest(there.number, there.url, landed.how) if there else None,
        ),
        landing.state.compiled,
        landing.edited.compiled,
    )


def origin_of(workspace: Workspace, repository: str | None, remote: str) -> Origin:
    """The configuration repository: by a URL, or a clone's remote."""
    from generator.io.origin import of_clone, of_url

    if repository is not None:
        return of_url(repository, workspace.root)
    return of_clone(workspace.root, remote)


@contextlib.contextmanager
def _whose(workspace: Workspace, landing: Landing) -> Iterator[None]:
    """Says so where findings are none of the edit's."""
    from generator.vocabulary.findings import Findings

    try:
        yield
    except Findings:
        if landing.broken():
            workspace.terminal.note(
                "the branch holds errors already, without this edit: mend those first"
            )
        raise


def _told(workspace: Workspace, landed: Landed, origin: Origin, nothing: str) -> str:
    from generator.io.terminal import clean

    where = f"{landed.branch} of {origin.called}"
    if landed.request is not None:
        done = f"pull request #{landed.request.number} {_HOW[landed.how]}"
        return f"{workspace.terminal.style(done, 'green')}: {clean(landed.request.url)}"
    if landed.commit is not None:
        done = f"landed on {where} as {landed.commit[:10]}"
        return workspace.terminal.style(done, "green")
    if landed.files:
        return f"dry run: nothing was pushed to {where}"
    return f"{nothing}: {where}"
