"""Plain values → YAML text that every YAML 1.1 and 1.2 reader reads alike.

A string stays bare only if it looks like a word or a path to all of them; everything else is
double-quoted with escapes that both versions know. So `no`, `1e3`, `12:30:45` and `0o17` arrive as
they were written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

HEADER = "# Written by gen. Edit environments/ or overlays/ of the source branch instead.\n"

_BARE = re.compile(r"(?:\.\./)*[A-Za-z_/][A-Za-z0-9_./-]*")
_ASCII = re.compile(r"[ !#-\[\]-~]*")  # what needs no escape between quotes
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


class Block(str):
    """Text of many lines, printed as a literal block. Lines have no trailing blanks, the first no
    leading one."""

    __slots__ = ()


class Shared(dict[str, Any]):
    """A mapping that stands in many documents: it is printed once for each depth that it stands at,
    and never changed."""

    __slots__ = ("printed",)

    def __init__(self, content: Mapping[str, Any]) -> None:
        super().__init__(content)
        self.printed: dict[str, str] = {}


def documents(*values: Any) -> str:
    """A file of one or more documents."""
    return HEADER + "---\n".join(document(value) for value in values)


def document(value: Any) -> str:
    lines: list[str] = []
    _block(value, "", lines)
    return "\n".join(lines) + "\n"


def scalar(value: Any) -> str:
    """One scalar as it stands in YAML."""
    if isinstance(value, str):
        return _string(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@lru_cache(maxsize=1 << 16)  # labels, hosts and keys come again and again
def _string(text: str) -> str:
    if _BARE.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if _ASCII.fullmatch(text):
        return f'"{text}"'
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    """A character as it stands between double quotes."""
    if character in _ESCAPES:
        return _ESCAPES[character]
    if " " <= character <= "~":
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _block(value: Any, indent: str, lines: list[str]) -> None:
    if isinstance(value, Shared):
        if indent not in value.printed:
            own: list[str] = []
            _block(dict(value), indent, own)
            value.printed[indent] = "\n".join(own)
        lines.append(value.printed[indent])
    elif isinstance(value, dict):
        deeper = indent + "  "
        for key, item in value.items():
            if type(item) is str:  # as most are: a call less for each
                lines.append(f"{indent}{_string(key)}: {_string(item)}")
            else:
                _entry(f"{indent}{_string(key)}:", item, deeper, lines)
    else:
        for item in value:
            if type(item) is str:
                lines.append(f"{indent}- {_string(item)}")
            else:
                _item(item, indent, lines)


def _entry(head: str, item: Any, indent: str, lines: list[str]) -> None:
    if isinstance(item, Block):
        lines.append(f"{head} |")
        lines.extend(indent + line if line else "" for line in item.rstrip("\n").split("\n"))
    elif isinstance(item, dict | list | tuple) and item:
        lines.append(head)
        _block(item, indent, lines)
    else:
        lines.append(f"{head} {_empty(item)}")


def _item(item: Any, indent: str, lines: list[str]) -> None:
    if isinstance(item, dict | list | tuple) and item:
        start = len(lines)
        _block(item, indent + "  ", lines)
        lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"
    else:
        lines.append(f"{indent}- {_empty(item)}")


def _empty(item: Any) -> str:
    if isinstance(item, dict):
        return "{}"
    return "[]" if isinstance(item, list | tuple) else scalar(item)
