"""What people bring to be taken over: texts → objects, each with its own text.

A text is cut where Kustomize and kubectl cut it, at lines of three dashes, and each document is
read for itself: one that cannot be read is told, and the others are taken. Lists are taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from generator.adoption.cut import MOST_DEPTH
from generator.edits.document import behind
from generator.targets.yaml_text import document
from generator.vocabulary.base import Dial
from generator.vocabulary.findings import Finding, Reading, outcome
from generator.vocabulary.nodes import below, mapping
from generator.vocabulary.source import Mark, Place
from generator.vocabulary.yaml_reader import Reader, decode, locate

MOST_BYTES = 64 * 1024 * 1024  # of one source
MOST_OBJECTS = 20_000
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MARK = re.compile(r"^---[ \t]*(#.*)?$", re.MULTILINE)
# A name becomes a file's; no such name leads out of its folder.
_VERSION = re.compile(r"[a-z0-9.-]{1,200}(?:/[a-z0-9]{1,60})?")
_KIND = re.compile(r"[A-Z][A-Za-z0-9]{0,99}")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?")
_LIST = re.compile(r"(?:[A-Z][A-Za-z]*)?List")


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One object: its text, by itself, and what it says. It begins in a `line` of a `path`, so far
    to the right; `block` if its text can be cut line by line. `needs` are services that it is said
    to wait for, `dials` addresses in what it was told and is not taken."""

    path: str
    line: int
    indent: int
    text: str
    data: Mapping[str, Any]
    block: bool = True
    needs: tuple[str, ...] = ()
    dials: tuple[Dial, ...] = ()

    def place(self, *route: str | int) -> Place:
        """The place of a part of it in what was brought."""
        return Place(self.path, mark=_moved(self, Place("", route)))

    def key(self, *route: str | int) -> Place:
        return Place(self.path, mark=_moved(self, Place("", route, on_key=True)))

    @property
    def api_version(self) -> str:
        return str(self.data["apiVersion"])

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def kind(self) -> str:
        return str(self.data["kind"])

    @property
    def metadata(self) -> Mapping[str, Any]:
        metadata: Mapping[str, Any] = self.data["metadata"]
        return metadata

    @property
    def name(self) -> str:
        return str(self.metadata["name"])

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace") or "")

    def near(self, other: Item) -> bool:
        """Whether it is in the namespace of another. Where none is said, it is whoever's."""
        return self.namespace == other.namespace or "" in (self.namespace, other.namespace)

    @property
    def labels(self) -> Mapping[str, Any]:
        return mapping(self.metadata, "labels")

    @property
    def annotations(self) -> Mapping[str, Any]:
        return mapping(self.metadata, "annotations")

    @property
    def called(self) -> str:
        return f"{self.kind} {self.name}"[:100]

    def says(self, *route: str | int) -> Any:
        """What stands at a route, or None."""
        return below(self.data, *route)


@dataclass(slots=True)
class Brought:
    """All that was read: objects in order, and what is wrong with the rest."""

    items: list[Item] = field(default_factory=list)
    found: tuple[Finding, ...] = ()


# A text that holds other things than objects → the objects that a cluster would have of them.
Translator = Callable[[str, int, str], Reading[list[Item]] | None]


def read(files: Mapping[str, bytes], *others: Translator) -> Brought:
    """The objects of files. `others` are asked first what a document is to them."""
    brought = Brought()
    brought.found = tuple(_read(files, brought.items, others))
    return brought


def _read(
    files: Mapping[str, bytes], items: list[Item], others: tuple[Translator, ...]
) -> Iterator[Finding]:
    documents = 0
    for path, raw in files.items():
        text = yield from decode(path, raw, MOST_BYTES)
        for line, piece in _pieces(text or ""):
            if max(documents, len(items)) >= MOST_OBJECTS:
                yield _too_many(path, line)
                return
            documents += 1
            readings = [reading for other in others if (reading := other(path, line, piece))]
            if readings:
                items += yield from readings[0]
            else:
                yield from _take(items, path, line, piece)


