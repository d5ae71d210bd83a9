"""What an edit is: what somebody wants of the configuration, as data, so that it can be done again
on another state of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from generator.compiler.compile import Compiled
from generator.vocabulary.source import Sources

Files = Mapping[str, bytes | None]  # repository path → its text; None deletes it
STRICT = {"extra": "forbid", "strict": True}  # for pydantic, where an edit comes from elsewhere


class Seen(Protocol):
    """A state of the configuration; it is compiled only if somebody asks."""

    @property
    def sources(self) -> Sources: ...
    @property
    def compiled(self) -> Compiled: ...


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit does to one state. `rests` is what it was decided on (what → how it is there):
    if that is another on a later state, the edit may no longer be meant. `notes` are lines for
    whoever asked, `unit` is what it is about by its name here."""

    files: Files
    rests: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unit: str = ""

    def on(self, sources: Sources) -> Files:
        """The files that differ from those of the state."""
        there = sources.files
        return {path: raw for path, raw in self.files.items() if there.get(path) != raw}


class Edit(Protocol):
    """One verb with its arguments. They may come from elsewhere: `change` checks them all."""

    verb: ClassVar[str]

    @property
    def subject(self) -> str:
        """What it does, in a line."""
        ...

    @property
    def topic(self) -> str:
        """What it is about: of two pull requests about the same, the later takes the place of the
        earlier."""
        ...

    def change(self, seen: Seen) -> Change:
        """Raises `Refusal` or `Findings` where it cannot be done."""
        ...


def applied(sources: Sources, files: Files) -> Sources:
    """The state after a change."""
    after = {path: raw for path, raw in {**sources.files, **files}.items() if raw is not None}
    return Sources(after, sources.refused)
