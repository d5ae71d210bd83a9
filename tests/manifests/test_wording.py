"""How a wrong key or type is told: what stands there, what should, and what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from generator.manifests.wording import number, spelled, type_of, unknown_key, wrong_type
from generator.vocabulary.source import Written


@pytest.mark.parametrize(
    "value, types, message, hint",
    [
        (7, ["string"], "`a` must be text, and this is a whole number, 7", 'quote it: "7"'),
        (1.5, ["string"], "`a` must be text, and this is a number, 1.5", 'quote it: "1.5"'),
        (True, ["string"], "`a` must be text, and this is true or false, true", 'quote it: "true"'),
        ("7", ["integer"], '`a` must be a whole number, and this is the text "7"', "write 7 without quotes"),
        ("-7", ["number"], '`a` must be a number, and this is the text "-7"', "write -7 without quotes"),
        ("7x", ["integer"], '`a` must be a whole number, and this is the text "7x"', "write a whole number"),
        ("true", ["boolean"], '`a` must be true or false, and this is the text "true"', "write true without quotes"),
        ("yes", ["boolean"], '`a` must be true or false, and this is the text "yes"', "write true or false"),
        ("7", ["boolean"], '`a` must be true or false, and this is the text "7"', "write true or false"),
        ("a b", ["array"], '`a` must be a list, and this is the text "a b"', 'write a list: ["a", "b"]'),
        ("a 'b", ["array", "null"], '`a` must be a list, and this is the text "a \'b"', "write a list: [\"a 'b\"]"),
        (7, ["array"], "`a` must be a list, and this is a whole number, 7", "begin each item with `- `"),
        ({}, ["array"], "`a` must be a list, and this is a mapping", "begin each item with `- `"),
        ([], ["object"], "`a` must be a mapping, and this is a list", "write `key: value` lines below it"),
        ("7", ["object"], '`a` must be a mapping, and this is the text "7"', "write `key: value` lines below it"),
        ([], ["string", "integer"], "`a` must be text or a whole number, and this is a list", "write text or a whole number"),
        ({}, ["boolean"], "`a` must be true or false, and this is a mapping", "write true or false"),
    ],
)  # fmt: skip
def test_a_value_of_another_type(value: Any, types: list[str], message: str, hint: str) -> None:
    assert wrong_type("`a`", value, types) == (message, hint)


@pytest.mark.parametrize(
    "text, value",
    [
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("1_0", 10),
        ("0x1F", 31),
        ("-0b11", -3),
        ("0o17", 15),
        ("017", 15),
        ("018", 18),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("a", None),
        ("0x", None),
        (str(2**64 - 1), 2**64 - 1),
        (str(2**64), float(2**64)),
        ("9" * 400, None),
        ("1e400", None),
    ],
)
def test_what_kustomize_makes_of_a_number(text: str, value: float | None) -> None:
    made = number(text)
    assert (type(made), made) == (type(value), value)


@pytest.mark.parametrize(
    "value, kind",
    [
        (Written("7"), "integer"),
        (Written("1.5"), "number"),
        (Written("1e3"), "integer"),
        (Written("a"), "number"),
        (True, "boolean"),
        (7, "integer"),
        (1.5, "number"),
        ("a", "string"),
        ({}, "object"),
        ([], "array"),
        (None, "null"),
    ],
)
def test_the_type_of_what_stands_there(value: Any, kind: str) -> None:
    assert type_of(value) == kind


def hint(key: str, **levels: Any) -> str:
    """`above`: what the top may have; `here`: what `spec` may have; `below`: what is below it."""
    above = [((), dict.fromkeys(levels.get("above", ()))), (("a",), {})]
    here = (("spec",), dict.fromkeys(levels.get("here", ())))
    return unknown_key(key, here, above, iter(levels.get("below", ())))


def test_where_an_unknown_key_belongs() -> None:
    assert hint("spec", above=["spec"]) == "`spec` belongs in the top level: indent it less"
    assert hint("replcas", here=["replicas"]) == "did you mean `replicas`?"
    assert hint("HOSTIPC", here=["hostIPC", "a"]) == "did you mean `hostIPC`?"
    below = [("x[]", {"b": 1}), ("y", {"a": 1}), ("z", {"a": 1})]
    assert hint("a", here=["name"], below=below) == "`a` belongs in `spec.y`"
    assert hint("metdata", above=["metadata"]) == "did you mean `metadata` in the top level?"
    assert hint("zzz", here=["name", "image"]) == "known: image, name"


def test_a_route_in_words() -> None:
    assert spelled(("spec", "containers", 0, "name")) == "`spec.containers[0].name`"
    assert spelled(()) == "the top level"
