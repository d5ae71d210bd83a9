"""`gen link`: a URL by which a browser comes into a lane, for a while."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import click

from generator.command import options
from generator.command.words import library, moment_of
from generator.command.workspace import Workspace
from generator.plan.links import LEAVE, VISIT, Link
from generator.vocabulary.refusal import Refusal


@click.command()
@click.argument("lane")
@click.option(
    "--key",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Private key on P-256, in PEM; a file that nobody else can read.",
)
@click.option("--host", help="Host that the link opens.")
@click.option("--to", "path", default="/", show_default=True, help="Path that the link opens.")
@click.option(
    "--for",
    "duration",
    metavar="TIME",
    help="How long it holds: 45m, 8h.  [default: 1h, or what the platform allows]",
)
@options.now
@options.formatted()
@click.pass_obj
def link(
    workspace: Workspace,
    lane: str,
    file: Path,
    host: str | None,
    path: str,
    duration: str | None,
    now: str | None,
    form: str,
) -> None:
    """Prints a link into a lane: whoever opens it takes the lane at that host until the link
    expires, or until they open /.gen/leave there. It holds for whoever has it.

    \b
    gen link test/feature-login --key ~/.keys/link.pem
    gen link test/feature-login --key ~/.keys/link.pem --to /checkout --for 45m
    """
    library("cryptography", "link", "links are signed by it")
    from generator.io import link_key
    from generator.views import link as view

    key, clock = link_key.load(file), dt.datetime.fromisoformat(moment_of(now))
    plan = workspace.compiled.plan
    wish = view.Wish(lane, host, path, _seconds(duration))
    said = view.statement(plan, wish, link_key.public(key), int(clock.timestamp()))
    made = link_key.sign(plan.platform.name, said, key)
    show = _json if form == "json" else _show
    show(workspace, made)


def _url(made: Link) -> str:
    return f"https://{made.said.host}{VISIT}?{made}"


def _json(workspace: Workspace, made: Link) -> None:
    from generator.views.link import moment

    said = made.said
    content = {"version": 1, "url": _url(made), "lane": said.lane, "host": said.host}
    more = {"path": said.path, "expires": moment(said.ends), "key": said.key}
    workspace.echo(json.dumps(content | more))


def _show(workspace: Workspace, made: Link) -> None:
    """The link, and on the side what people should know of it."""
    from generator.views.link import moment

    plan, said, note = workspace.compiled.plan, made.said, workspace.terminal.note
    workspace.echo(_url(made))
    note(f"whoever has it takes the lane {said.lane} at {said.host} until {moment(said.ends)}")
    note(f"the way out: https://{said.host}{LEAVE}")
    if plan.platform.ingress.credential is None:
        note("the gateway has no certificate: browsers keep the cookie if https ends before it")
    if asleep := [str(unit) for unit in plan.lanes[said.lane].through if unit in plan.asleep]:
        note(f"asleep, so that others answer in its place: {', '.join(asleep)}")


def _seconds(text: str | None) -> int | None:
    if text is None:
        return None
    if not (said := re.fullmatch(r"([1-9][0-9]{0,4})([mh])", text, re.ASCII)):
        raise Refusal(f"`{text}` is not a duration", "write one such as 45m or 8h", exit_code=2)
    return int(said[1]) * (3600 if said[2] == "h" else 60)
