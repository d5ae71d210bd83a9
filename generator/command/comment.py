"""`gen comment`: an edit, told on the pull request that it came of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.command import options
from generator.command.workspace import Workspace

if TYPE_CHECKING:
    from generator.io.forge.forge import Forge
    from generator.io.forge.github import GitHub
    from generator.views.edited import Edited


@click.command()
@click.argument("report", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option(
    "--at",
    "url",
    metavar="URL",
    help="The pull request to write it on, once: the comment that is there is written over. "
    "GEN_TOKEN holds a token that may.",
)
@options.forge
@click.option(
    "--outputs",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Append lane, header, url and commit to FILE, a line each: outputs of a step on GitHub, a "
    "dotenv report on GitLab.",
)
@click.option(
    "--deployment",
    is_flag=True,
    help="With --at, on GitHub: also show it as a deployment of the pull request, with its link, "
    "and end that when the unit goes. The token needs `deployments: write`.",
)
@click.pass_obj
def comment(
    workspace: Workspace,
    report: Path,
    url: str | None,
    forge: str | None,
    outputs: Path | None,
    deployment: bool,
) -> None:
    """Prints a comment in Markdown of what an edit printed with `--format json` (REPORT, or `-`):
    the lane and the ways to it, what runs there, whom it touches, and its state.

    \b
    gen deploy test/feature-login checkout=3f2c1a9 --push --format json >edit.json
    gen comment edit.json --at https://git.example.com/shop/checkout/pull/7
    """
    from generator.views.edited import LARGEST, markdown, read

    with click.open_file(str(report), "rb") as file:
        edited = read(file.read(LARGEST + 1))
    text = markdown(edited)
    workspace.terminal.out.write(text)
    if outputs is not None:
        with outputs.open("a", encoding="utf-8") as lines:
            lines.write(edited.outputs)
    if url is None:
        if deployment:
            raise click.UsageError("--deployment needs --at URL")
        return
    from generator.io.forge.comment import keep
    from generator.io.forge.known import pull_request
    from generator.io.terminal import clean

    where, number = pull_request(url, forge)
    github = _github(where) if deployment else None
    told = [f"comment {keep(where, number, edited.mark, text)}"]
    if github:
        told.append(f"deployment {_deployed(github, number, edited)}")
    workspace.terminal.note(f"{', '.join(told)}: {clean(url)}")


def _github(where: Forge) -> GitHub:
    from generator.io.forge.deployment import of_github

    return of_github(where)


def _deployed(github: GitHub, number: int, edited: Edited) -> str:
    from generator.io.forge.deployment import end, stand

    environment = edited.about[:255]
    if edited.gone:
        return end(github, environment)
    if edited.state == "dry run":
        return "left as it is"
    state = "queued" if edited.state == "requested" else "success"
    return stand(github, number, environment, state, edited.link)
