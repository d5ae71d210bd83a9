"""Values as plain data, by their types: what a type says decides how a value is written and read,
so that nothing which is read can run or stand in for something else.

Named tuples and dataclasses are lists of their fields, mappings with keys beside text are lists of
pairs, all else is what JSON has. A dataclass of mappings is packed field by field, and each is made
when somebody reads it."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

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


class Ways(NamedTuple):
    """How a value of a type is written, and how it is made of what was written."""

    plain: Way
    made: Way


def plain(kind: Any) -> Way:
    """How a value of a type is written."""
    return _ways(kind).plain


def made(kind: Any) -> Way:
    """How a value of a type is made of what was written."""
    return _ways(kind).made


_AS_IT_IS = Ways(_same, _same)


@cache
def _ways(kind: Any) -> Ways:
    if kind is date:
        return Ways(date.isoformat, date.fromisoformat)
    if _is_union(kind):
        return _one(kind)
    if get_origin(kind) in (tuple, list, frozenset):
        return _listed(kind)
    if _is_mapping(kind):
        return _paired(*get_args(kind))
    if is_dataclass(kind) or hasattr(kind, "_fields"):
        return _fielded(kind)
    if kind in (None, str, int, bool, Any) or get_origin(kind) is Literal:
        return _AS_IT_IS
    raise TypeError(f"{kind} has no plain form")


def _one(kind: Any) -> Ways:
    """Of a union: of plain things alone, or of one thing that may be missing."""
    members = _members(kind)
    found = set(map(_ways, members))
    if len(members) > 1 and found != {_AS_IT_IS}:
        raise TypeError(f"{kind} does not say how it is written")
    ways = found.pop()
    return Ways(_if_there(ways.plain), _if_there(ways.made))


def _if_there(way: Way) -> Way:
    return way if way is _same else lambda value: None if value is None else way(value)


def _listed(kind: Any) -> Ways:
    origin, members = get_origin(kind), get_args(kind)
    if origin is tuple and members[-1] is not ...:
        return _row(members, tuple)
    to, back = _ways(members[0])
    read: Way = origin if back is _same else lambda data: origin(back(each) for each in data)
    if origin is frozenset:
        return Ways(lambda value: [to(each) for each in sorted(value)], read)
    return Ways(_same if to is _same else lambda value: [to(each) for each in value], read)


def _row(members: Iterable[Any], of: Way) -> Ways:
    """Of a tuple whose places have each a type of their own."""
    ways = list(map(_ways, members))
    to = [each.plain for each in ways]
    back = [each.made for each in ways]
    return Ways(
        lambda value: [way(each) for way, each in zip(to, value, strict=True)],
        lambda data: of(way(each) for way, each in zip(back, data, strict=True)),
    )


def _fielded(kind: Any) -> Ways:
    """Of what has fields with names: a list of them, in order."""
    ways = [(name, _ways(of)) for name, of in _fields(kind)]
    to = [(name, each.plain) for name, each in ways]
    back = [each.made for _, each in ways]
    return Ways(
        lambda value: [way(getattr(value, name)) for name, way in to],
        lambda data: kind(*(way(each) for way, each in zip(back, data, strict=True))),
    )


def _paired(key: Any, value: Any) -> Ways:
    key_to, key_back = _ways(key)
    to, back = _ways(value)
    if key is not str:
        return Ways(
            lambda held: [[key_to(name), to(each)] for name, each in held.items()],
            lambda data: {key_back(name): back(each) for name, each in data},
        )
    read = _same if back is _same else lambda data: {name: back(v) for name, v in data.items()}
    return Ways(lambda held: {name: to(each) for name, each in held.items()}, read)
