"""Edits of YAML text that keep every comment and every other byte.

The text is composed into nodes, which know where they stand, and spliced there; nothing is printed anew.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import yaml

from generator.compiler.emit.yaml_text import scalar
from generator.compiler.yaml_reader import read
from generator.vocabulary.findings import Finding, Findings
from generator.vocabulary.refusal import Refusal

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document:
    """The text of one configuration file. Line ends and a byte order mark stay as they are."""

    def __init__(self, path: str, raw: bytes) -> None:
        found: list[Finding] = []
        if read(path, raw, found) is None:
            raise Findings(found)
        text = raw.decode("utf-8")
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        self._ends = "\r\n" if "\r\n" in text else "\n"
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n")

    @property
    def raw(self) -> bytes:
        return (self._mark + self.text.replace("\n", self._ends)).encode()

    def set(self, route: tuple[str, ...], value: str | int) -> None:
        """Puts a scalar at a route of keys; mappings that are missing on the way are made, in the style around them."""
        key, node, left = self._walk(route)
        if not left:
            self._splice(node, scalar(value))
        elif isinstance(node, yaml.MappingNode):
            self._add(node, left[0], _flow(left[1:], value))
        elif isinstance(node, yaml.ScalarNode) and node.value == "" and key is not None:
            at = key.end_mark.index + self.text[key.end_mark.index :].index(":") + 1
            self.text = self.text[:at] + " " + _flow(left, value) + self.text[at:]
        else:
            raise Refusal(f"`{'.'.join(route[: -len(left)])}` is no mapping", "write it as a mapping first")

    def rename(self, route: tuple[str, ...], name: str) -> None:
        """Gives the last key of a route another name."""
        key, _, left = self._walk(route)
        if left or key is None:
            raise ValueError(f"no key at {route}")
        self._splice(key, scalar(name))

    def _walk(self, route: tuple[str, ...]) -> tuple[Any, Any, tuple[str, ...]]:
        """(last key node, last value node, the part of the route that is not there)."""
        key, node = None, yaml.compose(self.text, Loader=_Loader)
        for depth, part in enumerate(route):
            pairs = node.value if isinstance(node, yaml.MappingNode) else []
            found = next((pair for pair in pairs if pair[0].value == part), None)
            if found is None:
                return key, node, route[depth:]
            key, node = found
        return key, node, ()

    def _splice(self, node: Any, text: str) -> None:
        start, end = node.start_mark.index, node.end_mark.index
        gap = " " if start == end else ""
        self.text = self.text[:start] + gap + text + self.text[end:]

    def _add(self, node: Any, key: str, value: str) -> None:
        entry = f"{scalar(key)}: {value}"
        if node.flow_style:
            at = _end(node.value[-1][1]) if node.value else node.start_mark.index + 1
            self.text = self.text[:at] + (", " if node.value else "") + entry + self.text[at:]
            return
        at = self.text.find("\n", _last_character(self.text, node))
        at = len(self.text) if at < 0 else at
        self.text = self.text[:at] + "\n" + " " * node.value[0][0].start_mark.column + entry + self.text[at:]


def _flow(keys: tuple[str, ...], value: str | int) -> str:
    text = scalar(value)
    for key in reversed(keys):
        text = "{" + f"{scalar(key)}: {text}" + "}"
    return text


def _end(node: Any) -> int:
    """Index behind a node inside a flow collection."""
    return int(node.end_mark.index)


def _last_character(text: str, node: Any) -> int:
    """Index of the last character that belongs to a block node; the node's own end lies behind comments that follow."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return len(text[: node.end_mark.index].rstrip("\n ")) - 1
    return max(int(node.end_mark.index) - 1, 0)


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


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
