"""jsonschema, with what a server adds to it for custom kinds. Loading it is slow: see `crds.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from generator.manifests.rules import syntax
from generator.manifests.rules.rule import Check
from generator.manifests.structural import Unusable
from generator.manifests.wording import RANGES
from generator.vocabulary.nodes import listed, mappings

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 23
_FORMATS: dict[str, Check] = {
    "byte": syntax.base64,
    "date-time": syntax.time,
    "duration": syntax.duration,
    "ipv4": syntax.address,
    "ipv6": syntax.address,
    "cidr": syntax.network,
}


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        raise Unusable(f"the pattern {pattern[:60]} cannot be read") from error


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not _compiled(pattern).search(value):
        yield ValidationError("does not match")


def _format(_: Any, form: str, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and form in _FORMATS and (not value or any(_FORMATS[form](value))):
        yield ValidationError("is of another form")
    limit = RANGES.get(form)
    if limit and isinstance(value, int) and not -limit <= value < limit:
        yield ValidationError("is out of range")


def _own_keys(_: Any, keys: list[str], value: Any, __: Any) -> Iterator[ValidationError]:
    """Items of a list that are told apart by some of their fields."""
    yield from _doubles([[item.get(key) for key in keys] for item in mappings(value)])


def _set(_: Any, kind: str, value: Any, __: Any) -> Iterator[ValidationError]:
    if kind == "set":
        yield from _doubles(listed(value))


def _doubles(items: list[Any]) -> Iterator[ValidationError]:
    seen = [json.dumps(item, sort_keys=True) for item in items]
    if len(set(seen)) < len(seen):
        yield ValidationError("holds an item twice")


VALIDATOR: Any = extend(
    Draft202012Validator,
    {
        "pattern": _pattern,
        "format": _format,
        "x-kubernetes-list-map-keys": _own_keys,
        "x-kubernetes-list-type": _set,
    },
)
