"""Structural schemas of CustomResourceDefinitions, as JSON Schema; and documents as a server reads
them before it looks.

A server fills in defaults, also for nulls, and (asked to be strict) refuses keys that the schema
does not name. A null without a default is a value of a wrong type to a server-side apply, and what
a merge takes away in a patch. Inside anyOf, oneOf, allOf and not a schema only narrows values:
nothing is closed there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from generator.manifests.wording import number
from generator.vocabulary.nodes import below, listed, mapping
from generator.vocabulary.source import Written

_OPEN = "x-kubernetes-preserve-unknown-fields"
_EITHER = "x-kubernetes-int-or-string"
_EMBEDDED = "x-kubernetes-embedded-resource"
_RULES = "x-kubernetes-validations"
_META = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"type": "object"},
}
_COUNTS = (
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
)
_TYPES = ("object", "array", "string", "integer", "number", "boolean")
Schema = Mapping[str, Any]


class Unusable(Exception):
    """A definition that cannot be read, or that no server would take."""


def rules(schema: Any) -> int:
    """How many rules in CEL a schema holds."""
    if isinstance(schema, dict):
        return len(listed(schema, _RULES)) + sum(map(rules, schema.values()))
    return sum(map(rules, listed(schema)))


def converted(schema: Schema, partial: bool = False) -> dict[str, Any]:
    """JSON Schema for documents of a kind; for `partial` ones, nothing is required."""
    made = _Conversion(partial).structural(schema)
    made["properties"] = {"status": {}, **_META} | made.get("properties", {})
    made["properties"] |= {"metadata": _open(made["properties"]["metadata"]), "status": True}
    return made


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    """Metadata is Kubernetes' own; a definition may only narrow its name."""
    return {
        key: value for key, value in schema.items() if key not in ("additionalProperties", "type")
    }


class _Conversion:
    def __init__(self, partial: bool) -> None:
        self.partial = partial

    def structural(self, schema: Any) -> dict[str, Any]:
        """A schema that says which keys there are."""
        if not isinstance(schema, dict):
            raise Unusable("a schema is not a mapping")
        made = self._values(schema)
        if isinstance(schema.get("properties"), dict):
            made["properties"] = {
                key: self.structural(value) for key, value in schema["properties"].items()
            }
        if schema.get(_EMBEDDED) is True:
            made["properties"] = _META | made.get("properties", {})
        if "items" in schema:
            made["items"] = self.structural(schema["items"])
        if isinstance(schema.get("additionalProperties"), dict):
            made["additionalProperties"] = self.structural(schema["additionalProperties"])
        elif schema.get("type") == "object" and schema.get(_OPEN) is not True:
            made["additionalProperties"] = schema.get("additionalProperties") is True
        return made

    def _values(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """What a schema says of values."""
        made: dict[str, Any] = {}
        self._type(schema, made)
        for key, kind, keep in _KEYWORDS:
            if key in schema and not (self.partial and key.startswith(("min", "required"))):
                made |= keep(key, _of_type(schema, key, kind), schema)
        for key in ("anyOf", "oneOf", "allOf"):
            if key in schema and not self.partial and not (key == "anyOf" and _EITHER in schema):
                branches = _of_type(schema, key, list)
                made[key] = [self._narrowing(branch) for branch in branches]
        if "not" in schema and not self.partial:
            made["not"] = self._narrowing(schema["not"])
        return made

    def _narrowing(self, schema: Any) -> dict[str, Any]:
        """A branch: it names keys without closing the object."""
        if not isinstance(schema, dict):
            raise Unusable("a schema is not a mapping")
        made = self._values(schema)
        if isinstance(schema.get("properties"), dict):
            made["properties"] = {
                key: self._narrowing(value) for key, value in schema["properties"].items()
            }
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                made[key] = self._narrowing(schema[key])
        return made

    def _type(self, schema: Mapping[str, Any], made: dict[str, Any]) -> None:
        kind = schema.get("type")
        types = [kind] if kind else []
        if schema.get(_EITHER) is True:
            types = ["integer", "string"]
        if not all(each in _TYPES for each in types):
            raise Unusable("a type that there is not")
        if types:
            made["type"] = types + (["null"] if schema.get("nullable") is True else [])


def _of_type(schema: Mapping[str, Any], key: str, kind: Any) -> Any:
    value = schema[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Unusable(f"`{key}` holds what it cannot hold")
    return value


def _as_it_is(key: str, value: Any, _: Schema) -> dict[str, Any]:
    return {key: value}


def _bound(key: str, value: Any, schema: Schema) -> dict[str, Any]:
    """`exclusiveMinimum: true` beside a minimum is the older way to write it."""
    exclusive = f"exclusive{key.capitalize()}"
    return {exclusive if schema.get(exclusive) is True else key: _number(value)}


def _number(value: Any) -> float:
    size = number(value) if isinstance(value, Written) else value
    if isinstance(size, bool) or not isinstance(size, int | float):
        raise Unusable("a bound that is not a number")
    return size


def _multiple(key: str, value: Any, _: Schema) -> dict[str, Any]:
    if _number(value) <= 0:
        raise Unusable("`multipleOf` is not above 0")
    return {key: _number(value)}


def _names(key: str, value: list[Any], _: Schema) -> dict[str, Any]:
    if not all(isinstance(each, str) for each in value):
        raise Unusable(f"`{key}` lists what is not a name")
    return {key: value} if value else {}


def _numbers_too(key: str, value: list[Any], _: Schema) -> dict[str, Any]:
    return {key: [_plain(each) for each in value]}


_KEYWORDS: tuple[tuple[str, Any, Callable[[str, Any, Schema], dict[str, Any]]], ...] = (
    *((key, int, _as_it_is) for key in _COUNTS),
    ("minimum", (int, float, str), _bound),
    ("maximum", (int, float, str), _bound),
    ("multipleOf", (int, float, str), _multiple),
    ("enum", list, _numbers_too),
    ("pattern", str, _as_it_is),
    ("format", str, _as_it_is),
    ("required", list, _names),
    ("x-kubernetes-list-type", str, _as_it_is),
    ("x-kubernetes-list-map-keys", list, _names),
)


def prepared(value: Any, schema: Any, fill: bool = True) -> Any:
    """A document as the server sees it: nulls dropped where none is taken, defaults filled in,
    numbers as numbers."""
    if isinstance(value, dict):
        return _prepared_object(value, mapping(schema), fill)
    if isinstance(value, list):
        of = below(schema, "items")
        return [prepared(item, of, fill) for item in value]
    return _plain(value)


def _prepared_object(value: Mapping[str, Any], schema: Schema, fill: bool) -> dict[str, Any]:
    properties = mapping(schema, "properties")
    others = schema.get("additionalProperties")
    made: dict[str, Any] = {}
    for key, item in value.items():
        own = properties.get(key, others)
        if item is None and (not fill or _has_default(own)):
            continue
        made[key] = prepared(item, own, fill)
    if fill:
        for key, default in _defaults(properties):
            if key not in made:
                made[key] = prepared(copy.deepcopy(default), properties[key])
    return made


def _has_default(schema: Any) -> bool:
    """A null stands for the default, unless the field takes one."""
    if not isinstance(schema, dict) or schema.get("nullable") is True:
        return False
    return schema.get("default") is not None


def _defaults(properties: Schema) -> Iterator[tuple[str, Any]]:
    for key, schema in properties.items():
        if isinstance(schema, dict) and schema.get("default") is not None:
            yield key, schema["default"]


def _plain(value: Any) -> Any:
    return number(value) if isinstance(value, Written) else value
