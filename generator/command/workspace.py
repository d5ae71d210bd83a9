"""What every verb works on: a configuration repository and a terminal. Heavy modules are imported when they are needed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from generator.edge.terminal import Terminal

if TYPE_CHECKING:
    from generator.compiler.compile import Compiled
    from generator.vocabulary.source import Sources


class Workspace:
    """The folder given with -C, read once."""

    def __init__(self, root: Path, terminal: Terminal) -> None:
        self.root = root
        self.terminal = terminal

    def echo(self, text: str = "") -> None:
        self.terminal.echo(text)

    @cached_property
    def sources(self) -> Sources:
        from generator.edge.tree import read_sources

        self.terminal.progress("reading files")
        return read_sources(self.root)

    @cached_property
    def compiled(self) -> Compiled:
        """The compiled configuration; warnings are told on the side, errors are raised as `Findings`."""
        from generator.compiler.compile import compile_sources

        compiled = compile_sources(self.sources, self.terminal.progress)
        self.terminal.clear()
        if compiled.warnings:
            count = len(compiled.warnings)
            self.terminal.note(self.terminal.style(f"{count} warning{'s' if count > 1 else ''}; `gen validate` shows them", "yellow", err=True))
        return compiled
