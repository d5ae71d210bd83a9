"""What was seen of running services goes into the catalogue: calls that it does not name, and
whether services forward the colour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from generator.edits.document import Document
from generator.edits.edit import STRICT, Change, Seen
from generator.vocabulary.layout import of_kind


@dataclass(frozen=True, slots=True)
class Learn:
    """`calls`: service → callees to add. `forwards`: service → whether it forwards the colour."""

    verb: ClassVar[str] = "learn"
    __pydantic_config__: ClassVar = STRICT

    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    forwards: dict[str, bool] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return f"learn calls of {len(self.calls)} services"

    @property
    def topic(self) -> str:
        return self.subject

    def change(self, seen: Seen) -> Change:
        paths = dict(of_kind(seen.sources.files, "service"))
        files = {}
        for service in sorted({*self.calls, *self.forwards} & paths.keys()):
            document = Document(paths[service], seen.sources.files[paths[service]])
            there = document.data.get("calls") or ()
            new = [callee for callee in self.calls.get(service, ()) if callee not in there]
            if new:
                document.extend("calls", new)
            forwards = self.forwards.get(service)
            if forwards is not None and document.data.get("forwardsColour") != forwards:
                document.set(("forwardsColour",), forwards)
            files[paths[service]] = document.raw
        return Change(files)
