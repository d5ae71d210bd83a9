"""Showing and writing edits of the configuration."""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from generator.compiler.compile import Compiled
    from generator.edits.edit import Edit, Files
    from generator.views.edited import PullRequest
    from generator.vocabulary.source import Sources


@dataclass(frozen=True, slots=True)
class To:
    """Where an edit goes: into the folder, or (`push`) to a branch of a remote of it, or of another
    repository, or into a pull request there. `patience` is in seconds, `form` how it is told."""

    dry_run: bool
    push: bool
    pull_request: bool
    forge: str | None
    repository: str | None
    remote: str
    branch: str | None
    author: str | None
    patience: float
    form: str


_OPTIONS = (
    click.option(
        "--push",
        is_flag=True,
        help="Do it on what the remote's branch holds, commit and push it, whatever others push "
        "meanwhile; the folder stays as it is.",
    ),
    click.option(
        "--pull-request",
        is_flag=True,
        help="Open a pull request with it, or bring the one that is open up to date, where the "
        "branch is protected; GEN_TOKEN holds a token that may.",
    ),
    options.forge,
    options.repository,
    click.option(
        "--remote", default="origin", show_default=True, help="With --push: a clone's remote."
    ),
    click.option("--branch", help="With --push: the branch.  [default: the remote's own]"),
    click.option(
        "--author",
        metavar="'NAME <MAIL>'",
        help="With --push: whose change it is.  [default: who CI says, else the clone's user]",
    ),
    click.option(
        "--patience",
        type=click.FloatRange(1, 3600),
        default=180.0,
        show_default=True,
        metavar="SECONDS",
        help="With --push: how long to try while others push.",
    ),
    options.dry_run,
    options.formatted(),
)


def editing(verb: Callable[..., object]) -> Callable[..., object]:
    """The options of every verb that edits, handed over as `to`."""

    @functools.wraps(verb)
    def wrapped(*words: object, **given: Any) -> object:
        fields = {name: given.pop(name) for name in To.__slots__}
        return verb(*words, to=To(**fields), **given)

    command: Callable[..., object] = wrapped
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def make(workspace: Workspace, edit: Edit, to: To, nothing: str = "already up to date") -> None:
    """Prints a small diff of each file that an edit changes, and writes or pushes it. The whole
    must still be valid."""
    if to.push or to.pull_request:
        from generator.command.push import push

        push(workspace, edit, to, nothing)
        return
    if any(word is not None for word in (to.repository, to.branch, to.author, to.forge)):
        raise Refusal(
            "--repository, --branch, --author and --forge are about a push", "add --push", 2
        )
    _write(workspace, edit, to, nothing)


def _write(workspace: Workspace, edit: Edit, to: To, nothing: str) -> None:
    from generator.edits.edit import applied
    from generator.io.edit import refuse_links

    change = edit.change(workspace)
    for path in change.files:
        refuse_links(workspace.root, path)
    before = workspace.sources
    files = change.on(before)
    after = workspace.valid(applied(before, files)) if files else workspace.compiled
    state = "dry run" if to.dry_run else "written"
    if not files:
        state = "unchanged"
    report = Report(edit, state, files, change.unit, change.notes)
    if state == "written":
        _put(workspace, files)
    if to.form == "json":
        told(workspace, report, workspace.compiled, after)
    elif not files:
        workspace.echo(nothing)
    else:
        show(workspace, before, files, change.notes)
        done = workspace.terminal.style("written", "green")
        done += "; next: `git add -A && git commit`, then push"
        workspace.echo("dry run: nothing was written" if to.dry_run else done)


def _put(workspace: Workspace, files: Files) -> None:
    from generator.io.edit import delete_file, write_file

    for path, raw in files.items():
        if raw is None:
            delete_file(workspace.root, path)
        else:
            write_file(workspace.root / path, raw)


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say of an edit; `unit` is what it is about, by its name here."""

    edit: Edit
    state: Any
    files: Files
    unit: str
    notes: tuple[str, ...]
    branch: str | None = None
    commit: str | None = None
    request: PullRequest | None = None


def told(workspace: Workspace, report: Report, before: Compiled, after: Compiled) -> None:
    """The same as JSON."""
    from generator.views.edited import Edited, touched, way

    edit = report.edit
    edited = Edited(
        edit.verb,
        report.unit or edit.topic,
        edit.subject,
        report.state,
        report.branch,
        report.commit,
        {path: "deleted" if raw is None else "written" for path, raw in report.files.items()},
        report.notes,
        way(after.plan, report.unit) if report.unit else None,
        touched(before, after),
        report.request,
    )
    workspace.echo(json.dumps(edited.json()))


def show(workspace: Workspace, before: Sources, files: Files, notes: tuple[str, ...] = ()) -> None:
    for note in notes:
        workspace.echo(note)
    for path, raw in files.items():
        _diff(workspace, path, before.files.get(path, b""), raw)


def _diff(workspace: Workspace, path: str, old: bytes, new: bytes | None) -> None:
    from generator.io.terminal import clean

    if new is None:
        workspace.echo(workspace.terminal.style(f"deleted {clean(path)}", "red"))
        return
    lines = difflib.unified_diff(
        old.decode().splitlines(),
        new.decode().splitlines(),
        path if old else "/dev/null",
        path,
        n=1,
        lineterm="",
    )
    for line in lines:
        style = {"+": ("green",), "-": ("red",), "@": ("dim",)}.get(line[:1], ())
        workspace.echo(workspace.terminal.style(clean(line), *style) if style else clean(line))
