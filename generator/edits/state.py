"""A state of the configuration that is in no folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.edits.edit import Files, applied
from generator.vocabulary.source import Sources


@dataclass(frozen=True)
class State:
    sources: Sources

    @cached_property
    def compiled(self) -> Compiled:
        return valid(compile_sources(self.sources))

    def with_files(self, files: Files) -> State:
        return State(applied(self.sources, files))

    def validate(self) -> None:
        """Raises `Findings` if it holds an error."""
        _ = self.compiled
