"""Edits of YAML text that keep every comment and every other byte.

The text is composed into nodes, which know where they stand, and spliced there; nothing is printed anew. After each
edit the file is read again: if a reader does not see exactly the edit, the text goes back and the edit is refused.
"""

from __future__ import annotations

import copy
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import yaml

from generator.compiler.emit.yaml_text import scalar
from generator.compiler.yaml_reader import read
from generator.vocabulary.findings import Finding, Findings
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import Route

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK = re.compile(r"\r\n|\n|\r")
_BLANKS = " \t\r\n"


class Document:
    """The text of one configuration file. Line ends and a byte order mark stay as they are.

    `data` is what a reader sees in it. Raises `Findings` for a file that gen cannot read.
    """

    def __init__(self, path: str, raw: bytes) -> None:
        found: list[Finding] = []
        data = read(path, raw, found)
        if data is None:
            raise Findings(found)
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
        """Puts a scalar at a route; mappings that are missing on the way are made, in the style around them."""
        key, node, left = self._walk(route)
        null = isinstance(node, yaml.ScalarNode) and _is_null(node)
        if isinstance(node, yaml.CollectionNode) and not left:
            raise Refusal(f"{self._named(route)} is no single value", "edit it by hand, or name a key below it")
        if left and (isinstance(left[0], int) or not (isinstance(node, yaml.MappingNode) or null and key is not None)):
            raise Refusal(f"{self._named(route[: -len(left)])} is no mapping", "write it as a mapping first")
        if not left:
            text = self._replaced(key, node, _scalar_like(node, value))
        elif null:
            text = self._replaced(key, node, _flow(left, value))
        else:
            text = self._added(node, left, value)
        self._take(text, _put(self.data, route, value), route)

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
            raise Refusal(f"{self._named((*route[:-1], name))} is there already", "delete one of the two by hand")
        parent[name] = parent.pop(route[-1])
        self._take(self.text[: key.start_mark.index] + scalar(name) + self.text[key.end_mark.index :], data, route)

    def _walk(self, route: Route) -> tuple[Any, Any, Route]:
        """(last key node or None, last value node, the part of the route that is not there)."""
        key, node = None, yaml.compose(self.text, Loader=_Loader)
        for depth, part in enumerate(route):
            if isinstance(node, yaml.MappingNode) and isinstance(part, str):
                found = next((pair for pair in node.value if pair[0].value == part), None)
            else:
                inside = isinstance(node, yaml.SequenceNode) and isinstance(part, int) and 0 <= part < len(node.value)
                found = (None, node.value[part]) if inside else None
            if found is None:
                return key, node, route[depth:]
            key, node = found
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
        at, indent = _behind(self.text, node), node.start_mark.column
        lines = [" " * (indent + 2 * depth) + f"{scalar(key)}:" for depth, key in enumerate(keys[:-1])]
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
        found: list[Finding] = []
        seen = read(self._path, self.raw, found)
        if seen != data:
            self.text = before
            why = f"it would hold what gen does not read: {found[0].message}" if found else "its form is unusual"
            raise Refusal(f"{self._named(route)} cannot be edited: {why}", "write it as plain `key: value` lines, or edit it by hand")
        self.data = data

    def _named(self, route: Route) -> str:
        return f"`{'.'.join(map(str, route))}` in {self._path}" if route else self._path


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
        if isinstance(node, dict) and node.get(part) is None:  # type: ignore[arg-type]
            node[part] = {}
        node = node[part]
    node[route[-1]] = value
    return whole


def _behind(text: str, node: Any) -> int:
    """Index behind a block node and the comment on its last line; the node's own mark lies behind all that follows."""
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


def write_file(path: Path, raw: bytes) -> None:
    """One file, in one step, never through a link."""
    if path.is_symlink():
        raise Refusal(f"{path} is a symbolic link", "edit the file that it points to")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".gen-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def delete_file(root: Path, path: str) -> None:
    """One file, and the folders above it that it leaves empty."""
    (root / path).unlink()
    for folder in list((root / path).parents):
        if folder == root or any(folder.iterdir()):
            return
        folder.rmdir()


def refuse_links(root: Path, path: str) -> None:
    """Refuses a path whose way below `root` goes through a link: gen reads nothing behind one, so it writes nothing there."""
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        if (way := root.joinpath(*parts[:depth])).is_symlink():
            raise Refusal(f"{way} is a symbolic link", "put a real folder or file there; gen reads nothing through links")


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
