"""`gen diff`: what a change does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from generator.compiler.compile import Compiled
    from generator.views.diff import Difference

SHOWN = 40  # lines of a section, unless --all
COLOURS = {"+": ("green",), "-": ("red",), "~": ("yellow",), " ": ("dim",)}


@click.command(short_help="Tell what a change does: whose answers change, what comes and goes.")
@click.argument("revision", metavar="[REV]", default="HEAD")
@click.option("--all", "everything", is_flag=True, help="Every line of every section.")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.pass_obj
def diff(workspace: Workspace, revision: str, everything: bool, form: str) -> int:
    """Compares the files here with a commit, HEAD if none is given: tenants and services whose answer changes, computed
    over all of them; lanes, workloads, routes, policies and Argo CD applications that come, go or change.

    Exit 16 if anything differs.

    \b
    gen diff
    gen diff origin/main --format markdown
    """
    from generator.edge.git import Repository
    from generator.edge.revision import commit_of
    from generator.views.diff import diff as compute
    from generator.views.diff_report import as_json, markdown

    repository = Repository(workspace.root)
    commit = commit_of(repository, revision)
    after, before = workspace.compiled, _compiled(workspace, repository, revision, commit)
    workspace.terminal.progress("comparing")
    difference = compute(before, after)
    workspace.terminal.clear()
    if form == "json":
        workspace.echo(json.dumps(as_json(difference, commit)))
    elif form == "markdown":
        workspace.terminal.out.write(markdown(difference))
    else:
        _show(workspace, difference, SHOWN if not everything else None)
    return 16 if difference else 0


def _compiled(workspace: Workspace, repository: object, revision: str, commit: str) -> Compiled | None:
    """The state at a commit; None where it holds no configuration yet."""
    from generator.edge.git import Repository
    from generator.vocabulary.findings import Findings, errors

    assert isinstance(repository, Repository)
    workspace.terminal.progress(f"reading {revision}")
    sources = workspace.commit(repository, commit)
    if not sources.below("environments/"):
        return None
    try:
        return workspace.compile(sources)
    except Findings as failed:
        first = errors(failed.found)[0]
        raise Refusal(f"the configuration at {revision[:60]} is invalid itself: {first.place.path}: {first.message} ({first.code})", "compare with a commit that gen can read", exit_code=1) from None


def _show(workspace: Workspace, difference: Difference, most: int | None) -> None:
    from generator.edge.terminal import clean
    from generator.views.diff_report import files, sections

    style = workspace.terminal.style
    workspace.echo(style(difference.summary, "bold"))
    for section in sections(difference):
        workspace.echo()
        workspace.echo(style(section.title, "bold"))
        for sign, line in section.lines[:most]:
            workspace.echo(style(f"  {sign} {clean(line)}", *COLOURS[sign]))
        if most is not None and len(section.lines) > most:
            workspace.echo(style(f"    … {len(section.lines) - most:,} more; --all shows them", "dim"))
    if difference:
        workspace.echo()
        workspace.echo(files(difference))
