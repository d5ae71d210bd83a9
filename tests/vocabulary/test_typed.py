"""What is written by its type comes back as it was, and as what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

import pytest

from generator.vocabulary import typed
from generator.vocabulary.later import Later


class Point(NamedTuple):
    name: str
    beside: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class Whole:
    day: date | None
    points: frozenset[Point]
    of: Mapping[Point, tuple[Point, Literal["a", "b"]]]
    plain: Mapping[str, int | str]
    lists: dict[str, list[Point]]


WHOLE = Whole(
    date(2030, 1, 31),
    frozenset({Point("a"), Point("b", (1, "1"))}),
    {Point("a", ("é\n\0",)): (Point("c"), "b")},
    {"one": 1, "two": "2"},
    {"": [Point("d"), Point("e", (2,))]},
)
OTHERS = [
    (Point, Point("a", (1, "b"))),
    (Mapping[str, Any], {"a": [None, True, {"b": 10**17}]}),
    (tuple[tuple[str, Point | None], ...], (("a", None), ("b", Point("c")))),
    (None, None),
]


@pytest.mark.parametrize("kind, value", OTHERS)
def test_it_comes_back(kind: Any, value: object) -> None:
    again = typed.unpacked(kind, typed.packed(kind, value))
    assert again == value and type(again) is type(value)


def test_mappings_of_a_whole_are_made_when_they_are_read() -> None:
    again = typed.unpacked(Whole, typed.packed(Whole, WHOLE))
    assert isinstance(again.of, Later) and "_made" not in vars(again.of)
    assert Whole(again.day, again.points, *map(dict, (again.of, again.plain, again.lists))) == WHOLE
    assert {type(point) for point in again.points} == {Point}


@pytest.mark.parametrize("kind", [object, bytes, str | Point, tuple[object, ...]])
def test_what_has_no_plain_form_is_refused(kind: Any) -> None:
    with pytest.raises(TypeError):
        typed.plain(kind)
    with pytest.raises(TypeError):
        typed.made(kind)
