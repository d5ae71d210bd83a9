"""`gen validate`: all findings, in one order."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from generator.edge.report import Spot
    from generator.vocabulary.findings import Finding


@click.command(short_help="Say what is wrong, where, and what to do.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json", "github", "sarif"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option("--today", metavar="DATE", help="Tell what has expired as of this day.  [default: the day it is]")
@click.option("--explain", metavar="CODE", help="Show what a code means, with an example that fails and one that passes.")
@click.pass_obj
def validate(workspace: Workspace, paths: tuple[Path, ...], form: str, strict: bool, today: str | None, explain: str | None) -> int:
    """Checks the whole configuration; with PATHs, reports on what concerns those files only. Exit 1 if there is an error.

    A warning that is meant so is accepted in its file, with the reason: `accept: {GEN304: nobody prices here, see SHOP-12}`.
    """
    from generator.edge import report

    if explain is not None:
        return _explain(workspace, explain)
    found = _found(workspace, _day(today))
    wanted = _relative(workspace.root, paths)
    here = [finding for finding in found if _concerns(finding, wanted)] if paths else found
    if strict:
        here = [replace(finding, strict=True) for finding in here]
    spots = report.spots(here, workspace.sources)
    if form == "text":
        _text(workspace, spots, len({*found}) - len({*here}))
    elif spots or form != "github":
        workspace.echo(report.FORMATS[form](spots, workspace.sources, report.prefix(workspace.root)))
    return 1 if any(spot.finding.severity == "error" for spot in spots) else 0


def _found(workspace: Workspace, today: datetime.date) -> list[Finding]:
    from generator.vocabulary.findings import Findings

    try:
        workspace.checked = workspace.compile(workspace.sources, today)
        found = workspace.checked.warnings
    except Findings as failed:
        found = failed.found
    workspace.terminal.clear()
    return [*found]


def _day(text: str | None) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text) if text else datetime.date.today()
    except ValueError:
        raise Refusal(f"`{text}` is no date", "write year-month-day, such as 2027-01-31", exit_code=2) from None


def _explain(workspace: Workspace, code: str) -> int:
    from generator.command.words import known
    from generator.views.reference import page
    from generator.vocabulary.findings import RULES

    known(code.upper(), RULES, "finding with the code")
    workspace.echo(page(code.upper()).rstrip("\n"))
    return 0


def _concerns(finding: Finding, wanted: set[str]) -> bool:
    """Whether a finding, or what it clashes with, stands in one of the files or folders."""
    there = [finding.place.path, *(place.path for place, _ in finding.related)]
    return any(path == one or path.startswith(one + "/") for path in there for one in wanted)


def _relative(root: Path, paths: tuple[Path, ...]) -> set[str]:
    """Paths as the sources name them, whether given from the root or from here."""
    top = root.resolve()
    given = {(path if path.is_absolute() else Path.cwd() / path) for path in paths} | {top / path for path in paths}
    return {path.parent.resolve().joinpath(path.name).relative_to(top).as_posix() for path in given if path.parent.resolve().is_relative_to(top)}


def _text(workspace: Workspace, spots: list[Spot], elsewhere: int) -> None:
    from generator.edge import report

    terminal = workspace.terminal
    if spots:
        workspace.echo(report.text(spots, workspace.sources, terminal))
    errors = sum(spot.finding.severity == "error" for spot in spots)
    count = f"{len(workspace.sources.files)} files"
    summary = ", ".join(f"{number} {word}{'s' if number > 1 else ''}" for number, word in ((errors, "error"), (len(spots) - errors, "warning")) if number)
    workspace.echo(f"{count}: {terminal.style(summary, 'red' if errors else 'yellow')}" if summary else f"{count}: {terminal.style('no findings', 'green')}")
    if spots:
        first = next((spot for spot in spots if spot.finding.severity == "error"), spots[0])
        workspace.echo(f"`gen validate --explain {first.finding.code}` tells more")
    if elsewhere:
        terminal.note(f"{elsewhere} more in other files; `gen validate` shows them")
