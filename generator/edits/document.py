"""Edits of YAML text that keep every comment and every other byte.

The text is composed into nodes, which know where they stand, and spliced there; nothing is printed
anew. After each edit the file is read again: if a reader does not see exactly the edit, the text
goes back and the edit is refused."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

import yaml

from generator.targets.yaml_text import scalar
from generator.vocabulary.findings import Findings, outcome
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import Route, Sources
from generator.vocabulary.yaml_reader import read

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK = re.compile(r"\r\n|\n|\r")
_BLANKS = " \t\r\n"


class Document:
    """The text of one configuration file. Line ends and a byte order mark stay as they are.

    `data` is what a reader sees in it. Raises `Findings` for a file that gen cannot read.
    """

    def __init__(self, path: str, raw: bytes) -> None:
        data, found = outcome(read(path, raw))
        if data is None:
            raise Findings(found, Sources({path: raw}))
        text = raw.decode("utf-8")
        self._path = path
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        self.text = text.removeprefix("\ufeff")
        self.data: dict[str, Any] = data
        first = _BREAK.search(self.text)
        self._end_of_line = first.group() if first else "\n"

    @property
    def raw(self) -> bytes:
        return (self._mark + self.text).encode()

    def set(self, route: Route, value: str | int) -> None:
        """Puts a scalar at a route; mappings that are missing on the way are made, in the style
        around them."""
        key, node, left = self._walk(route)
        null = isinstance(node, yaml.ScalarNode) and _is_null(node)
        if isinstance(node, yaml.CollectionNode) and not left:
            raise Refusal(
                f"{self._named(route)} is not a single value",
                "edit it by hand, or name a key below it",
            )
        if left and (
            isinstance(left[0], int)
            or not (isinstance(node, yaml.MappingNode) or (null and key is not None))
        ):
            raise Refusal(
                f"{self._named(route[: -len(left)])} is not a mapping",
                "write it as a mapping first",
            )
        if not left:
            text = self._replaced(key, node, _scalar_like(node, value))
        elif null:
            text = self._replaced(key, node, _flow(left, value))
        else:
            text = self._added(node, left, value)
        self._take(text, _put(self.data, route, value), route)

    def extend(self, key: str, words: Sequence[str]) -> None:
        """Adds words to the list at a key of the file, which is made if it is missing."""
        _, node, left = self._walk((key,))
        listed = ", ".join(map(scalar, words))
        last = node.value[-1] if isinstance(node, yaml.SequenceNode) and node.value else None
        if left:
            at = behind(self.text, node)
            new = f"{self._end_of_line}{key}: [{listed}]"
        elif isinstance(node, yaml.SequenceNode) and node.flow_style:
            at = last.end_mark.index if last is not None else node.start_mark.index + 1
            new = f", {listed}" if last is not None else listed
        elif last is not None:
            at, pad = behind(self.text, node), " " * node.start_mark.column
            new = "".join(f"{self._end_of_line}{pad}- {scalar(word)}" for word in words)
        else:
            raise Refusal(f"{self._named((key,))} is not a list", "write it as `[]` first")
        data = copy.deepcopy(self.data)
        data[key] = [*(data.get(key) or ()), *words]
        self._take(self.text[:at] + new + self.text[at:], data, (key,))

    def rename(self, route: Route, name: str) -> None:
        """Gives the last key of a route another name."""
        key, _, left = self._walk(route)
        if left or key is None:
            raise ValueError(f"no key at {route}")
        data = copy.deepcopy(self.data)
        parent: Any = data
        for part in route[:-1]:
            parent = parent[part]
        if name in parent:
            raise Refusal(
                f"{self._named((*route[:-1], name))} is there already",
                "delete one of the two by hand",
            )
        parent[name] = parent.pop(route[-1])
        self._take(
            self.text[: key.start_mark.index] + scalar(name) + self.text[key.end_mark.index :],
            data,
            route,
        )

    def remove(self, route: Route) -> None:
        """Takes a key and its value out of a mapping that holds others too, with the comment on its
        line."""
        *above, last = route
        _, node, left = self._walk(tuple(above))
        if left or not isinstance(node, yaml.MappingNode) or len(node.value) < 2:
            raise ValueError(f"nothing to take out at {route}")
        at = next(index for index, pair in enumerate(node.value) if pair[0].value == last)
        data = copy.deepcopy(self.data)
        parent: Any = data
        for part in above:
            parent = parent[part]
        del parent[last]
        key, value = node.value[at]
        start, end = key.start_mark.index, int(value.end_mark.index)
        if not node.flow_style:
            end = behind(self.text, value) if isinstance(value, yaml.CollectionNode) else end
            start, end = self._lines(start, end)
        elif at:
            start = node.value[at - 1][1].end_mark.index
        else:
            end = node.value[1][0].start_mark.index
        self._take(self.text[:start] + self.text[end:], data, route)

    def _lines(self, start: int, end: int) -> tuple[int, int]:
        """From the beginning of a line to behind the end of another."""
        before = max(self.text.rfind("\n", 0, start), self.text.rfind("\r", 0, start)) + 1
        line = _BREAK.search(self.text, end)
        return before, line.end() if line else len(self.text)

    def _walk(self, route: Route) -> tuple[Any, Any, Route]:
        """(last key node or None, last value node, the part of the route that is not there)."""
        key, node = None, yaml.compose(self.text, Loader=_Loader)
        for depth, part in enumerate(route):
            below = _below(node, part)
            if below is None:
                return key, node, route[depth:]
            key, node = below
        return key, node, ()

    def _replaced(self, key: Any, node: Any, value: str) -> str:
        """The text with another scalar in the place of one."""
        start, end = node.start_mark.index, node.end_mark.index
        if start == end:  # nothing stands there; `{a}` has not even a colon
            colon = key is None or ":" in self.text[key.end_mark.index : start]
            value = (" " if colon else ": ") + value
        elif node.style in ("|", ">"):  # the mark lies behind the blank lines that follow
            head = re.compile(r"[|>][-+0-9]*([^\r\n]*)").match(self.text, start)
            value += head.group(1).rstrip() if head else ""  # the comment behind the `|`
            end = start + len(self.text[start:end].rstrip(_BLANKS))
        return self.text[:start] + value + self.text[end:]

    def _added(self, node: Any, keys: Route, value: str | int) -> str:
        """The text with one more entry at the end of a mapping."""
        if node.flow_style:
            return self._added_in_flow(node, f"{scalar(keys[0])}: {_flow(keys[1:], value)}")
        at, indent = behind(self.text, node), node.start_mark.column
        lines = [
            " " * (indent + 2 * depth) + f"{scalar(key)}:" for depth, key in enumerate(keys[:-1])
        ]
        if len(keys) > 1:  # in place for the innermost mapping, in lines for those around it
            lines[-1] += " " + _flow(keys[-1:], value)
        else:
            lines.append(" " * indent + f"{scalar(keys[0])}: {scalar(value)}")
        entry = self._end_of_line.join(lines)
        before = self.text[:at]
        if before.endswith(("\n", "\r")):
            return before + entry + self._end_of_line + self.text[at:]
        return before + self._end_of_line + entry + self.text[at:]

    def _added_in_flow(self, node: Any, entry: str) -> str:
        start, end = node.start_mark.index + 1, node.end_mark.index - 1
        if node.value:
            at = node.value[-1][1].end_mark.index
            return self.text[:at] + ", " + entry + self.text[at:]
        return self.text[:start] + entry + (self.text[start:end].rstrip(" ") + self.text[end:])

    def _take(self, text: str, data: dict[str, Any], route: Route) -> None:
        """The new text, if a reader sees in it what was meant and nothing else."""
        before, self.text = self.text, text
        seen, found = outcome(read(self._path, self.raw))
        if seen != data:
            self.text = before
            why = (
                f"it would hold what gen does not read: {found[0].message}"
                if found
                else "its form is unusual"
            )
            raise Refusal(
                f"{self._named(route)} cannot be edited: {why}",
                "write it as plain `key: value` lines, or edit it by hand",
            )
        self.data = data

    def _named(self, route: Route) -> str:
        return f"`{'.'.join(map(str, route))}` in {self._path}" if route else self._path


def _below(node: Any, part: str | int) -> tuple[Any, Any] | None:
    """(key node or None, value node) of what a node holds at one part of a route."""
    if isinstance(node, yaml.MappingNode) and isinstance(part, str):
        return next((pair for pair in node.value if pair[0].value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return (None, node.value[part]) if 0 <= part < len(node.value) else None
    return None


def _is_null(node: Any) -> bool:
    return not node.style and node.value in ("", "~", "null", "Null", "NULL")


def _scalar_like(node: Any, value: str | int) -> str:
    """A scalar in the quotes that the old one has, so that a diff shows the value alone."""
    text = scalar(value)
    return f"{node.style}{text}{node.style}" if node.style in ("'", '"') and text == value else text


def _flow(keys: Route, value: str | int) -> str:
    text = scalar(value)
    for key in reversed(keys):
        text = "{" + f"{scalar(key)}: {text}" + "}"
    return text


def _put(data: dict[str, Any], route: Route, value: str | int) -> dict[str, Any]:
    """A copy of the data with the edit done."""
    whole = copy.deepcopy(data)
    node: Any = whole
    for part in route[:-1]:
        if isinstance(node, dict) and node.get(part) is None:
            node[part] = {}
        node = node[part]
    node[route[-1]] = value
    return whole


def behind(text: str, node: Any) -> int:
    """Index behind a block node and the comment on its last line; the node's own mark lies behind
    all that follows."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end = int(node.end_mark.index)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        start = node.start_mark.index
        if "+" in text[start : start + 3]:  # blank lines behind it are part of it
            return end
        end = start + len(text[start:end].rstrip(_BLANKS))
    line = _BREAK.search(text, end)
    return line.start() if line else len(text)
