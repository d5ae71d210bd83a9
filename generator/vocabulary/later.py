"""What is made only if somebody reads it."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from functools import cached_property
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Later(Mapping[K, V]):
    """A mapping that is made when it is first read. What it is made from is let go then."""

    def __init__(self, make: Callable[[], dict[K, V]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> dict[K, V]:
        made = self._make()
        self._make = dict
        return made

    def __getitem__(self, key: K) -> V:
        return self._made[key]

    # As Mapping has them, without a call in Python for each key.
    def __contains__(self, key: object) -> bool:
        return key in self._made

    def keys(self) -> KeysView[K]:
        return self._made.keys()

    def values(self) -> ValuesView[V]:
        return self._made.values()

    def items(self) -> ItemsView[K, V]:
        return self._made.items()

    def __iter__(self) -> Iterator[K]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)
