"""Showing and writing edits of the configuration."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal


def apply(workspace: Workspace, files: Mapping[str, bytes | None], dry_run: bool) -> None:
    """Prints a small diff of each file, and writes them unless it is a dry run; None deletes one. The whole must still be valid."""
    from generator.compiler.compile import compile_sources
    from generator.edge.edit import delete_file, refuse_links, write_file
    from generator.vocabulary.source import Sources

    for path in files:
        refuse_links(workspace.root, path)
    before = workspace.sources
    files = {path: raw for path, raw in files.items() if before.files.get(path) != raw}
    if not files:
        workspace.echo("nothing to change: it is so already")
        return
    after = {path: raw for path, raw in {**before.files, **files}.items() if raw is not None}
    workspace.sources = Sources(after, before.refused)  # findings are shown on the text as it would be
    compile_sources(workspace.sources)
    for path, raw in files.items():
        _diff(workspace, path, before.files.get(path, b""), raw)
    if dry_run:
        workspace.echo("dry run: nothing was written")
        return
    for path, raw in files.items():
        write_file(workspace.root / path, raw) if raw is not None else delete_file(workspace.root, path)
    workspace.echo(f"{workspace.terminal.style('written', 'green')}; next: `git add -A && git commit`, then push")


def new_files(workspace: Workspace, files: Mapping[str, str]) -> dict[str, bytes]:
    """The files as bytes, unless one is there already."""
    for path in files:
        if path in workspace.sources.files or (workspace.root / path).exists():
            raise Refusal(f"{path} is there already", "edit it, or choose another name")
    return {path: text.encode() for path, text in files.items()}


def _diff(workspace: Workspace, path: str, old: bytes, new: bytes | None) -> None:
    from generator.edge.terminal import clean

    if new is None:
        workspace.echo(workspace.terminal.style(f"deleted {clean(path)}", "red"))
        return
    lines = difflib.unified_diff(old.decode().splitlines(), new.decode().splitlines(), path if old else "/dev/null", path, n=1, lineterm="")
    for line in lines:
        style = {"+": ("green",), "-": ("red",), "@": ("dim",)}.get(line[:1], ())
        workspace.echo(workspace.terminal.style(clean(line), *style) if style else clean(line))