def _too_many(path: str, line: int) -> Finding:
    return Finding(
        "GEN008",
        Place(path, mark=Mark(line, 1)),
        f"more than {MOST_OBJECTS:,} objects; the rest is not read",
        "bring one application, or one namespace, at a time",
    )


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """(first line, text) of each document that holds something; what stands behind the dashes is
    its first line."""
    start, line = 0, 1
    ends = [(dashes.start(), dashes.end() - len(dashes.group(1) or "")) for dashes in _marks(text)]
    for end, after in (*ends, (len(text), len(text))):
        piece = text[start:end]
        if not _is_empty(piece):
            yield line, piece.removeprefix("\n") if piece.startswith("\n") else piece
        line += text.count("\n", start, after)
        start = after
        if text[after : after + 1] == "\n":
            start, line = after + 1, line + 1


def _is_empty(piece: str) -> bool:
    return all(line.lstrip()[:1] in ("", "#") for line in piece.split("\n"))


def _marks(text: str) -> Iterator[re.Match[str]]:
    return _MARK.finditer(text)


def _take(items: list[Item], path: str, line: int, piece: str) -> Iterator[Finding]:
    documents, told = outcome(Reader(path, MOST_DEPTH, loose=True).documents(piece))
    if documents is None or len(documents) != 1:
        yield from [_below(finding, path, line) for finding in told]
        return
    whole = Item(path, line, 0, piece, documents[0])
    if not isinstance(documents[0], dict):
        yield _no_object(whole)
    elif _is_list(documents[0]):
        yield from _take_apart(items, whole)
    elif _is_object(documents[0]):
        items.append(replace(whole, block=not piece.lstrip().startswith("{")))
    else:
        yield _no_object(whole)


def _below(finding: Finding, path: str, line: int) -> Finding:
    mark = finding.place.mark or Mark(1, 1)
    return finding._replace(place=Place(path, mark=mark._replace(line=mark.line + line - 1)))


def _no_object(whole: Item) -> Finding:
    return Finding(
        "GEN601",
        whole.place(),
        "this is not a Kubernetes object: it needs `apiVersion`, `kind` and `metadata.name`",
        "leave it out, or render it first: `helm template`, `kustomize build`",
    )


def _is_object(data: Any) -> bool:
    name, namespace = below(data, "metadata", "name"), below(data, "metadata", "namespace")
    words = (data.get("apiVersion"), data.get("kind"), name, namespace or "x") if name else (None,)
    return all(
        isinstance(word, str) and pattern.fullmatch(word) is not None
        for word, pattern in zip(words, (_VERSION, _KIND, _NAME, _NAME), strict=False)
    )


def _is_list(data: Mapping[str, Any]) -> bool:
    kind = data.get("kind")
    return bool(
        isinstance(kind, str) and _LIST.fullmatch(kind) and isinstance(data.get("items"), list)
    )


def _take_apart(items: list[Item], whole: Item) -> Iterator[Finding]:
    """The objects of a list, each with the lines that it has there."""
    top: Any = yaml.compose(whole.text, Loader=_Loader)
    listed = next(value for key, value in top.value if key.value == "items")
    for index, (node, data) in enumerate(zip(listed.value, whole.data["items"], strict=True)):
        if len(items) >= MOST_OBJECTS:
            yield _too_many(whole.path, whole.line + node.start_mark.line)
            return
        if _is_object(data):
            items.append(_item(whole, node, data))
        else:
            yield _no_object(whole)._replace(place=whole.place("items", index))


def _item(whole: Item, node: Any, data: Mapping[str, Any]) -> Item:
    column, line = node.start_mark.column, whole.line + node.start_mark.line
    if node.flow_style:
        return Item(whole.path, line, column, "", data, block=False)
    first, *others = whole.text[node.start_mark.index : behind(whole.text, node)].split("\n")
    text = "\n".join([first, *(_outdented(other, column) for other in others)]) + "\n"
    return Item(whole.path, line, column, text, data)


def _outdented(line: str, column: int) -> str:
    return line[column:] if not line[:column].strip() else line.lstrip()


def _moved(item: Item, place: Place) -> Mark:
    """A place of the item's own text, in the text that it came in."""
    if not item.text:
        return Mark(item.line, item.indent + 1)
    mark = locate(item.text.encode(), place)
    return mark._replace(line=mark.line + item.line - 1, column=mark.column + item.indent)


def printed(data: Any) -> str:
    """An object without a text of its own."""
    return document(data)
