"""`gen report`: one page over the whole configuration."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator import __version__
from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from generator.io.git import Repository
    from generator.views.report.data import About

PAGE = "index.html"
LONGEST = 200  # characters of a commit's first line


@click.command()
@click.argument("revision", metavar="[REV]", default="HEAD")
@options.out("site")
@click.option(
    "--since", metavar="REV", help="Tell what differs from this commit too, as `gen diff` does."
)
@click.option(
    "--link",
    metavar="URL",
    help="Where a file is seen: an https URL with {path} and {line} in it, and {commit}.  "
    "[default: by argocd.repository, on hosts that are known]",
)
@options.formatted()
@click.pass_obj
def report(
    workspace: Workspace,
    revision: str,
    out: Path | None,
    since: str | None,
    link: str | None,
    form: str,
) -> None:
    """Writes index.html: one page over a commit of the configuration, HEAD if none is given.
    Environments and branches with versions; calls, and where colours get lost; tenants; who may
    call whom; last days; findings; and a form that follows any request hop by hop, in the page. It
    asks nobody for anything, and no text of a configuration is markup in it.

    \b
    gen report --out site
    gen report origin/main --since origin/main~20
    """
    from generator.io.git import Repository
    from generator.io.revision import commit_of
    from generator.views.report.data import data
    from generator.views.report.page import page

    repository = Repository(workspace.root)
    commit = commit_of(repository, revision)
    workspace.sources = workspace.commit(repository, commit)
    about = _about(workspace, repository, commit, since, link)
    workspace.terminal.progress("making the page")
    text = page(data(workspace.compiled, about))
    file = _write(out or workspace.root / "site", text)
    workspace.terminal.clear()
    if form == "json":
        told = {"version": 1, "file": str(file), "bytes": len(text.encode())}
        workspace.echo(json.dumps(told | {"commit": commit, "since": about.since}))
    else:
        workspace.echo(f"{file}: {commit[:10]}, {len(text.encode()) / 1000:,.0f} kB")


def _about(
    workspace: Workspace, repository: Repository, commit: str, since: str | None, link: str | None
) -> About:
    from generator.io.revision import commit_of
    from generator.io.standing import commit as described
    from generator.io.terminal import clean
    from generator.views.diff import diff
    from generator.views.report.data import About

    told = described(repository, commit)
    before = difference = None
    if since is not None:
        before = commit_of(repository, since)
        difference = diff(workspace.at(repository, since, before), workspace.compiled)
    return About(
        commit,
        clean(told.subject)[:LONGEST],
        told.when.strftime("%Y-%m-%d %H:%M UTC"),
        __version__,
        _link(workspace, commit, link),
        _findings(workspace),
        before,
        difference,
    )


def _findings(workspace: Workspace) -> list[Any]:
    from generator.io import report as told

    sources = workspace.sources
    spots = told.spots(workspace.checked.warnings, sources)
    found: list[Any] = json.loads(told.as_json(spots, sources, ""))["findings"]
    return found


def _link(workspace: Workspace, commit: str, given: str | None) -> str | None:
    from generator.io.report import prefix
    from generator.views.report.links import link

    if given is None:
        repository = workspace.compiled.plan.platform.argocd.repository
        return link(repository, commit, prefix(workspace.root))
    if not given.startswith("https://") or "{path}" not in given:
        raise Refusal(
            f"`{given[:200]}` is no address of a file",
            "write an https URL with {path} in it, such as "
            "https://git.example.com/shop/blob/{commit}/{path}#L{line}",
            exit_code=2,
        )
    return given.replace("{commit}", commit)


def _write(folder: Path, text: str) -> Path:
    """The page, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    file, part = folder / PAGE, folder / f".{PAGE}.{os.getpid()}"
    part.write_text(text, "utf-8")
    part.replace(file)
    return file
