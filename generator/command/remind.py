"""`gen remind`: owners are told before the last day."""

from __future__ import annotations

import json

import click

from generator.command import options
from generator.command.words import day_of
from generator.command.workspace import Workspace


@click.command()
@click.option(
    "--issues",
    "url",
    metavar="URL",
    help="The repository that gets the issues, by its URL. GEN_TOKEN holds a token that may write "
    "issues there.  [default: none are written, and all is only shown]",
)
@click.option(
    "--within",
    type=click.IntRange(min=0, max=3650),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="Tell whose last day comes so soon.",
)
@options.day("--on")
@options.forge
@options.formatted()
@click.pass_obj
def remind(
    workspace: Workspace, url: str | None, within: int, on: str | None, forge: str | None, form: str
) -> None:
    """Opens an issue for each environment and branch whose last day comes soon, once: it names
    the owner (as `teams` in platform.yaml says who that is), what goes, and how to keep it. It is
    closed when the unit is gone, or has a later day.

    \b
    gen remind
    gen remind --issues https://git.example.com/shop/config
    """
    from generator.io.forge.issue import remind as written
    from generator.io.forge.known import forge_of
    from generator.io.terminal import clean
    from generator.views.reminder import reminders

    soon = list(reminders(workspace.compiled, day_of(on), within))
    done = [] if url is None else list(written(forge_of(url, forge), soon))
    if form == "json":
        listed = [{"title": one.title, "text": one.text} for one in soon]
        workspace.echo(json.dumps({"version": 1, "reminders": listed, "done": done}))
        return
    for line in done if url else [one.title for one in soon]:
        workspace.echo(clean(line))
    if not soon and not done:
        workspace.echo("no last day comes soon")
