"""`gen sleep`: units whose workloads are scaled to none."""

from __future__ import annotations

import click

from generator.command import options
from generator.command.change import To, editing
from generator.command.words import moment_of
from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal


@click.command()
@click.argument("units", metavar="[UNIT]…", nargs=-1)
@click.option(
    "--due",
    is_flag=True,
    help="Of all units with `sleeps`: those that are to sleep now do, and all others wake.",
)
@options.now
@editing
@click.pass_obj
def sleep(workspace: Workspace, units: tuple[str, ...], due: bool, now: str | None, to: To) -> None:
    """Sends environments and branches to sleep: their workloads are scaled to none, and what would
    be answered by them falls back to others, or is refused with the reason. An environment sleeps
    with its branches. Until the schedule of a unit (`sleeps`) says the next thing, it stays so.

    \b
    gen sleep test/feature-login --push
    gen sleep --due --push --repository https://git.example.com/shop/config.git
    """
    from generator.command.change import make
    from generator.edits.sleep import Due, Sleep

    if due == bool(units):
        raise Refusal(
            "gen sleep takes units, or --due",
            "name those that are to sleep, or let their `sleeps` decide",
            exit_code=2,
        )
    moment = moment_of(now)
    if due:
        make(workspace, Due(moment), to, nothing="nothing is due")
    else:
        make(workspace, Sleep(units, moment), to, nothing="asleep already")
