"""Files of a configuration in one form: keys in the order of the model, two spaces a level, no
blanks at the ends of lines. Text is moved, never printed anew, so comments go with what they are
about.

What cannot be moved so (a list item on another line than its dash) is printed by ruamel.yaml
first. Whatever was done, the file is read again in three ways: as gen reads it, as YAML 1.1, and
for its comments by ruamel.yaml. If one of them sees a difference, the file stays as it is, and that
is told.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import yaml

from generator.edits.document import behind
from generator.edits.shapes import Shape, inner, keys, of
from generator.vocabulary.findings import Finding, Reading, outcome
from generator.vocabulary.source import Mark, Place
from generator.vocabulary.yaml_reader import read

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STEP = "  "
_WIDE = 1 << 16  # columns: no line is broken
_BLANKS = re.compile(r"[ \t]+$")


class _UnusualError(Exception):
    """A form whose lines cannot be moved."""


def formatted(kind: str, path: str, raw: bytes) -> Reading[bytes]:
    """The file in its form; as it is if it cannot be read, or would lose something."""
    data = yield from read(path, raw)
    if data is None:
        return raw
    text = raw.decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix("\ufeff")
    end = "\r\n" if "\r\n" in text else "\n"
    before = text.replace("\r\n", "\n")
    after = _formed(kind, before)
    if after == before:
        return (mark + before.replace("\n", end)).encode()
    if after is None or not _same(kind, path, before, after):
        yield _left(path)
        return raw
    return (mark + after.replace("\n", end)).encode()


def _left(path: str) -> Finding:
    place = Place(path, mark=Mark(1, 1))
    message = (
        "the file is left as it is: its form is unusual, and a comment or a value might be lost"
    )
    return Finding("GEN616", place, message, "write it as plain `key: value` lines with comments")


def _formed(kind: str, text: str) -> str | None:
    """The text in its form; None if nobody can bring it there."""
    shape = of(kind)
    try:
        return _Page(text).moved(shape)
    except _UnusualError:
        printed = _printed(text)
    try:
        return _Page(printed).moved(shape) if printed is not None else None
    except (_UnusualError, yaml.YAMLError):
        return None


def _printed(text: str) -> str | None:
    """The text as ruamel.yaml prints it, with its comments; None if it cannot."""
    printer = _ruamel()
    out = io.StringIO()
    try:
        printer.dump(printer.load(text), out)
    except Exception:  # noqa: BLE001 of any kind, by odd forms: then nobody prints it
        return None
    return out.getvalue()


def _ruamel() -> Any:
    """A printer of its own for each file: one that has read `%YAML 1.1` goes on so."""
    from ruamel.yaml import YAML

    made: Any = YAML()
    made.preserve_quotes = True
    made.width = _WIDE
    made.indent(mapping=2, sequence=4, offset=2)
    return made


def comments(text: str) -> Counter[str] | None:
    """The comments of a text, each with its number: what a scanner finds between the tokens. None
    if it cannot read it."""
    found: Counter[str] = Counter()
    try:
        for token in _ruamel().scan(text):
            for spot in token.comment or ():
                for one in spot if isinstance(spot, list) else [spot]:
                    lines = one.value.split("\n") if one is not None else []
                    found.update(line.strip() for line in lines if line.strip())
    except Exception:  # noqa: BLE001 of any kind, by odd forms: then nobody knows
        return None
    return found


def _same(kind: str, path: str, before: str, after: str) -> bool:
    """Whether readers see the same in both."""
    noted = comments(before)
    if noted is None or noted != comments(after):
        return False
    shape = of(kind)
    mine = [_pairs(_read(path, text), shape) for text in (before, after)]
    theirs = [_as_yaml_1_1(text) for text in (before, after)]
    return bool(mine[0] == mine[1] and theirs[0] == theirs[1])


def _read(path: str, text: str) -> Any:
    return outcome(read(path, text.encode())).value


def _pairs(node: Any, shape: Shape) -> Any:
    """Data in which the order counts where it may mean something: not that of a model's keys."""
    if isinstance(node, list):
        return [_pairs(item, inner(shape, node, "")) for item in node]
    if not isinstance(node, dict):
        return type(node), node
    pairs = [(key, _pairs(value, inner(shape, node, key))) for key, value in node.items()]
    return {"keys": dict(pairs)} if keys(shape, node) else pairs


