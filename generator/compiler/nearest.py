"""The known word that a misspelt one was meant to be."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that ends in the nearest known word, or lists what there is."""
    known, word = sorted(known), word[:64]
    if near := difflib.get_close_matches(word, _alike(word, tuple(known)), n=1, cutoff=0.6):
        return f"did you mean `{near[0]}`?"
    return f"known: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}" if known else "there is none yet"


def _alike(word: str, known: tuple[str, ...]) -> list[str]:
    """The few known words that share most pairs of letters: comparing with all of thousands would take seconds."""
    shared = Counter(other for pair in _pairs(word) for other in _index(known).get(pair, ()))
    return sorted(shared, key=lambda other: (-shared[other], other))[:8]


@lru_cache(maxsize=8)
def _index(known: tuple[str, ...]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for word in known:
        for pair in _pairs(word):
            index.setdefault(pair, []).append(word)
    return index


def _pairs(word: str) -> set[str]:
    return {one + two for one, two in zip(" " + word, word + " ", strict=True)}
