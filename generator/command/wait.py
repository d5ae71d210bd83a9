"""`gen wait`: until what was pushed is there."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from generator.command import options
from generator.command.argocd import asking
from generator.command.workspace import Workspace

if TYPE_CHECKING:
    from generator.io.published import Output
    from generator.views.awaited import Missing

PAUSE = (1.0, 10.0)  # seconds between two looks, at first and at most


@click.command()
@click.argument("unit", required=False)
@click.option(
    "--commit",
    metavar="COMMIT",
    help="The commit of the configuration to wait for.  [default: the newest]",
)
@options.applications
@options.repository
@click.option("--remote", default="origin", show_default=True, help="A clone's remote.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 86400),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait, before it is told what is missing.",
)
@options.formatted()
@click.pass_obj
def wait(
    workspace: Workspace,
    unit: str | None,
    commit: str | None,
    argocd: str | None,
    applications: Path | None,
    repository: str | None,
    remote: str,
    timeout: float,
    form: str,
) -> int:
    """Returns when the output branch holds a commit and, given Argo CD's address or its
    Applications, when those that the lane of UNIT needs run what is published: its own, all routes
    and the edge (without UNIT all there are). Exit 1 with what is missing when the time is over.

    \b
    gen wait --commit 3f2c1a9 --repository https://git.example.com/shop/config.git
    gen wait test/feature-login --argocd https://argocd.example.com
    kubectl -n argocd get applications -o json | gen wait test/feature-login --applications -
    """
    from generator.command.push import origin_of
    from generator.io.published import Output
    from generator.io.scratch import Scratch

    origin = origin_of(workspace, repository, remote)
    ask = asking(argocd, applications)
    with (
        TemporaryDirectory(prefix="gen-", ignore_cleanup_errors=True) as folder,
        contextlib.closing(Scratch(Path(folder), origin)) as scratch,
    ):
        output = Output(scratch, None, commit)
        lacks = _until(workspace, output, unit, ask, 0.0 if applications else timeout)
    _told(workspace, output, lacks, argocd, form)
    return 1 if lacks else 0


def _told(
    workspace: Workspace, output: Output, lacks: list[Missing], argocd: str | None, form: str
) -> None:
    workspace.terminal.clear()
    if form == "text":
        _show(workspace, output, lacks, argocd)
        return
    missing = [asdict(each) | {"page": _page(argocd, each)} for each in lacks]
    told = {"version": 1, "commit": output.commit, "branch": output.branch}
    state = "missing" if lacks else "there"
    workspace.echo(json.dumps(told | {"state": state, "missing": missing}))


def _until(
    workspace: Workspace,
    output: Output,
    unit: str | None,
    ask: Callable[[], Any] | None,
    timeout: float,
) -> list[Missing]:
    """What is missing in the end."""
    end, pause = time.monotonic() + timeout, PAUSE[0]
    while True:
        lacks = _lacks(output, unit, ask)
        if not lacks or time.monotonic() + pause > end:
            return lacks
        more = f", and {len(lacks) - 1} more" if len(lacks) > 1 else ""
        workspace.terminal.progress(f"{lacks[0].what}: {lacks[0].why}{more}")
        time.sleep(pause)
        pause = min(pause * 1.3, PAUSE[1])


def _lacks(output: Output, unit: str | None, ask: Callable[[], Any] | None) -> list[Missing]:
    from generator.views.awaited import Missing, missing, pinned

    now = output.look()
    if not now.holds or now.tip is None:
        of = f"it holds {now.source[:10]}" if now.source else "nothing is published there"
        return [Missing(output.branch, f"{output.commit[:10]} is not published yet: {of}")]
    if unit is None and ask is None:
        return []
    wanted = pinned(output.applications(now.tip), unit)
    return [*missing(wanted, ask())] if ask else []


def _page(argocd: str | None, lack: Missing) -> str | None:
    return f"{argocd.rstrip('/')}/applications/{lack.what}" if argocd else None


def _show(workspace: Workspace, output: Output, lacks: list[Missing], argocd: str | None) -> None:
    from generator.io.terminal import clean

    if not lacks:
        done = workspace.terminal.style("there", "green")
        workspace.echo(f"{done}: {output.branch} holds {output.commit[:10]}")
    for lack in lacks:
        page = _page(argocd, lack)
        workspace.echo(clean(f"{lack.what}: {lack.why}" + (f" ({page})" if page else "")))
