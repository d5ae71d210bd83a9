"""One file's data → one model, with pydantic's errors turned into findings that name the next step."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from generator.compiler.nearest import did_you_mean
from generator.compiler.yaml_reader import MOST_TOLD
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

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
_LENGTHS = {"too_short": "min_length", "too_long": "max_length", "string_too_long": "max_length"}


def shape(model: type[M], path: str, data: Mapping[str, Any], found: list[Finding]) -> M | None:
    """The model of a file, or None and at least one new finding."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = error.errors()
        found.extend(_finding(model, path, data, dict(problem)) for problem in problems[:MOST_TOLD] if not _follows(problem, problems))
        return None


def _follows(problem: Any, problems: list[Any]) -> bool:
    """Whether a list is only too short because its items were refused."""
    location = problem["loc"]
    return problem["type"] == "too_short" and any(other["loc"][: len(location)] == location and other is not problem for other in problems)


def _finding(model: type[BaseModel], path: str, data: Any, problem: dict[str, Any]) -> Finding:
    kind, location, context = problem["type"], problem["loc"], problem.get("ctx", {})
    on_key = bool(location) and location[-1] == "[key]"
    place = Place(path, _route(data, location), on_key=on_key)
    last = str(place.route[-1]) if place.route else "the file"
    if kind == "extra_forbidden":
        return Finding("GEN101", Place(path, place.route, on_key=True), f"unknown key `{last}`", did_you_mean(last, _keys(model, location[:-1])))
    if kind == "missing":
        return Finding("GEN102", place, f"`{last}` is missing", f"add `{last}: …` here")
    if kind in _TYPES:
        return _wrong_type(place, last, _TYPES[kind], problem["input"])
    return Finding("GEN104", place, *_not_allowed(kind, last, problem, context))


def _wrong_type(place: Place, last: str, wanted: str, value: Any) -> Finding:
    if wanted == "text" and isinstance(value, bool | int):
        return Finding("GEN103", place, f"`{last}` must be text, and this is {'true or false' if isinstance(value, bool) else 'a number'} to YAML",
                       f'write it in quotes: "{str(value).lower()}"')
    hint = "write something, or delete the key" if value is None else f"write {wanted} here"
    return Finding("GEN103", place, f"`{last}` must be {wanted}", hint)


def _not_allowed(kind: str, last: str, problem: dict[str, Any], context: dict[str, Any]) -> tuple[str, str]:
    if kind == "pattern":
        return f"`{_short(problem['input'])}` is not {context['what']}", "change it to fit"
    if kind == "date":
        return f"`{_short(problem['input'])}` {problem['msg']}", "write year-month-day"
    if kind == "literal_error":
        return f"`{_short(problem['input'])}` is not allowed for `{last}`", f"one of {context['expected']}"
    if kind in _LIMITS:
        limit, words = _LIMITS[kind]
        return f"`{last}` must be {words} {context[limit]}", f"write a number that is {words} {context[limit]}"
    if kind in _LENGTHS:
        limit = context[_LENGTHS[kind]]
        words = "at least" if kind.endswith("short") else "at most"
        return f"`{last}` must have {words} {limit} {'characters' if kind.startswith('string') else 'entries'}", f"give it {words} {limit}"
    return f"`{last}` {problem['msg']}" if kind not in ("one", "carrier", "version", "jwks", "sticky") else problem["msg"], "see the reference of this file"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _route(data: Any, location: tuple[Any, ...]) -> tuple[str | int, ...]:
    """pydantic's location without the names of union members; what is missing stays as the last part."""
    route: list[str | int] = []
    for index, part in enumerate(location):
        if part == "[key]":
            break
        if isinstance(data, Mapping) and part in data or isinstance(data, list) and isinstance(part, int):
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
    members = [member for member in _members(here) if isinstance(member, type) and issubclass(member, BaseModel)]
    return [field.alias or name for member in members for name, field in member.model_fields.items()]


def _members(annotation: Any) -> list[Any]:
    """The types an annotation allows, without Annotated and Optional."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [member for argument in get_args(annotation) for member in _members(argument)]
    return [annotation]


def _below(annotation: Any, part: Any) -> Any:
    """The annotation of one part of a location: a field, an item, a value, or a member of a tagged union."""
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            for name, field in member.model_fields.items():
                if part == (field.alias or name):
                    return field.annotation
        elif get_origin(member) is tuple and isinstance(part, int):
            return get_args(member)[0]
        elif get_origin(member) is dict and isinstance(part, str) and part not in _tags(annotation):
            return get_args(member)[1]
    return annotation


def _tags(annotation: Any) -> set[str]:
    return {extra.tag for argument in get_args(annotation) for extra in get_args(argument) if isinstance(extra, Tag)}
