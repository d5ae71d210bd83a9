"""Values as plain data, by their types: what a type says decides how a value is written and read,
so that nothing which is read can run or stand in for something else.

Named tuples and dataclasses are lists of their fields, mappings with keys beside text are lists of
pairs, all else is what JSON has. A dataclass of mappings is packed field by field, and each is made
when somebody reads it."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from generator.vocabulary.later import Later

Way = Callable[[Any], Any]


def packed(kind: Any, value: Any) -> bytes:
    """A value of a type as bytes."""
    if not _is_parted(kind):
        return _text(plain(kind)(value))
    texts = [_text(plain(of)(getattr(value, name))) for name, of in _fields(kind)]
    return _text(list(map(len, texts))) + b"\n" + b"".join(texts)


def unpacked(kind: Any, content: bytes) -> Any:
    """The value of a type that bytes hold."""
    if not _is_parted(kind):
        return made(kind)(json.loads(content))
    sizes, _, content = content.partition(b"\n")
    parts = _cut(content, json.loads(sizes))
    return kind(*(_later(of, part) for (_, of), part in zip(_fields(kind), parts, strict=True)))


def _cut(content: bytes, sizes: list[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield content[start : start + size]
        start += size


def _later(kind: Any, content: bytes) -> Any:
    def read() -> Any:
        return made(kind)(json.loads(content))

    return Later(read) if _is_mapping(kind) else read()


def _text(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _is_parted(kind: Any) -> bool:
    return (
        isinstance(kind, type)
        and is_dataclass(kind)
        and any(_is_mapping(of) for _, of in _fields(kind))
    )


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) in (dict, Mapping)


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Names and types of the fields of a named tuple or a dataclass, in order."""
    hints = get_type_hints(kind)
    if is_dataclass(kind):
        return tuple((each.name, hints[each.name]) for each in fields(kind))
    return tuple((name, hints[name]) for name in kind._fields)


def _same(value: Any) -> Any:
    return value


def _members(kind: Any) -> list[Any]:
    """What a type is made of, as far as it decides how it is written: the one that is not None, of
    what may be None."""
    return [each for each in get_args(kind) if each is not types.NoneType]


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def _has_fields(kind: Any) -> bool:
    return is_dataclass(kind) or hasattr(kind, "_fields")


@cache
def plain(kind: Any) -> Way:
    """How a value of a type is written."""
    origin = get_origin(kind)
    if kind is date:
        return date.isoformat
    if _is_union(kind):
        way = _one(kind, plain)
        return way if way is _same else lambda value: None if value is None else way(value)
    if origin in (tuple, list, frozenset):
        return _listed(kind)
    if _is_mapping(kind):
        return _paired(*get_args(kind))
    if _has_fields(kind):
        ways = [(name, plain(of)) for name, of in _fields(kind)]
        return lambda value: [way(getattr(value, name)) for name, way in ways]
    return _as_it_is(kind)


def _one(kind: Any, ways: Callable[[Any], Way]) -> Way:
    """The way of a union: of plain things alone, or of one thing that may be missing."""
    members = _members(kind)
    found = {ways(member) for member in members}
    if len(members) > 1 and found != {_same}:
        raise TypeError(f"{kind} does not say how it is written")
    return found.pop()


def _as_it_is(kind: Any) -> Way:
    if kind in (None, str, int, bool, Any) or get_origin(kind) is Literal:
        return _same
    raise TypeError(f"{kind} has no plain form")


def _listed(kind: Any) -> Way:
    members = get_args(kind)
    if get_origin(kind) is tuple and members[-1] is not ...:
        ways = list(map(plain, members))
        return lambda value: [way(each) for way, each in zip(ways, value, strict=True)]
    way = plain(members[0])
    if get_origin(kind) is frozenset:
        return lambda value: [way(each) for each in sorted(value)]
    return _same if way is _same else lambda value: [way(each) for each in value]


def _paired(key: Any, value: Any) -> Way:
    of_key, of_value = plain(key), plain(value)
    if key is not str:
        return lambda held: [[of_key(name), of_value(each)] for name, each in held.items()]
    return lambda held: {name: of_value(each) for name, each in held.items()}


@cache
def made(kind: Any) -> Way:
    """How a value of a type is made of what was written."""
    origin = get_origin(kind)
    if kind is date:
        return date.fromisoformat
    if _is_union(kind):
        way = _one(kind, made)
        return way if way is _same else lambda data: None if data is None else way(data)
    if origin in (tuple, list, frozenset):
        return _made_of_list(kind)
    if _is_mapping(kind):
        return _made_of_pairs(*get_args(kind))
    if _has_fields(kind):
        ways = [made(of) for _, of in _fields(kind)]
        return lambda data: kind(*(way(each) for way, each in zip(ways, data, strict=True)))
    return _as_it_is(kind)


def _made_of_list(kind: Any) -> Way:
    origin, members = get_origin(kind), get_args(kind)
    if origin is tuple and members[-1] is not ...:
        ways = list(map(made, members))
        return lambda data: tuple(way(each) for way, each in zip(ways, data, strict=True))
    way = made(members[0])
    return origin if way is _same else lambda data: origin(way(each) for each in data)


def _made_of_pairs(key: Any, value: Any) -> Way:
    of_key, of_value = made(key), made(value)
    if key is not str:
        return lambda data: {of_key(name): of_value(each) for name, each in data}
    return _same if of_value is _same else lambda data: {n: of_value(v) for n, v in data.items()}
