"""Manifests and kustomizations as Kustomize reads them; where it reads otherwise than YAML does,
they are refused.

Kustomize cuts a file at every line that begins with three dashes, whatever YAML sees there, prints
what it read through JSON, and drops what follows the end of a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from generator.vocabulary.findings import Reading
from generator.vocabulary.source import MOST_OF_OBJECT, Mark
from generator.vocabulary.yaml_reader import Reader, decode, mark_of

_MARK = re.compile(r"---[ \t]*(?:[ \t]#.*)?")
_LONG = re.compile(r"-?[0-9]{16,}")  # beyond what JSON keeps in every reader
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_OCTAL = re.compile(r"0[0-7]{1,7}")  # as modes of files are written
_CLOCK = r"[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]+)?"
_ZONE = r"(?:Z|[-+][0-9]{2}:[0-9]{2})"
_DAY = r"[0-9]{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12][0-9]|3[01])"
_TIME = re.compile(rf"{_DAY}(?:[Tt]{_CLOCK}{_ZONE}| +{_CLOCK}[ \t]*{_ZONE}?)?")
_AS_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
# What YAML 1.1 takes for true and false, and YAML 1.2 for text. Kustomize takes them for text in
# objects, and for true and false in operations and in its own file.
_TRUTH = re.compile(r"y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF")
_INDENTED = re.compile(r"(?:^|\n)[ \t]")


def read_documents(path: str, raw: bytes, *, objects: bool = True) -> Reading[list[Any]]:
    """The documents of a Kubernetes manifest or a patch, or (`objects` false) of a kustomization;
    none with at least one finding if Kustomize would read others."""
    text = yield from decode(path, raw, MOST_OF_OBJECT)
    if text is None:
        return []
    documents = yield from ManifestReader(path, objects=objects).documents(text)
    return documents or []


@dataclass(slots=True)
class ManifestReader(Reader):
    """Reads what Kustomize reads."""

    objects: bool = True
    text: str = field(init=False, default="")
    words: list[tuple[int, Any]] = field(init=False)  # with the document each stands in
    begun: int = field(init=False)
    dashes: Iterator[Mark] = field(init=False)
    next: Mark | None = field(init=False)

    def content(self, text: str) -> list[Any] | None:
        """The documents as far as they can be read; what is wrong is in `found`."""
        self.text, self.words, self.begun = text, [], 0
        self.dashes = iter(self._marks())
        self.next = next(self.dashes, None)
        before = len(self.found)
        documents = Reader.content(self, text)
        whole = len(self.found) == before
        while whole and self.next is not None:
            self._hidden(self.next)
            self.next = next(self.dashes, None)
        if whole and documents is not None:
            self._judge(documents)
        return documents

    def _marks(self) -> list[Mark]:
        """Where lines begin with dashes that Kustomize takes for the end of a document."""
        marks = []
        for number, line in enumerate(self.text.split("\n"), 1):
            if line.startswith("---"):
                if not _MARK.fullmatch(line):
                    self._otherwise(
                        Mark(number, 1, len(line)),
                        "to Kustomize, a line that begins with `---` ends the document",
                        "indent it, or write `---` alone in the line",
                    )
                    continue
                marks.append(Mark(number, 1, 3))
        return marks

    def bounds(self, event: Any) -> None:
        """Where YAML sees the start of a document, and only there, the text has a mark; and `...`
        ends all that Kustomize reads of one."""
        if isinstance(event, yaml.DocumentEndEvent):
            self._ends(event)
            return
        self.begun += 1
        here = mark_of(event).line
        while self.next is not None and self.next.line < here:
            self._hidden(self.next)
            self.next = next(self.dashes, None)
        if event.explicit and self.next is not None and self.next.line == here:
            self.next = next(self.dashes, None)

    def _ends(self, event: Any) -> None:
        if event.explicit:
            self._otherwise(
                mark_of(event),
                "`...` ends the document, and Kustomize may drop what follows",
                "delete the line, or write `---` in its place",
            )

    def _judge(self, documents: list[Any]) -> None:
        """Words that are text in an object, and true or false in operations."""
        for index, event in self.words:
            if self.objects and not isinstance(documents[index], list):
                continue
            hint = f"write `'{event.value}'` if it is text, or `true` or `false`"
            message = f"`{event.value}` is text to some readers and true or false to others"
            self._tell("GEN407", mark_of(event), message, hint)

    def merges(self, event: Any) -> bool:
        """In quotes too: Kustomize drops it either way."""
        return event is not None

    def scalar(self, event: Any) -> Any:
        """The value of a scalar."""
        value = event.value
        if event.style:
            self._quoted(event)
        elif value == "" and self._after(event) in ",}]":
            self._changes(event, "nothing here is text to Kustomize", "write `null` or `''`")
        elif _LONG.fullmatch(value):
            self._changes(event, f"`{value[:40]}` has more digits than every reader keeps")
            return value
        elif _TRUTH.fullmatch(value):
            self.words.append((self.begun - 1, event))
        elif _TIME.fullmatch(value) and not _AS_WRITTEN.fullmatch(value):
            self._changes(event, f"`{value[:40]}` is a time to Kustomize, which writes it anew")
        return Reader.scalar(self, event)

    def number(self, event: Any) -> Any:
        """The value of a number, if all readers agree on it."""
        value = event.value
        if _DECIMAL.fullmatch(value) and len(value) <= 17:
            return float(value)
        if _OCTAL.fullmatch(value):
            return int(value, 8)
        self._changes(event, f"Kustomize takes `{value[:40]}` for a number and writes it anew")
        return value

    def _quoted(self, event: Any) -> None:
        if event.style == ">" and _INDENTED.search(event.value):
            self._changes(
                event,
                "Kustomize puts empty lines around the indented lines of a folded text",
                "write `|` instead of `>`",
            )
        if event.style == '"' and r"\/" in self._source(event).replace(r"\\", ""):
            self._changes(event, r"Kustomize does not know the escape `\/`", "write `/`")

    def _source(self, event: Any) -> str:
        return self.text[event.start_mark.index : event.end_mark.index]

    def _after(self, event: Any) -> str:
        rest = self.text[event.end_mark.index :].lstrip()
        return rest[:1] or "-"

    def _hidden(self, mark: Mark) -> None:
        self._otherwise(
            mark,
            "Kustomize ends the document here, inside of what YAML takes for one",
            "indent the line, or begin it with something else",
        )

    def _changes(self, event: Any, message: str, hint: str = "") -> None:
        hint = hint or "put it in quotes if it is text, or write a plain decimal number"
        self._otherwise(mark_of(event), message, hint)

    def _otherwise(self, mark: Mark, message: str, hint: str) -> None:
        self.add("GEN407", mark, message, hint)
