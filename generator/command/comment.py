"""`gen comment`: an edit, told on the pull request that it came of."""

from __future__ import annotations

from pathlib import Path

import click

from generator.command import options
from generator.command.workspace import Workspace


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
@click.pass_obj
def comment(
    workspace: Workspace, report: Path, url: str | None, forge: str | None, outputs: Path | None
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
        return
    from generator.io.forge.comment import keep
    from generator.io.forge.known import pull_request
    from generator.io.terminal import clean

    where, number = pull_request(url, forge)
    how = keep(where, number, edited.mark, text)
    workspace.terminal.note(f"comment {how}: {clean(url)}")
