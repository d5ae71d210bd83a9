"""Numbers of things, in words, and the first of many."""

from __future__ import annotations

from collections.abc import Sequence


def count(number: int, thing: str) -> str:
    """`1 file`, `2 files`, `3 branches`."""
    if number == 1:
        return f"1 {thing}"
    return f"{number:,} {thing}{'es' if thing.endswith(('ch', 's')) else 's'}"


def some(texts: Sequence[str], most: int) -> str:
    """`a, b and 3 more`: of more than `most` only so many."""
    shown = ", ".join(texts[:most])
    if len(texts) > most:
        return f"{shown} and {len(texts) - most:,} more"
    return shown
