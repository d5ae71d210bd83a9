"""`gen validate`: all findings, in one order."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.command import options
from generator.command.words import day_of, relative
from generator.command.workspace import Workspace
from generator.vocabulary.plural import count
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.io.report import Spot
    from generator.vocabulary.findings import Finding


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@options.formatted("github", "sarif")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@options.day("--today")
@click.option(
    "--explain",
    metavar="CODE",
    help="Show what a code means, with an example that fails and one that passes.",
)
@click.option(
    "--by",
    metavar="OWNER",
    help="Refuse changes of what belongs to others (exit 4): edits since --since.",
)
@click.option(
    "--since",
    default="HEAD",
    show_default=True,
    metavar="REV",
    help="With --by: the commit before the changes; of a pull request's merge commit HEAD^1.",
)
@click.option(
    "--render",
    is_flag=True,
    help="Build every unit with Kustomize as well, and check what comes out.",
)
@click.option(
    "--kustomize",
    metavar="COMMAND",
    help="The kustomize or kubectl to render with.  [default: the first on PATH]",
)
@click.pass_obj
def validate(
    workspace: Workspace,
    paths: tuple[Path, ...],
    form: str,
    strict: bool,
    today: str | None,
    explain: str | None,
    by: str | None,
    since: str,
    render: bool,
    kustomize: str | None,
) -> int:
    """Checks the whole configuration; with PATHs, reports on what concerns those files only. Exit 1
    if there is an error.

    Accept an intended warning in its file, with the reason: `accept: {GEN304: nobody prices here,
    see SHOP-12}`."""
    from generator.io import report

    if explain is not None:
        return _explain(workspace, explain)
    if by is not None:
        _owned(workspace, by, since)
    found = _found(workspace, day_of(today))
    if render or kustomize:
        found += _rendered(workspace, found, kustomize)
    wanted = relative(workspace.root, paths)
    here = [finding for finding in found if _concerns(finding, wanted)] if paths else found
    if strict:
        here = [finding._replace(strict=True) for finding in here]
    spots = report.spots(here, workspace.sources)
    if form == "text":
        _text(workspace, spots, len({*found}) - len({*here}))
    elif spots or form != "github":
        workspace.echo(
            report.FORMATS[form](spots, workspace.sources, report.prefix(workspace.root))
        )
    return 1 if any(spot.finding.severity == "error" for spot in spots) else 0


def _owned(workspace: Workspace, by: str, since: str) -> None:
    from generator.io.git import Repository
    from generator.io.revision import commit_of
    from generator.views.owners import strangers

    repository = Repository(workspace.root)
    before = workspace.commit(repository, commit_of(repository, since))
    if foreign := strangers(before, workspace.sources, by):
        lines = "\n".join(f"{path} belongs to {owner}" for path, owner in foreign.items())
        raise Refusal(
            f"{by} changes what belongs to others\n{lines}",
            "ask them to make the change, or to agree to it: gen owners says who reviews what",
            exit_code=4,
        )


def _found(workspace: Workspace, today: dt.date) -> list[Finding]:
    from generator.vocabulary.findings import Findings

    checked = workspace.compile(workspace.sources, today)
    workspace.terminal.clear()
    if isinstance(checked, Findings):
        return [*checked.found]
    workspace.checked = checked
    return [*checked.warnings]


def _rendered(workspace: Workspace, found: Sequence[Finding], named: str | None) -> list[Finding]:
    """What only a build shows. What is invalid has no output to build."""
    from generator.io import kustomize
    from generator.io.render import render
    from generator.vocabulary.findings import errors

    command = kustomize.command(named)
    if errors(found):
        workspace.terminal.note("not rendered: fix the errors first")
        return []
    surprises = list(render(workspace.checked, command, workspace.terminal.progress))
    workspace.terminal.clear()
    return surprises


def _explain(workspace: Workspace, code: str) -> int:
    from generator.views.reference import page
    from generator.vocabulary.findings import RULES
    from generator.vocabulary.nearest import known

    known(code.upper(), RULES, "finding with the code")
    workspace.echo(page(code.upper()).rstrip("\n"))
    return 0


def _concerns(finding: Finding, wanted: set[str]) -> bool:
    """Whether a finding, or what it clashes with, stands in one of the files or folders."""
    there = [finding.place.path, *(place.path for place, _ in finding.related)]
    return any(path == one or path.startswith(one + "/") for path in there for one in wanted)


def _text(workspace: Workspace, spots: list[Spot], elsewhere: int) -> None:
    from generator.io import report

    terminal = workspace.terminal
    if spots:
        workspace.echo(report.text(spots, workspace.sources, terminal))
    errors = sum(spot.finding.severity == "error" for spot in spots)
    files = count(len(workspace.sources.files), "file")
    summary = ", ".join(
        count(number, word)
        for number, word in ((errors, "error"), (len(spots) - errors, "warning"))
        if number
    )
    workspace.echo(
        f"{files}: {terminal.style(summary, 'red' if errors else 'yellow')}"
        if summary
        else f"{files}: {terminal.style('no findings', 'green')}"
    )
    if spots:
        first = next((spot for spot in spots if spot.finding.severity == "error"), spots[0])
        workspace.echo(f"`gen validate --explain {first.finding.code}` explains it")
    if elsewhere:
        terminal.note(f"{elsewhere} more in other files; `gen validate` shows them")
