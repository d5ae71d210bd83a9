"""`gen serve`: the page of `gen report`, live."""

from __future__ import annotations

import contextlib
import gc
import json
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.plural import count

if TYPE_CHECKING:
    from generator.io.live import State
    from generator.io.serve import Board

PORT = 8317
GARBAGE = 300_000  # objects, before it takes time to find those that nobody has
ENDS = 0.05  # seconds between two looks whether it is to end


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Port of 127.0.0.1 to listen on; 0 for one that is free.",
)
@click.option(
    "--compare",
    metavar="REV",
    help="The commit that the files are compared with.  [default: HEAD, if there is one]",
)
@options.formatted()
@click.pass_obj
def serve(workspace: Workspace, port: int, compare: str | None, form: str) -> None:
    """Shows the page of `gen report` on this machine, over the files as they are saved: each time
    one is, the page follows, and tells whose answers changed. What is not valid is told with its
    places, beside what was valid last. Nothing is written, and nobody but who knows the address
    that is printed sees it. Ctrl-C ends it.

    \b
    gen serve
    gen serve --compare origin/main
    """
    from generator.io.live import Live, watch
    from generator.io.serve import Board, Server

    live, board = Live(workspace.root, workspace.saved, compare), Board()
    with Server(port, board) as server:
        ending = Ending()
        threading.Thread(target=server.serve_forever, args=(ENDS,), daemon=True).start()
        said = json.dumps({"version": 1, "url": server.address}) if form == "json" else None
        with contextlib.suppress(KeyboardInterrupt):
            _say(workspace, said or f"{server.address}\nCtrl-C ends it")
            watch(
                live,
                ending.whole(lambda state: _heard(workspace, board, state, form)),
                board.looked_at,
            )
        ending.over()
        server.shutdown()


class Ending:
    """Ends the watch when it is asked to, but not in the middle of a line that is printed: what is
    written of it would be written again."""

    def __init__(self) -> None:
        self._asked = self._printing = False
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, self._ask)

    def _ask(self, *_: object) -> None:
        self._asked = True
        if not self._printing:
            raise KeyboardInterrupt

    def whole(self, heard: Callable[[State], None]) -> Callable[[State], None]:
        def call(state: State) -> None:
            self._printing = True
            heard(state)
            self._printing = False
            if self._asked:
                raise KeyboardInterrupt

        return call

    def over(self) -> None:
        """Who is ending need not be told again."""
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)


def _heard(workspace: Workspace, board: Board, state: State, form: str) -> None:
    board.put(state)
    told = state.told
    if told["more"]:  # what differs is still to come
        return
    if form == "json":
        row = {name: told[name] for name in ("number", "valid", "took", "note", "findings")}
        changes = told["changes"]
        row["summary"] = changes and changes["summary"]
        _say(workspace, json.dumps({"version": 1, **row}))
    else:
        _say(workspace, _text(workspace, state))
    if gc.get_count()[0] > GARBAGE:
        gc.collect()  # while nobody waits; it lives long


def _text(workspace: Workspace, state: State) -> str:
    from generator.io import report
    from generator.io.terminal import clean

    style = workspace.terminal.style
    if state.told["note"]:
        return f"{style('error', 'red')}: {clean(state.told['note'])}"
    if not state.told["valid"] and state.sources is not None:
        spots = report.spots(state.found, state.sources)
        text = report.text(spots, state.sources, workspace.terminal)
        return f"{text}\n{count(len(spots), 'error')}; the page shows what was valid last"
    changes = state.told["changes"]
    what = f": {changes['summary']}" if changes else ""
    return f"valid, {count(len(state.found), 'warning')}{what} ({state.told['took']} s)"


def _say(workspace: Workspace, text: str) -> None:
    workspace.echo(text)
    workspace.terminal.out.flush()