def _as_yaml_1_1(text: str) -> Any:
    """What a YAML 1.1 parser sees, or that it sees nothing."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 a safe one
    except (yaml.YAMLError, ValueError) as error:
        return type(error)


@dataclass
class _Page:
    """A text and its nodes. Parts of it are lists of lines without the indentation around them."""

    text: str
    lines: list[str] = field(init=False)
    top: Any = field(init=False)

    def __post_init__(self) -> None:
        if "\r" in self.text:
            raise _UnusualError
        self.lines = self.text.split("\n")
        self.top = yaml.compose(self.text, Loader=_Loader)
        self._strip()

    def moved(self, shape: Shape) -> str:
        """The whole in its form."""
        if self.top.flow_style:
            lines = [*self.lines]
        else:
            if self.top.start_mark.column:
                raise _UnusualError
            lines = self._whole(shape)
        return "\n".join(lines) + "\n"

    def _whole(self, shape: Shape) -> list[str]:
        """The head of the file stays in front; a comment behind a blank line is the first key's."""
        first = self.top.start_mark.line
        head = first
        while head and self.lines[head - 1].startswith("#"):
            head -= 1
        if not head or self.lines[head - 1].strip():
            head = first
        if "---" in (self.lines[first][:3], *(line[:3] for line in self.lines[head:first])):
            raise _UnusualError
        return [*self.lines[:head], *self._mapping(self.top, head, len(self.lines), shape)]

    def _strip(self) -> None:
        """Takes away blanks at the ends of lines and empty lines at the end, but for those inside
        of texts of several lines."""
        held = set[int]()
        for node in _scalars(self.top):
            last = _last(self.text, node)
            held.update(range(node.start_mark.line, last))
            if node.style in ("|", ">"):
                held.add(last)
        for number, line in enumerate(self.lines):
            if number not in held:
                self.lines[number] = _BLANKS.sub("", line)
        while self.lines and not self.lines[-1] and len(self.lines) - 1 not in held:
            self.lines.pop()

    def _block(self, node: Any, since: int, until: int, shape: Shape) -> list[str]:
        made = self._mapping if isinstance(node, yaml.MappingNode) else self._sequence
        return made(node, since, until, shape)

    def _mapping(self, node: Any, since: int, until: int, shape: Shape) -> list[str]:
        """The entries in the order of the model."""
        column = node.start_mark.column
        heads = [key.start_mark.line for key, _ in node.value]
        for number, (key, _) in enumerate(node.value):
            alone = key.start_mark.column == column and key.end_mark.line == key.start_mark.line
            if not alone or (number and not self._begins(heads[number], column)):
                raise _UnusualError
        ends = [_last(self.text, value) for _, value in node.value]
        starts = self._starts(heads, ends, since, column)
        parts = {}
        for number, (key, value) in enumerate(node.value):
            region = (starts[number], (*starts, until)[number + 1])
            below = inner(shape, node, key.value)
            parts[key.value] = self._entry(column, heads[number], region, value, below)
        names = list(parts)
        order = keys(shape, node) or names
        names.sort(key=lambda name: order.index(name) if name in order else len(order))
        made = [line for name in names for line in parts[name]]
        while not made[0]:
            made.pop(0)
        return made

    def _entry(
        self, column: int, head: int, region: tuple[int, int], value: Any, shape: Shape
    ) -> list[str]:
        """A key with its value, and the comments above it."""
        since, until = region
        lead = [line.strip() for line in self.lines[since:head]]
        if _is_block(value):
            if value.start_mark.line <= head:
                raise _UnusualError
            below = self._block(value, head + 1, until, shape)
            return [*lead, self.lines[head][column:], *_indented(below)]
        last = max(_last(self.text, value), head)
        line = self._line(head, value, shape) if last == head else self.lines[head]
        rest = [_dedented(each, column) for each in self.lines[head + 1 : last + 1]]
        return [*lead, line[column:], *rest, *self._tail(last + 1, until, column)]

    def _sequence(self, node: Any, since: int, until: int, shape: Shape) -> list[str]:
        """The items in their order, each with the comments above it."""
        column = node.start_mark.column
        heads = [item.start_mark.line for item in node.value]
        for number, head in enumerate(heads):
            dash = self.lines[head][column : column + 1] == "-"
            if not dash or (number and not self._begins(head, column)):
                raise _UnusualError
        ends = [_last(self.text, item) for item in node.value]
        starts = self._starts(heads, ends, since, column)
        made = []
        for number, item in enumerate(node.value):
            region = (starts[number], (*starts, until)[number + 1])
            made += self._item(column, heads[number], region, item, inner(shape, node, ""))
        return made

    def _item(
        self, column: int, head: int, region: tuple[int, int], item: Any, shape: Shape
    ) -> list[str]:
        since, until = region
        lead = [line.strip() for line in self.lines[since:head]]
        start = item.start_mark.column
        if self.lines[head][column + 1 : start].strip():
            raise _UnusualError
        if _is_block(item):
            below = self._block(item, head, until, shape)
            while below and below[0][:1] in ("", "#"):
                lead.append(below.pop(0))
            first, *others = below
            return [*lead, f"- {first}", *_indented(others)]
        last = max(_last(self.text, item), head)
        line = self._line(head, item, shape) if last == head else self.lines[head]
        rest = [_dedented(each, column) for each in self.lines[head + 1 : last + 1]]
        tail = self._tail(last + 1, until, column)
        return [*lead, f"- {line[column + 1 :].strip(' ')}".rstrip(" "), *rest, *tail]

    def _begins(self, line: int, column: int) -> bool:
        return not self.lines[line][:column].strip()

    def _starts(self, heads: list[int], ends: list[int], since: int, column: int) -> list[int]:
        """The line where each part begins, with the comments above it. Comments that stand deeper
        than it belong to what is above them."""
        starts = [min(since, heads[0])]
        for head, end in zip(heads[1:], ends[:-1], strict=True):
            start = end + 1
            if start > head:
                raise _UnusualError
            for number in range(start, head):
                line = self.lines[number]
                if line.strip() and _column(line) > column:
                    start = number + 1
            starts.append(start)
        return starts

    def _tail(self, since: int, until: int, column: int) -> list[str]:
        """Comments and empty lines below a value."""
        lines = self.lines[since:until]
        if any(line.strip() and not line.lstrip().startswith("#") for line in lines):
            raise _UnusualError
        return [" " * max(_column(line) - column, 0) + line.strip() for line in lines]

    def _line(self, number: int, node: Any, shape: Shape) -> str:
        """A line whose value, in braces, has its keys in order."""
        line = self.lines[number]
        if not (isinstance(node, yaml.CollectionNode) and node.flow_style):
            return line
        start, end = node.start_mark.column, node.end_mark.column
        return line[:start] + _flow(line, node, shape) + line[end:]


