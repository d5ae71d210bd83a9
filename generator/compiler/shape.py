"""One file's data → one model, with pydantic's errors turned into findings that name the next
step."""

from __future__ import annotations

import types
from collections.abc import Mapping
from itertools import chain
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.source import Place
from generator.vocabulary.yaml_reader import MOST_TOLD

M = TypeVar("M", bound=BaseModel)

_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "tuple_type": "a list",
}
_LIMITS = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most")}
# What the mesh carries protocols as; docs/protocols.md.
_CARRIED = {
    **dict.fromkeys(
        ("https", "tls"), "write `tcp` if the application ends TLS itself, else `http`"
    ),
    **dict.fromkeys(
        ("websocket", "ws", "wss", "sse", "graphql", "grpc-web"),
        "write `http`: it begins as a request, which is routed by its colour",
    ),
    **dict.fromkeys(
        ("udp", "quic", "http3", "sctp"),
        "the mesh carries none of it: run it beside the mesh, shared by all lanes",
    ),
    **dict.fromkeys(
        ("mongo", "mysql", "postgres", "postgresql", "redis", "kafka", "amqp", "mqtt"),
        "write `tcp`; connections carry no colour",
    ),
    "h2c": "write `http2`",
}
_LENGTHS = {"too_short": "min_length", "too_long": "max_length", "string_too_long": "max_length"}


def shape(model: type[M], path: str, data: Mapping[str, Any]) -> Reading[M | None]:
    """The model of a file, or None and at least one finding."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = error.errors()
        for problem in problems[:MOST_TOLD]:
            if not _follows(problem, problems):
                yield _finding(model, path, data, dict(problem))
        return None


def _follows(problem: Any, problems: list[Any]) -> bool:
    """Whether a list is only too short because its items were refused."""
    location = problem["loc"]
    return problem["type"] == "too_short" and any(
        other["loc"][: len(location)] == location and other is not problem for other in problems
    )


def _finding(model: type[BaseModel], path: str, data: Any, problem: dict[str, Any]) -> Finding:
    kind, location, context = problem["type"], problem["loc"], problem.get("ctx", {})
    on_key = bool(location) and location[-1] == "[key]"
    place = Place(path, _route(data, location), on_key=on_key)
    last = str(place.route[-1]) if place.route else "the file"
    if kind == "extra_forbidden":
        return Finding(
            "GEN101",
            Place(path, place.route, on_key=True),
            f"unknown key `{last}`",
            did_you_mean(last, _keys(model, location[:-1])),
        )
    if kind == "missing":
        return Finding("GEN102", place, f"`{last}` is missing", f"add `{last}: …` here")
    if kind in _TYPES:
        return _wrong_type(place, last, _TYPES[kind], problem["input"])
    return Finding("GEN104", place, *_not_allowed(kind, last, problem, context))


def _wrong_type(place: Place, last: str, wanted: str, value: Any) -> Finding:
    if wanted == "text" and isinstance(value, bool | int):
        return Finding(
            "GEN103",
            place,
            f"`{last}` must be text, and this is "
            f"{'true or false' if isinstance(value, bool) else 'a number'} to YAML",
            f'write it in quotes: "{str(value).lower()}"',
        )
    hint = "write something, or delete the key" if value is None else f"write {wanted} here"
    return Finding("GEN103", place, f"`{last}` must be {wanted}", hint)


def _carried(protocol: str, allowed: str) -> str:
    """What to write for a protocol that is not one of those that are allowed."""
    if protocol == "https" and "'tls'" in allowed:
        return "write `tls`: the application begins it itself"
    return _CARRIED.get(protocol, allowed)


def _not_allowed(
    kind: str, last: str, problem: dict[str, Any], context: dict[str, Any]
) -> tuple[str, str]:
    if kind == "pattern":
        return f"`{_short(problem['input'])}` is not {context['what']}", "change it to fit"
    if kind == "date":
        return f"`{_short(problem['input'])}` {problem['msg']}", "write year-month-day"
    if kind == "literal_error":
        hint = f"one of {context['expected']}"
        if last == "protocol":
            hint = _carried(str(problem["input"]).lower(), hint)
        return f"`{_short(problem['input'])}` is not allowed for `{last}`", hint
    if kind in _LIMITS:
        limit, words = _LIMITS[kind]
        return (
            f"`{last}` must be {words} {context[limit]}",
            f"write a number that is {words} {context[limit]}",
        )
    if kind in _LENGTHS:
        limit = context[_LENGTHS[kind]]
        words = "at least" if kind.endswith("short") else "at most"
        unit = "characters" if kind.startswith("string") else "entries"
        return (
            f"`{last}` must have {words} {limit} {unit}",
            f"give it {words} {limit}",
        )
    says_what = kind in ("one", "carrier", "version", "jwks", "sticky")
    message = problem["msg"] if says_what else f"`{last}` {problem['msg']}"
    return message, "see the reference of this file"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _route(data: Any, location: tuple[Any, ...]) -> tuple[str | int, ...]:
    """Pydantic's location without the names of union members; what is missing stays as the last
    part."""
    route: list[str | int] = []
    for index, part in enumerate(location):
        if part == "[key]":
            break
        is_key = isinstance(data, Mapping) and part in data
        if is_key or (isinstance(data, list) and isinstance(part, int)):
            route.append(part)
            data = data[part]
        elif index == len(location) - 1 and isinstance(data, Mapping):
            route.append(part)
    return tuple(route)


def _keys(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """The keys that are known where a location leads."""
    here: Any = model
    for part in location:
        here = _below(here, part)
    models = filter(_is_model, _members(here))
    return list(chain.from_iterable(map(_fields, models)))


def _is_model(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, BaseModel)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    """The annotations of a model, by the keys that people write."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _members(annotation: Any) -> list[Any]:
    """The types an annotation allows, without Annotated and Optional."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return list(chain.from_iterable(map(_members, get_args(annotation))))
    return [annotation]


def _below(annotation: Any, part: Any) -> Any:
    """The annotation of one part of a location: a field, an item, a value, or a member of a tagged
    union."""
    for member in _members(annotation):
        below = _of_member(member, part)
        is_tag = get_origin(member) is dict and part in _tags(annotation)
        if below is not None and not is_tag:
            return below
    return annotation


def _of_member(member: Any, part: Any) -> Any:
    if _is_model(member):
        return _fields(member).get(part)
    if get_origin(member) is tuple and isinstance(part, int):
        return get_args(member)[0]
    if get_origin(member) is dict and isinstance(part, str):
        return get_args(member)[1]
    return None


def _tags(annotation: Any) -> set[str]:
    extras = chain.from_iterable(map(get_args, get_args(annotation)))
    return {extra.tag for extra in extras if isinstance(extra, Tag)}
