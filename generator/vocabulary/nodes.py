"""Small readers of documents that may hold anything: what is of another shape than was asked for
is as if it were not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Node = Mapping[str, Any]


def below(value: Any, *route: str | int) -> Any:
    """What stands at a route of keys and indices, or None."""
    for part in route:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def mapping(value: Any, *route: str | int) -> Node:
    """A mapping, or an empty one."""
    there = below(value, *route)
    return there if isinstance(there, dict) else {}


def listed(value: Any, *route: str | int) -> list[Any]:
    """A list, or an empty one."""
    there = below(value, *route)
    return there if isinstance(there, list) else []


def numbered(value: Any, *route: str | int) -> list[tuple[int, Node]]:
    """(index, mapping) of the mappings in a list."""
    there = enumerate(listed(value, *route))
    return [(index, each) for index, each in there if isinstance(each, dict)]


def mappings(value: Any, *route: str | int) -> list[Node]:
    """The mappings in a list."""
    return [each for each in listed(value, *route) if isinstance(each, dict)]


def text(value: Any, *route: str | int) -> str:
    """A text, or an empty one."""
    there = below(value, *route)
    return there if isinstance(there, str) else ""


def whole(value: Any, *route: str | int) -> int | None:
    """A whole number, or None."""
    there = below(value, *route)
    return there if isinstance(there, int) and not isinstance(there, bool) else None
