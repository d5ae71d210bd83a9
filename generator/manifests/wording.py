"""How a wrong key or type is told: what stands there, what should, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.manifests.problem import shown
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.source import Route, Written

_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "empty",
}


_MOST = 2**64  # of a whole number; what is larger is read as a fraction
RANGES = {"int32": 2**31, "int64": 2**63}  # what an integer of a format is below


def number(text: str) -> float | None:
    """What Kustomize makes of a number that is written in another form; None if it is too large for
    one."""
    whole = _read(text)
    if whole is None or abs(whole) < _MOST:
        return whole
    try:
        large = float(whole)
    except OverflowError:
        return None
    return large if abs(large) < float("inf") else None


def _read(text: str) -> float | None:
    plain = text.replace("_", "").lower().lstrip("+")
    sign, digits = (-1, plain[1:]) if plain.startswith("-") else (1, plain)
    try:
        if digits.startswith(("0x", "0o", "0b")):
            return sign * int(digits, 0)
        if digits.startswith("0") and digits.isdigit():
            return sign * (int(digits, 8) if set(digits) <= set("01234567") else int(digits))
        return sign * (int(digits) if digits.isdigit() else float(digits))
    except (ValueError, OverflowError):
        return None


def type_of(value: Any) -> str:
    """The word of JSON Schema for what stands there."""
    if isinstance(value, Written):
        size = number(value)
        return "integer" if size is not None and float(size).is_integer() else "number"
    for kind, word in (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (dict, "object"),
        (list, "array"),
    ):
        if isinstance(value, kind):
            return word
    return "null"


def names(types: Sequence[str]) -> str:
    """Types in words: "text or a whole number"."""
    return " or ".join(_NAMES[word] for word in types if word != "null")


def wrong_type(key: str, value: Any, types: Sequence[str]) -> tuple[str, str]:
    """(message, hint) for a value of another type."""
    kind = type_of(value)
    what = _NAMES[kind]
    if kind not in ("object", "array"):
        what = f'the text "{shown(value)}"' if kind == "string" else f"{what}, {_plain(value)}"
    return f"{key} must be {names(types)}, and this is {what}", _instead(value, kind, types)


def _instead(value: Any, kind: str, types: Sequence[str]) -> str:
    if "string" in types and kind in ("integer", "number", "boolean"):
        return f'quote it: "{_plain(value)}"'
    if kind == "string" and _fits_unquoted(value, types):
        return f"write {value} without quotes"
    if "array" in types:
        if kind == "string":
            return f"write a list: {_as_list(value)}"
        return "begin each item with `- `"
    if "object" in types:
        return "write `key: value` lines below it"
    return f"write {names(types)}"


def _fits_unquoted(value: str, types: Sequence[str]) -> bool:
    if "boolean" in types:
        return value in ("true", "false")
    return bool(set(types) & {"integer", "number"}) and value.lstrip("-").isdecimal()


def _as_list(text: str) -> str:
    import shlex

    try:
        words = shlex.split(text)
    except ValueError:
        words = [text]
    return shown("[" + ", ".join(f'"{word}"' for word in words) + "]", 80)


def _plain(value: Any) -> str:
    return shown(str(value).lower() if isinstance(value, bool) else value)


Level = tuple[Route, Mapping[str, Any]]  # where an object stands, and the keys that it may have


def unknown_key(
    key: str, here: Level, above: Sequence[Level], below: Iterator[tuple[str, Mapping[str, Any]]]
) -> str:
    """A hint: where the key belongs, if a level near by has it; else the nearest word."""
    for route, known in reversed(above):
        if key in known:
            return f"`{key}` belongs in {spelled(route)}: indent it less"
    near = did_you_mean(key, here[1])
    if near.startswith("did you mean"):
        return near
    same = {word.lower(): word for word in here[1]}
    if key.lower() in same:
        return f"did you mean `{same[key.lower()]}`?"
    for path, known in below:
        if key in known:
            return f"`{key}` belongs in {spelled((*here[0], path))}"
    for route, known in reversed(above):
        hint = did_you_mean(key, known)
        if hint.startswith("did you mean"):
            return f"{hint.removesuffix('?')} in {spelled(route)}?"
    return near


def spelled(route: Route) -> str:
    """`spec.template.spec.containers[0]`."""
    text = ""
    for part in route:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"`{text.lstrip('.')}`" if text else "the top level"
