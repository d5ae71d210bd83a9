"""One is one, and all else is many."""

from __future__ import annotations

import pytest

from generator.vocabulary.plural import count


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
