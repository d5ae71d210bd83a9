"""Tables and trees: as wide as the terminal where a person looks, one line each in a pipe."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from generator.io.terminal import Terminal, clean

_ENDLESS = 1_000_000  # columns of a pipe

Branch = tuple[str, Iterable["Branch"]]  # what stands there, and what hangs below it


def show(terminal: Terminal, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints rows below their heads; what is in a cell is text, and never markup."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head.upper(), overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    _print(terminal, table)


def draw(terminal: Terminal, head: str, branches: Iterable[Branch]) -> None:
    """Prints a tree."""
    whole = Tree(Text(clean(head), style="bold"))
    _grow(whole, branches)
    _print(terminal, whole)


def _grow(tree: Tree, branches: Iterable[Branch]) -> None:
    for head, more in branches:
        _grow(tree.add(Text(clean(head))), more)


def _print(terminal: Terminal, what: RenderableType) -> None:
    looked_at = terminal.out.isatty() and os.environ.get("TERM") != "dumb"
    console = Console(
        file=terminal.out,
        force_terminal=looked_at,
        width=None if looked_at else _ENDLESS,
        legacy_windows=False,
    )
    with console.capture() as printed:
        console.print(what)
    for line in printed.get().splitlines():
        terminal.echo(line.rstrip())
