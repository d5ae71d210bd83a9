"""Documents held against the schemas of Kubernetes, as the API server would: field by field, with
all that is wrong.

An engine of its own walks the few keywords that these schemas have: loading one for all of JSON
Schema would cost more than everything else that `gen validate` does.
`tests/manifests/test_schema.py` holds it to jsonschema. What it says is "passes the schema": rules
beyond it, which are most, stand in `rules/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.manifests import rules
from generator.manifests.library import Library, Schema
from generator.manifests.problem import SHAPE, TOGETHER, VALUE, Problem, shown
from generator.manifests.wording import (
    RANGES,
    Level,
    number,
    spelled,
    type_of,
    unknown_key,
    wrong_type,
)
from generator.vocabulary.source import Route, Written

_DEEP = 4  # levels below an object in which an unknown key is looked for
_DIRECTIVES = ("$patch", "$retainKeys", "$setElementOrder/", "$deleteFromPrimitiveList/")
_DEFAULTS = {"protocol": "TCP"}  # of fields that make the key of a list's item


@dataclass(slots=True)
class Walk:
    """One walk through a document. A `partial` one is merged into another: it lacks what it does
    not change. Without `rules` it is the schema alone that speaks."""

    library: Library
    partial: bool = False
    rules: bool = True
    found: list[Problem] = field(default_factory=list)
    above: list[Level] = field(default_factory=list)

    def value(self, value: Any, schema: Schema, route: Route) -> None:
        """Holds a value against its schema."""
        name = ""
        while "$ref" in schema:
            name = schema["$ref"]
            schema = self.library[name]
        types = schema.get("type")
        types = (types,) if isinstance(types, str) else types
        if value is None:
            self._empty(types, route)
        elif types and not _fits(value, types):
            message, hint = wrong_type(_key(route), value, types)
            self._tell(SHAPE, route, message, hint)
        elif isinstance(value, dict):
            self._object(value, schema, route, name)
        elif isinstance(value, list):
            self._list(value, schema, route)
        else:
            self._scalar(value, schema, route, name)

    def _empty(self, types: tuple[str, ...] | None, route: Route) -> None:
        if not self.partial and types and "null" not in types:
            message = f"{_key(route)} is empty, and it is required"
            self._tell(TOGETHER, route, message, "say what it is")

    def _object(self, value: Mapping[str, Any], schema: Schema, route: Route, name: str) -> None:
        known, before, strange = schema.get("properties", {}), len(self.found), False
        self.above.append((route, known))
        for key, item in value.items():
            if key in known:
                self.value(item, known[key], (*route, key))
            elif isinstance(schema.get("additionalProperties"), dict):
                self.value(item, schema["additionalProperties"], (*route, key))
            elif schema.get("additionalProperties") is False and not self._directive(key):
                self._unknown(key, schema, route, name)
                strange = True
        self.above.pop()
        lacks = () if self.partial or strange else schema.get("required", ())
        self._required(value, lacks, route)
        if self.rules:
            self._rules(name, value, route, before, strange)

    def _rules(
        self, name: str, value: Mapping[str, Any], route: Route, before: int, strange: bool
    ) -> None:
        """What belongs together is asked once all parts can be read: a misspelt key is not missing
        as well."""
        misshaped = any(problem.code == SHAPE for problem in self.found[before:])
        for problem in rules.of_values(name, value):
            self.found.append(problem.below(route))
        if self.partial:
            return
        required = self.library[name].get("required", ()) if name else ()
        for problem in () if strange else rules.of_presence(name, value, required):
            self.found.append(problem.below(route))
        for problem in () if misshaped else rules.of_parts(name, value):
            self.found.append(problem.below(route))

    def _directive(self, key: str) -> bool:
        return self.partial and key.startswith(_DIRECTIVES)

    def _unknown(self, key: str, schema: Schema, route: Route, name: str) -> None:
        here = (route, schema.get("properties", {}))
        hint = unknown_key(key, here, self.above[:-1], self._below(schema))
        where = _article(name.rpartition(".")[2]) if name else spelled(route)
        message = f"`{shown(key)}` is not a key of {where}"
        self.found.append(Problem(SHAPE, (*route, key), message, hint, on_key=True))

    def _below(self, schema: Schema) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(path, keys) of the objects below one, the nearest first."""
        queue: list[tuple[str, Schema, int]] = [("", schema, 0)]
        for path, there, depth in queue:  # grows while it is walked
            for key, each in there.get("properties", {}).items():
                item, mark = (each["items"], "[]") if "items" in each else (each, "")
                if "$ref" not in item or depth == _DEEP or key in ("status", "metadata"):
                    continue
                below = self.library[item["$ref"]]
                spot = f"{path}.{key}{mark}".lstrip(".")
                yield spot, below.get("properties", {})
                queue.append((spot, below, depth + 1))

    def _required(self, value: Mapping[str, Any], lacks: Iterable[str], route: Route) -> None:
        for key in lacks:
            if key not in value:
                message = f"`{key}` is missing in {spelled(route)}"
                self._tell(TOGETHER, route, message, f"add `{key}: …`")

    def _list(self, value: list[Any], schema: Schema, route: Route) -> None:
        for index, item in enumerate(value):
            self.value(item, schema.get("items", {}), (*route, index))
        if "keys" in schema and self.rules:
            self._twice(value, schema["keys"], route)

    def _twice(self, items: list[Any], keys: list[str], route: Route) -> None:
        """Two items with one key: a server-side apply, which Argo CD is asked for, refuses them."""
        seen: dict[Any, int] = {}
        for index, item in enumerate(items):
            key = _identity(item, keys)
            if key is None:
                continue
            if key in seen:
                what = ", ".join(shown(part) for part in key)
                message = (
                    f"{_key(route)} has two items with {' and '.join(keys) or 'the text'} {what}"
                )
                hint = f"delete one; the first is item {seen[key] + 1}"
                self._tell(TOGETHER, (*route, index), message, hint)
            seen.setdefault(key, index)

    def _scalar(self, value: Any, schema: Schema, route: Route, name: str) -> None:
        taken = schema.get("enum")
        if taken and value not in taken and value != "" and isinstance(value, str):
            message = f"{_key(route)} cannot be `{shown(value)}`"
            self._tell(VALUE, route, message, rules.choice(value, taken))
        if not self.rules:
            return
        limit = RANGES.get(schema.get("format", ""))
        size = number(value) if isinstance(value, Written) else value
        if limit and isinstance(size, int | float) and not -limit <= size < limit:
            message = f"{_key(route)} does not hold a number as large as {shown(value)}"
            self._tell(VALUE, route, message, f"write one below {limit}")
        for message, hint in rules.of_scalar(name, schema.get("format", ""), value):
            self._tell(VALUE, route, f"{_key(route)} {message}", hint)

    def _tell(self, code: str, route: Route, message: str, hint: str) -> None:
        self.found.append(Problem(code, route, message, hint))


def _article(noun: str) -> str:
    return f"an {noun}" if noun.startswith(("A", "E", "I", "O", "HTTP", "NFS")) else f"a {noun}"


def _fits(value: Any, types: tuple[str, ...]) -> bool:
    kind = type_of(value)
    return kind in types or (kind == "integer" and "number" in types)


def _identity(item: Any, keys: list[str]) -> tuple[Any, ...] | None:
    """What tells an item of a list from the others; None if it says too little, or is taken out by
    a patch."""
    if not keys:
        return (item,) if isinstance(item, str) else None
    if not isinstance(item, dict) or "$patch" in item:
        return None
    parts = tuple(item.get(key, _DEFAULTS.get(key)) for key in keys)
    return parts if all(isinstance(part, str | int) for part in parts) else None


def _key(route: Route) -> str:
    """The key that a value stands at, with the number of an item."""
    numbers = ""
    for part in reversed(route):
        if isinstance(part, str):
            return f"`{shown(part)}{numbers}`"
        numbers = f"[{part}]{numbers}"
    return "the document"
