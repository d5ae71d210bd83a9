"""The shapes of rules, and small readers of documents that may hold anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from generator.manifests.problem import BROKEN, TOGETHER, VALUE, Problem
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.nodes import below
from generator.vocabulary.source import Route

Object = Mapping[str, Any]
Rule = Callable[[Object], Iterator[Problem]]  # an object → what is wrong, by routes from it
Wrong = tuple[Route, str, str]  # route from the value, what is wrong with it, what to do
Check = Callable[[Any], Iterator[Wrong]]


def conflict(message: str, hint: str, *route: str | int) -> Problem:
    """Parts that contradict each other, or one that is missing."""
    return Problem(TOGETHER, route, message, hint)


def refused(message: str, hint: str, *route: str | int) -> Problem:
    """A value that the server refuses."""
    return Problem(VALUE, route, message, hint)


def broken(message: str, hint: str, *route: str | int) -> Problem:
    """What a server takes and nobody can use."""
    return Problem(BROKEN, route, message, hint)


def choice(value: str, taken: Iterable[str]) -> str:
    """A hint: the word that was meant, or all."""
    taken = sorted(taken)
    same = {word.lower(): word for word in taken}
    if value.lower() in same:
        return f"did you mean `{same[value.lower()]}`?"
    hint = did_you_mean(value, taken)
    return hint if hint.startswith("did you mean") else f"write one of {', '.join(taken[:12])}"


def given(value: Any, key: str) -> bool:
    """Whether a key says something. Null, an empty text and an empty list say nothing to a server;
    `{}` does."""
    return below(value, key) not in (None, "", [])
