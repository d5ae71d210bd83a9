"""`gen fmt`: configuration files in one form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.command import options
from generator.command.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from generator.vocabulary.findings import Finding, Reading


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@options.check
@click.option("--diff", is_flag=True, help="Show what would change, and write nothing.")
@options.formatted()
@click.pass_obj
def fmt(workspace: Workspace, paths: tuple[Path, ...], check: bool, diff: bool, form: str) -> int:
    """Brings the files below environments/, or those of PATHs, into one form: keys in the order of
    docs/reference/input.md with the owner first, two spaces a level. Comments and values stay; a
    file whose form is too unusual for that is left as it is, and told.

    --check names the files that would change. Exit 16 if it or --diff find any; 1 if a file cannot
    be read."""
    from generator.command.change import show
    from generator.io import report
    from generator.io.edit import refuse_links, write_file
    from generator.vocabulary.findings import errors, outcome

    files, found = outcome(_formed(workspace, paths))
    if form == "json":
        _tell(workspace, files, found)
    elif found:
        spots = report.spots(found, workspace.sources)
        workspace.terminal.note(report.text(spots, workspace.sources, workspace.terminal, err=True))
    if diff and form == "text":
        show(workspace, workspace.sources, files)
    elif form == "text":
        for path in files:
            workspace.echo(f"{'would change' if check else 'formatted'} {path}")
    if not (check or diff):
        for path in files:
            refuse_links(workspace.root, path)
        for path, raw in files.items():
            write_file(workspace.root / path, raw)
    if errors(found):
        return 1
    return 16 if files and (check or diff) else 0


def _tell(workspace: Workspace, files: Iterable[str], found: Iterable[Finding]) -> None:
    from generator.io import report

    told = json.loads(report.as_json(report.spots(found, workspace.sources), workspace.sources))
    workspace.echo(json.dumps(told | {"changed": list(files)}))


def _formed(workspace: Workspace, paths: Sequence[Path]) -> Reading[dict[str, bytes]]:
    """Path → text of the files that are to change."""
    from generator.edits.format import formatted
    from generator.vocabulary.layout import ROOT, classify

    files: dict[str, bytes] = {}
    for path in _asked(workspace, paths):
        kind = classify(path)[0] if path.startswith(ROOT) else None
        if kind is not None:
            raw = workspace.sources.files[path]
            after = yield from formatted(kind, path, raw)
            if after != raw:
                files[path] = after
    return files


def _asked(workspace: Workspace, paths: Sequence[Path]) -> Iterator[str]:
    """The files that somebody named, or all."""
    from generator.command.words import relative
    from generator.vocabulary.refusal import Refusal

    wanted = relative(workspace.root, paths)
    here = sorted(workspace.sources.files)
    if paths:
        here = [path for path in here if any(f"{path}/".startswith(f"{one}/") for one in wanted)]
    if paths and not here:
        message = f"gen reads no file at {', '.join(map(str, paths))}"
        raise Refusal(message, "name files or folders below environments/", exit_code=2)
    yield from here
