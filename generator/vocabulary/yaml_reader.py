"""YAML text → plain data, and routes → line and column.

A small, safe subset: one document of mappings, lists and scalars. No anchors, aliases, merge keys,
tags or directives; no character and no scalar that two readers understand differently. libyaml's
event stream is walked directly, with caps on bytes and depth before anything is built, so hostile
text costs nothing.

Plain scalars follow YAML 1.2's core schema with whole decimal numbers only. What a YAML 1.1 or 1.2
reader would take for another number (`0x1F`, `1_000`, `1e3`, `.nan`) is refused with the advice to
quote it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from generator.vocabulary.findings import Finding, Reading, outcome
from generator.vocabulary.names import UNSEEN
from generator.vocabulary.source import MOST_BYTES, POINTERS, Mark, Place, Route, Written

MOST_DEPTH = 32
MOST_TOLD = 100  # findings of one file, after which the rest of it is not read

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Parser: Any = getattr(yaml.cyaml, "CParser", None) if yaml.__with_libyaml__ else yaml.SafeLoader
_FORBIDDEN = re.compile(f"[{UNSEEN}]")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
OTHER_NUMBER = re.compile(
    r"[-+]?(?:0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|0[bB][01_]+|[0-9][0-9_]*)"
    r"|[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(
    ("false", "False", "FALSE"), False
)
_FIRST = frozenset("0123456789-+.~nNtTfF")  # what the first character of a plain non-string can be


class _UnreadableError(Exception):
    """The rest of this file cannot be read."""


def decode(path: str, raw: bytes, most_bytes: int = MOST_BYTES) -> Reading[str | None]:
    """UTF-8 text whose lines end with line feeds, without a leading byte order mark, or None and a
    finding."""
    if len(raw) > most_bytes:
        yield Finding(
            "GEN008",
            Place(path),
            f"the file has {len(raw):,} bytes; {most_bytes:,} are read",
            "split it into several files",
        )
        return None
    if raw.startswith(POINTERS):
        message = "this is a pointer of Git LFS: git itself has no content of it to publish"
        hint = "take the file out of Git LFS (`git lfs untrack`)"
        yield Finding("GEN408", Place(path, mark=Mark(1, 1)), message, hint)
        return None
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        place = Place(path, mark=Mark(line, 1))
        yield Finding("GEN002", place, "the file is not UTF-8 text", "save it as UTF-8")
        return None
    if bad := _FORBIDDEN.search(text):
        yield _forbidden(path, bad.group(), _mark_of(text, bad.start()))
        return None
    return text


def read(path: str, raw: bytes) -> Reading[dict[str, Any] | None]:
    """The one mapping of a configuration file, or None with at least one finding."""
    text = yield from decode(path, raw)
    if text is None:
        return None
    documents = yield from Reader(path).documents(text)
    if documents is None:
        return None
    if len(documents) != 1 or not isinstance(documents[0], dict):
        what = "is empty" if documents in ([], [None]) else "is not a mapping"
        if len(documents) > 1:
            what = f"holds {len(documents)} documents"
        yield Finding(
            "GEN009",
            Place(path, mark=Mark(1, 1)),
            f"the file {what}",
            "write one document of `key: value` lines",
        )
        return None
    return documents[0]


def read_manifests(
    path: str, raw: bytes, most_bytes: int = MOST_BYTES, most_depth: int = MOST_DEPTH
) -> Reading[list[Any]]:
    """The documents of a file that Kustomize does not read, under the same rules; numbers may take
    any form."""
    text = yield from decode(path, raw, most_bytes)
    documents = yield from Reader(path, most_depth, loose=True).documents(text or "")
    return documents or []


# libyaml 0.2.6 refuses a thousand levels before it tells of any: what stands in front is read.
_DEPTH = "maximum nesting depth"


@dataclass(slots=True)
class Reader:
    """Reads one file; other rules for scalars and marks are a subclass's."""

    path: str
    most_depth: int = MOST_DEPTH
    loose: bool = False  # numbers are left as they are written
    found: list[Finding] = field(init=False, default_factory=list)
    events: Any = field(init=False, default=None)
    told: int = field(init=False, default=0)

    def documents(self, text: str) -> Reading[list[Any] | None]:
        """The documents of a text, or None with at least one finding."""
        try:
            documents = self.content(text)
        except _UnreadableError:
            documents = None
        yield from self.found
        return None if self.found else documents

    def content(self, text: str) -> list[Any] | None:
        """The documents as far as they can be read; what is wrong is in `found`."""
        before = len(self.found)
        self.events = _Parser(text).get_event
        try:
            return self._documents()
        except yaml.MarkedYAMLError as error:
            if error.problem_mark and _DEPTH in str(error.problem):
                del self.found[before:]
                return Reader.content(self, text[: error.problem_mark.index])
            self._broken(error, text)
            return None
        except (yaml.YAMLError, ValueError, RecursionError):
            hint = "check indentation, quotes and brackets"
            self._tell("GEN004", Mark(1, 1), "the text is not YAML", hint)
            return None

    def _documents(self) -> list[Any]:
        documents = list[Any]()
        while not isinstance(event := self.events(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                if event.version or event.tags:
                    self.add(
                        "GEN005",
                        mark_of(event),
                        "directives such as %YAML are not read",
                        "delete the line that starts with '%'",
                    )
                self.bounds(event)
                documents.append(self._node(self.events(), 1))
            elif isinstance(event, yaml.DocumentEndEvent):
                self.bounds(event)
        return documents

    def _node(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is yaml.ScalarEvent and event.anchor is None and event.tag is None:
            return self.scalar(event)
        if kind is yaml.AliasEvent:
            self.add(
                "GEN005", mark_of(event), f"an alias (*{event.anchor[:40]})", "write the value out"
            )
            return None
        if event.anchor is not None:
            self.add(
                "GEN005",
                mark_of(event),
                f"an anchor (&{event.anchor[:40]})",
                "delete it, and write the value out where it was used",
            )
        if event.tag is not None:
            self.add(
                "GEN005",
                mark_of(event),
                "an explicit tag",
                "delete the word that starts with '!', or put the text in quotes",
            )
        if kind is yaml.ScalarEvent:
            return self.scalar(event)
        if depth > self.most_depth:
            self.add(
                "GEN008",
                mark_of(event),
                f"nested more than {self.most_depth} levels deep",
                "no setting of gen is that deep",
            )
            raise _UnreadableError
        if kind is yaml.SequenceStartEvent:
            items = []
            while not isinstance(event := self.events(), yaml.SequenceEndEvent):
                items.append(self._node(event, depth + 1))
            return items
        return self._mapping(depth)

    def _mapping(self, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        marks: dict[str, Any] = {}
        while not isinstance(event := self.events(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, str):
                self.add(
                    "GEN007",
                    mark_of(event),
                    "a key must be text",
                    "put it in quotes if it is meant as text",
                )
                key = repr(key)
            elif key == "<<" and self.merges(event):
                self.add("GEN005", mark_of(event), "a merge key (<<)", "write the keys out")
            elif key in marks:
                first = Place(self.path, mark=mark_of(marks[key]))
                self.add(
                    "GEN006",
                    mark_of(event),
                    f"`{key[:60]}` is given twice here",
                    "keep one of the two",
                    ((first, "first given here"),),
                )
            marks.setdefault(key, event)
            mapping[key] = self._node(self.events(), depth + 1)
        return mapping

    def bounds(self, event: Any) -> None:
        """A document starts or ends."""

    def merges(self, event: Any) -> bool:
        """Whether a key `<<` is a merge key."""
        return not event.style

    def scalar(self, event: Any) -> Any:
        """The value of a scalar."""
        value: str = event.value
        if event.style:  # quoted or a block; only double quotes can bring escaped characters
            if event.style == '"' and (bad := _FORBIDDEN.search(value)):
                wrong = _forbidden(self.path, bad.group(), mark_of(event))
                self.add(wrong.code, mark_of(event), wrong.message, wrong.hint)
            return value
        if value in _WORDS:
            return _WORDS[value]
        if value[0] not in _FIRST:
            return value
        if _INTEGER.fullmatch(value):
            return int(value)
        return self.number(event) if OTHER_NUMBER.fullmatch(value) else value

    def number(self, event: Any) -> Any:
        """The value of what some readers take for a number."""
        value = event.value
        if self.loose:
            return Written(value)
        self.add(
            "GEN103",
            mark_of(event),
            f"some parsers read `{value[:40]}` as a number, others as text",
            f'write "{value[:40]}" in quotes if it is text, or a whole number in decimal',
        )
        return value

    def add(
        self,
        code: str,
        mark: Mark,
        message: str,
        hint: str,
        related: tuple[tuple[Place, str], ...] = (),
    ) -> None:
        self._tell(code, mark, message, hint, related)
        self.told += 1
        if self.told >= MOST_TOLD:
            raise _UnreadableError

    def _tell(
        self,
        code: str,
        mark: Mark,
        message: str,
        hint: str,
        related: tuple[tuple[Place, str], ...] = (),
    ) -> None:
        self.found.append(Finding(code, Place(self.path, mark=mark), message, hint, related))

    def _broken(self, error: yaml.MarkedYAMLError, text: str) -> None:
        spot = error.problem_mark or error.context_mark
        mark = Mark(spot.line + 1, spot.column + 1) if spot else Mark(1, 1)
        problem = re.sub(r"[^ -~]", "?", error.problem or "the text is not YAML")
        hint = (
            "indent with spaces; YAML allows no tabs"
            if "\t" in text
            else "check indentation, quotes and brackets on this line and the one above"
        )
        self._tell("GEN004", mark, problem[:200], hint)


def locate(raw: bytes, place: Place) -> Mark:
    """Line and column of a place; of the nearest thing above it where the route leads on to what is
    not there."""
    if place.mark is not None:
        return place.mark
    nodes, keys = _nodes(raw)
    mark = (
        _span(*_walk(nodes[place.document], place.route, keys), place.on_key)
        if place.document < len(nodes)
        else Mark(1, 1)
    )
    return _word(raw, mark, place.word) if place.word else mark


Keys = dict[int, dict[str, Any]]  # id of a mapping node → key → (key node, value node)


@lru_cache(maxsize=2)  # places are asked for file by file
def _nodes(raw: bytes) -> tuple[tuple[Any, ...], Keys]:
    """The documents of a file, which some stage has read without a finding; none if it has not. And
    room for an index."""
    text, _ = outcome(decode("", raw, len(raw)))
    try:
        return tuple(yaml.compose_all(text or "", Loader=_Loader)), {}
    except (yaml.YAMLError, ValueError, RecursionError):
        return (), {}


def _word(raw: bytes, mark: Mark, word: str) -> Mark:
    """Where a word stands at or below a mark; the mark itself if it does not."""
    lines = (outcome(decode("", raw, len(raw))).value or "").split("\n")
    for number, line in enumerate(lines[mark.line - 1 :], mark.line):
        if (column := line.find(word, mark.column - 1 if number == mark.line else 0)) >= 0:
            return Mark(number, column + 1, len(word))
    return mark


def _walk(node: Any, route: Route, keys: Keys) -> tuple[Any, Any, bool]:
    """(last key node or None, last value node, whether the whole route was found)."""
    key = None
    for part in route:
        if isinstance(node, yaml.MappingNode) and isinstance(part, str):
            if id(node) not in keys:
                keys[id(node)] = {
                    pair[0].value: pair
                    for pair in node.value
                    if isinstance(pair[0], yaml.ScalarNode)
                }
            pair = keys[id(node)].get(part)
            if pair is None:
                return key, node, False
            key, node = pair
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value)
        ):
            key, node = None, node.value[part]
        else:
            return key, node, False
    return key, node, True


def _span(key: Any, value: Any, whole: bool, on_key: bool) -> Mark:
    node = key if key is not None and (on_key or not whole) else value
    start, end = node.start_mark, node.end_mark
    width = end.column - start.column if start.line == end.line else 1
    return Mark(start.line + 1, start.column + 1, max(width, 1))


def mark_of(event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    return Mark(
        start.line + 1,
        start.column + 1,
        max(end.column - start.column, 1) if start.line == end.line else 1,
    )


def _mark_of(text: str, index: int) -> Mark:
    line_start = text.rfind("\n", 0, index) + 1
    return Mark(text.count("\n", 0, index) + 1, index - line_start + 1)


def _forbidden(path: str, character: str, mark: Mark) -> Finding:
    return Finding(
        "GEN003",
        Place(path, mark=mark),
        f"the character U+{ord(character):04X} is not allowed",
        "delete it; it is invisible, or ends lines for some parsers only",
    )
