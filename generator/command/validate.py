"""`gen validate`: all findings, in one order."""

from __future__ import annotations

from pathlib import Path

import click

from generator.command.workspace import Workspace


@click.command(short_help="Say what is wrong, where, and what to do.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json", "github", "sarif"]), default="text", show_default=True)
@click.pass_obj
def validate(workspace: Workspace, paths: tuple[Path, ...], form: str) -> int:
    """Checks the whole configuration; with PATHs, reports on those files only. Exit 1 if there is an error."""
    from generator.compiler.compile import compile_sources
    from generator.edge import report
    from generator.vocabulary.findings import Findings, errors

    try:
        found = compile_sources(workspace.sources, workspace.terminal.progress).warnings
    except Findings as failed:
        found = failed.found
    workspace.terminal.clear()
    if paths:
        wanted = _relative(workspace.root, paths)
        found = tuple(finding for finding in found if any(finding.place.path == path or finding.place.path.startswith(path + "/") for path in wanted))
    spots = report.spots(found, workspace.sources)
    if form == "text":
        _text(workspace, spots, len(errors(found)))
    elif spots or form != "github":
        workspace.echo(report.FORMATS[form](spots, workspace.sources))
    return 1 if errors(found) else 0


def _relative(root: Path, paths: tuple[Path, ...]) -> set[str]:
    """Paths as the sources name them, whether given from the root or from here."""
    top = root.resolve()
    given = {(path if path.is_absolute() else Path.cwd() / path) for path in paths} | {top / path for path in paths}
    return {path.parent.resolve().joinpath(path.name).relative_to(top).as_posix() for path in given if path.parent.resolve().is_relative_to(top)}


def _text(workspace: Workspace, spots: list, errors: int) -> None:  # type: ignore[type-arg]
    from generator.edge import report

    terminal = workspace.terminal
    if spots:
        workspace.echo(report.text(spots, workspace.sources, terminal))
    count = f"{len(workspace.sources.files)} files"
    warnings = len(spots) - errors
    summary = ", ".join(f"{number} {word}{'s' if number > 1 else ''}" for number, word in ((errors, "error"), (warnings, "warning")) if number)
    workspace.echo(f"{count}: {terminal.style(summary, 'red' if errors else 'yellow')}" if summary else f"{count}: {terminal.style('no findings', 'green')}")
