"""`gen diff`: what a change does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.plan.clusters import called, key
from generator.vocabulary.nearest import known

if TYPE_CHECKING:
    from generator.views.difference import Difference

SHOWN = 40  # lines of a section, unless --all
ALONE = "compares with one thing: REV, --read, or --plane, --routes and --ingress"
TITLES = {"Trust": ("bold", "red")}  # loud: who is believed from now on
COLOURS = {"+": ("green",), "-": ("red",), "~": ("yellow",), " ": ("dim",)}


@click.command()
@click.argument("revision", metavar="[REV]", required=False)
@options.target
@click.option("--all", "everything", is_flag=True, help="Every line of every section.")
@options.formatted("markdown")
@click.option(
    "--read",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Compare nothing; show the report in FILE, which `--format json` printed.",
)
@click.pass_obj
def diff(
    workspace: Workspace,
    /,
    revision: str | None,
    everything: bool,
    form: str,
    read: Path | None,
    **choices: str | None,
) -> int:
    """Compares the files here with a commit, HEAD if none is given: tenants and services whose
    answer changes, computed over all of them; who is believed and let in; lanes, workloads, routes,
    policies, settings, objects and Argo CD applications that come, go or change.

    Exit 16 if anything differs.

    \b
    gen diff
    gen diff origin/main --format markdown
    gen diff --plane ambient
    gen diff --plane ambient --environment test
    """
    from generator.views.diff_report import as_json, markdown

    part = Part(choices.pop("cluster"), choices.pop("environment"))
    aim = _aim(choices, part)
    if sum(map(bool, (read, revision, aim))) > 1:
        raise click.UsageError(ALONE)
    if read:
        commit, difference = _read(read)
    elif aim:
        commit, difference = "", _elsewhere(workspace, aim, part)
    else:
        commit, difference = _computed(workspace, revision or "HEAD")
    if form == "json":
        workspace.echo(json.dumps(as_json(difference, commit)))
    elif form == "markdown":
        workspace.terminal.out.write(markdown(difference))
    else:
        _show(workspace, difference, SHOWN if not everything else None)
    return 16 if difference else 0


class Part(NamedTuple):
    """What choices are for, if not for all that there is."""

    cluster: str | None
    environment: str | None


def _aim(choices: Mapping[str, str | None], part: Part) -> dict[str, str]:
    """The choices that were made."""
    aim = {name: choice for name, choice in choices.items() if choice}
    if part.environment is not None and (aim.keys() != {"plane"} or part.cluster is not None):
        raise click.UsageError("--environment goes with --plane alone")
    if part.cluster is not None and ("ingress" in aim or not aim):
        raise click.UsageError("--cluster goes with --plane and --routes")
    return aim


def _read(path: Path) -> tuple[str, Difference]:
    from generator.views.diff_read import LARGEST, read_difference

    with path.open("rb") as file:
        return "", read_difference(file.read(LARGEST + 1))


def _elsewhere(workspace: Workspace, aim: dict[str, str], part: Part) -> Difference:
    """What the files here become if they make other choices, of all that there is or of a part.
    What they cannot is raised."""
    from generator.compiler.compile import valid
    from generator.edits.aim import aimed, turned
    from generator.views.diff import diff as compute

    before = workspace.compiled
    known(part.cluster, map(called, before.plan.platform.seats), "cluster")
    known(part.environment, before.plan.environments, "environment")
    if part.environment is None:
        made = aimed(workspace.sources, aim, key(part.cluster))
    else:
        made = turned(workspace.sources, aim["plane"], part.environment)
    after = valid(workspace.compile(made))
    workspace.terminal.progress("comparing")
    difference = compute(before, after)
    workspace.terminal.clear()
    return difference


def _computed(workspace: Workspace, revision: str) -> tuple[str, Difference]:
    """The commit that a word names, and what differs from it."""
    from generator.io.git import Repository
    from generator.io.revision import commit_of
    from generator.views.diff import diff as compute

    repository = Repository(workspace.root)
    commit = commit_of(repository, revision)
    after, before = workspace.compiled, workspace.at(repository, revision, commit)
    workspace.terminal.progress("comparing")
    difference = compute(before, after)
    workspace.terminal.clear()
    return commit, difference


def _show(workspace: Workspace, difference: Difference, most: int | None) -> None:
    from generator.io.terminal import clean
    from generator.views.diff_report import files, sections

    style = workspace.terminal.style
    workspace.echo(style(difference.summary, "bold"))
    for section in sections(difference):
        workspace.echo()
        workspace.echo(style(section.title, *TITLES.get(section.title, ("bold",))))
        for sign, line in section.lines[:most]:
            workspace.echo(style(f"  {sign} {clean(line)}", *COLOURS[sign]))
        if most is not None and len(section.lines) > most:
            workspace.echo(
                style(f"    … {len(section.lines) - most:,} more; --all shows them", "dim")
            )
    if difference:
        workspace.echo()
        workspace.echo(files(difference))
