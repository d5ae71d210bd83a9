"""Numbers of things, in words."""

from __future__ import annotations


def count(number: int, thing: str) -> str:
    """`1 file`, `2 files`, `3 branches`."""
    if number == 1:
        return f"1 {thing}"
    return f"{number:,} {thing}{'es' if thing.endswith(('ch', 's')) else 's'}"
