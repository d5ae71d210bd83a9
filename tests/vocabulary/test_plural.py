"""One is one, and all else is many."""

from __future__ import annotations

import pytest

from generator.vocabulary.plural import count, some


@pytest.mark.parametrize(
    "number, thing, said",
    [
        (0, "file", "0 files"),
        (1, "file", "1 file"),
        (2, "file", "2 files"),
        (1, "branch", "1 branch"),
        (1200, "branch", "1,200 branches"),
    ],
)
def test_counts(number: int, thing: str, said: str) -> None:
    assert count(number, thing) == said


def test_of_many_the_first_are_named() -> None:
    assert some([], 2) == "" and some(["a"], 2) == "a" and some(["a", "b"], 2) == "a, b"
    assert some(["a"] * 1003, 2) == "a, a and 1,001 more"
