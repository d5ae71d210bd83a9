"""What every verb works on: a configuration repository and a terminal. Heavy modules are imported
when they are needed."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from generator.io.terminal import Terminal
from generator.vocabulary.plural import count
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    import datetime as dt

    from generator.compiler.compile import Compiled
    from generator.io.cache import Saved
    from generator.io.folder import Folder
    from generator.io.git import Repository
    from generator.vocabulary.findings import Findings
    from generator.vocabulary.source import Sources


class Workspace:
    """The folder given with -C, read once."""

    def __init__(self, root: Path, terminal: Terminal, cached: bool = True) -> None:
        self.root = root
        self.terminal = terminal
        self.cached = cached
        self.folders: dict[str, Folder] = {}

    def echo(self, text: str = "") -> None:
        self.terminal.echo(text)

    @cached_property
    def saved(self) -> Saved:
        """What earlier runs left for this one."""
        from generator.io import cache

        return cache.load(self.root) if self.cached else cache.Saved()

    @cached_property
    def sources(self) -> Sources:
        from generator.io.tree import read_sources

        self.terminal.progress("reading files")
        return read_sources(self.root, self.saved.seen if self.cached else None)

    @cached_property
    def compiled(self) -> Compiled:
        """The compiled configuration; warnings are told on the side, errors are raised as
        `Findings`."""
        if self.checked.warnings:
            warnings = count(len(self.checked.warnings), "warning")
            self.terminal.note(
                self.terminal.style(
                    f"{warnings}; `gen validate` shows them",
                    "yellow",
                    err=True,
                )
            )
        return self.checked

    @cached_property
    def checked(self) -> Compiled:
        """The same, without a word."""
        return self.valid(self.sources)

    def valid(self, sources: Sources) -> Compiled:
        """The compiled value of sources; what is wrong with them is raised."""
        from generator.compiler.compile import valid

        compiled = self.compile(sources)
        self.terminal.clear()
        return valid(compiled)

    def compile(self, sources: Sources, today: dt.date | None = None) -> Compiled | Findings:
        """What comes of sources."""
        from generator.compiler.compile import compile_sources

        return compile_sources(sources, self.terminal.progress, self.saved.memory, today)

    def commit(self, repository: Repository, commit: str) -> Sources:
        """The configuration as a commit holds it."""
        from generator.io.revision import read_commit

        return read_commit(repository, commit, self.saved.blobs())

    def at(self, repository: Repository, revision: str, commit: str) -> Compiled | None:
        """The state at a commit, which a person named by a word; None where it holds no
        configuration yet."""
        from generator.vocabulary.findings import Findings, errors
        from generator.vocabulary.layout import ROOT

        self.terminal.progress(f"reading {revision}")
        sources = self.commit(repository, commit)
        if not sources.below(ROOT):
            return None
        compiled = self.compile(sources)
        if isinstance(compiled, Findings):
            first = errors(compiled.found)[0]
            raise Refusal(
                f"the configuration at {revision[:60]} is invalid itself: {first.place.path}: "
                f"{first.message} ({first.code})",
                "compare with a commit that gen can read",
                exit_code=1,
            )
        return compiled

    def folder(self, path: Path) -> Folder | None:
        """What was seen in an output folder; None if nothing is to be kept."""
        from generator.io.folder import Folder

        return self.saved.folders.get(os.path.realpath(path), Folder()) if self.cached else None

    def keep(self) -> None:
        """Leaves for the next run what this one learned, if it is worth the time."""
        from generator.io import cache

        if not self.cached or "checked" not in self.__dict__:
            return
        if saved := cache.learned(self.saved, self.checked, self.folders):
            self.terminal.progress("remembering")
            cache.save(self.root, saved)
            self.terminal.clear()
