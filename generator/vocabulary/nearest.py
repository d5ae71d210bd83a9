"""The known word that a misspelt one was meant to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

from generator.vocabulary.refusal import Refusal


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that ends in the nearest known word, or lists what there is."""
    import difflib  # loaded where a word is wrong

    known, word = sorted(known), word[:64]
    if near := difflib.get_close_matches(word, _alike(word, tuple(known)), n=1, cutoff=0.6):
        return f"did you mean `{near[0]}`?"
    if not known:
        return "there is none yet"
    return f"known: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}"


def known(word: str | None, there: Iterable[str], what: str) -> None:
    """Refuses a word that names nothing, with the nearest that does."""
    there = list(there)
    if word is not None and word not in there:
        raise Refusal(f"there is no {what} `{word}`", did_you_mean(word, there), exit_code=2)


def _alike(word: str, known: tuple[str, ...]) -> list[str]:
    """The few known words that share most pairs of letters: comparing with all of thousands would
    take seconds."""
    index = _index(known)
    shared = Counter(chain.from_iterable(index.get(pair, ()) for pair in _pairs(word)))
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