def _flow(line: str, node: Any, shape: Shape) -> str:
    """What stands in braces or brackets, with keys in order; what is between them stays."""
    start, end = node.start_mark.column, node.end_mark.column
    if not isinstance(node, yaml.CollectionNode) or not node.value:
        return line[start:end]
    is_map = isinstance(node, yaml.MappingNode)
    pairs = node.value if is_map else [(item, item) for item in node.value]
    texts = []
    for key, value in pairs:
        first, last = key.start_mark.column, value.start_mark.column
        below = _flow(line, value, inner(shape, node, key.value if is_map else ""))
        texts.append((key.value, (line[first:last] if is_map else "") + below))
    spots = [(key.start_mark.column, value.end_mark.column) for key, value in pairs]
    between = [line[spot[1] : after[0]] for spot, after in pairwise(spots)]
    if is_map and (order := keys(shape, node)):
        texts.sort(key=lambda text: order.index(text[0]) if text[0] in order else len(order))
    made = line[start : spots[0][0]]
    for (_, text), after in zip(texts, [*between, line[spots[-1][1] : end]], strict=True):
        made += text + after
    return made


def _is_block(node: Any) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _scalars(node: Any) -> Iterator[Any]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield from _scalars(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    else:
        yield node


def _last(text: str, node: Any) -> int:
    """The last line of a value."""
    literal = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    index = behind(text, node) if _is_block(node) or literal else 0
    if not index:
        return int(node.end_mark.line)
    line = text.count("\n", 0, index)
    return line - 1 if text[index - 1] == "\n" else line


def _column(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _dedented(line: str, column: int) -> str:
    return line[column:] if not line[:column].strip() else line.lstrip(" ")


def _indented(lines: list[str]) -> list[str]:
    return [_STEP + line if line else line for line in lines]
