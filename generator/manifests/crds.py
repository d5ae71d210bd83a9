"""Custom kinds, held against the CustomResourceDefinitions that a repository keeps, as a server
would hold them.

A structural schema becomes JSON Schema (`structural.py`) and jsonschema does the rest; patterns are
Go's, so re2 reads them. Both are loaded where a repository has such kinds, and only then. Rules in
CEL are not asked: `Kind.rules` counts them. A definition is found by its text and read when a
document of its kind is met: most repositories that have definitions have dozens, of half a megabyte
some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.manifests.problem import (
    CUSTOM,
    DEFINITION,
    UNKNOWN_KIND,
    Problem,
    shown,
)
from generator.manifests.structural import Unusable, converted, prepared, rules
from generator.manifests.wording import spelled, type_of, unknown_key, wrong_type
from generator.vocabulary.findings import outcome
from generator.vocabulary.layout import DEFINITIONS
from generator.vocabulary.nodes import below, mappings
from generator.vocabulary.source import MOST_OF_DEFINITION, POINTERS, Route, Sources
from generator.vocabulary.yaml_reader import read_manifests

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MOST_DEPTH = 200
Document = Mapping[str, Any]
Parse = Callable[[str, bytes], list[Any]]  # path, text → documents; `Unusable` if it cannot be read


@dataclass(frozen=True, slots=True)
class Kind:
    """One version of a custom kind. `rules` counts those in CEL, which nobody asks here."""

    path: str
    schema: Mapping[str, Any]
    rules: int


def _nothing(_path: str, _raw: bytes) -> list[Any]:
    return []


@dataclass(slots=True)
class Definitions:
    """The definitions in a repository's folder: their paths there, and who can parse one."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    paths: Sequence[str] = ()
    parse: Parse = _nothing
    _read: dict[str, list[Document] | Unusable] = field(default_factory=dict)
    _kinds: dict[tuple[str, str], Kind | Problem | None] = field(default_factory=dict)
    _checks: dict[tuple[str, bool], Any] = field(default_factory=dict)

    def find(self, api_version: str, kind: str) -> Kind | Problem | None:
        """A version of a custom kind, what is wrong with its definition, or None without one."""
        key = (api_version, kind)
        if key not in self._kinds:
            self._kinds[key] = self._find(*key)
        return self._kinds[key]

    def pointer(self) -> str | None:
        """A file of which git has no content, so that nobody knows what it defines."""
        return next((path for path in self.paths if self.files[path].startswith(POINTERS)), None)

    def problems(self, document: Document, kind: Kind, partial: bool) -> Iterator[Problem]:
        """What the definition says against a document; nothing is missing in a partial one."""
        try:
            check = self._check(document, kind, partial)
            instance = prepared({**document, "status": None}, kind.schema, fill=not partial)
            errors = sorted(
                check.iter_errors(instance), key=lambda error: list(map(str, error.path))
            )
        except Unusable as unusable:
            yield Problem(DEFINITION, ("kind",), f"{kind.path}: {unusable}", "bring it up to date")
            return
        strange = {
            tuple(error.path) for error in errors if error.validator == "additionalProperties"
        }
        for error in errors:
            if error.validator != "required" or tuple(error.path) not in strange:
                yield from _told(error, document, check.schema)

    def _check(self, document: Document, kind: Kind, partial: bool) -> Any:
        key = (f"{document['apiVersion']} {document['kind']}", partial)
        if key not in self._checks:
            self._checks[key] = _validator()(converted(kind.schema, partial))
        return self._checks[key]

    def _find(self, api_version: str, kind: str) -> Kind | Problem | None:
        group, _, version = api_version.rpartition("/")
        for path in self.paths:
            raw = self.files[path]
            if kind.encode() not in raw or group.encode() not in raw:
                continue
            documents = self._documents(path)
            if isinstance(documents, Unusable):
                message = f"{path} cannot be read: {documents}"
                return Problem(DEFINITION, ("kind",), message, "save the definition again")
            for definition in documents:
                if _names(definition) == (group, kind):
                    return _version(path, definition, version)
        return None

    def _documents(self, path: str) -> list[Document] | Unusable:
        if path not in self._read:
            try:
                self._read[path] = self.parse(path, self.files[path])
            except Unusable as unusable:
                self._read[path] = unusable
        return self._read[path]


NONE = Definitions()


def definitions(sources: Sources) -> Definitions:
    """The definitions that a repository keeps."""
    return Definitions(sources.files, sources.below(DEFINITIONS), _parsed)


def _parsed(path: str, raw: bytes) -> list[Any]:
    documents, wrong = outcome(read_manifests(path, raw, MOST_OF_DEFINITION, MOST_DEPTH))
    if wrong:
        mark = wrong[0].place.mark
        where = f"line {mark.line}: " if mark else ""
        raise Unusable(f"{where}{wrong[0].message}")
    return documents


def _names(definition: Any) -> tuple[Any, Any]:
    """(group, kind) that a document defines."""
    if below(definition, "kind") != "CustomResourceDefinition":
        return (None, None)
    return below(definition, "spec", "group"), below(definition, "spec", "names", "kind")


def _version(path: str, definition: Document, version: str) -> Kind | Problem:
    versions = mappings(definition, "spec", "versions")
    known = [str(each.get("name")) for each in versions if each.get("served") is True]
    for each in versions:
        if each.get("name") == version and each.get("served") is True:
            root = below(each, "schema", "openAPIV3Schema")
            if isinstance(root, dict):
                return Kind(path, root, rules(root))
            message = f"{path} has no schema for {shown(version)}"
            return Problem(
                DEFINITION, ("kind",), message, "bring the definition as the cluster has it"
            )
    message = f"{path} serves no version {shown(version)}"
    hint = (
        f"write one of {', '.join(known)}"
        if known
        else "bring a definition of apiextensions.k8s.io/v1"
    )
    return Problem(UNKNOWN_KIND, ("apiVersion",), message, hint)


def _validator() -> Any:
    """Jsonschema with Kubernetes' own words, and with Go's patterns and formats."""
    from generator.manifests.custom import VALIDATOR

    return VALIDATOR


def _told(error: ValidationError, document: Document, top: Mapping[str, Any]) -> Iterator[Problem]:
    route = tuple(error.absolute_path)
    key = spelled(route)
    word, wanted = str(error.validator), error.validator_value
    if word == "additionalProperties":
        yield from _unknown(error, route, top)
        return
    if word == "required":
        for name in wanted:
            if name not in error.instance and f"'{name}' is" in error.message:
                message = f"`{shown(name)}` is missing in {key}"
                yield Problem(CUSTOM, route, message, f"add `{shown(name)}: …`")
        return
    if word == "type":
        message, hint = wrong_type(key, _value(document, route), _types(wanted))
    elif word == "enum":
        taken = ", ".join(map(str, wanted[:12]))
        message, hint = f"{key} cannot be `{shown(error.instance)}`", f"write one of {taken}"
    elif word in ("anyOf", "oneOf", "allOf", "not"):
        message, hint = f"{key} matches no form that the definition allows", _forms(word, wanted)
    else:
        message, hint = f"{key} breaks a rule of its definition: {_rule(error)}", "change the value"
    yield Problem(CUSTOM, route, message, hint)


def _unknown(error: ValidationError, route: Route, top: Mapping[str, Any]) -> Iterator[Problem]:
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    levels = [(route[:depth], _keys(top, route[:depth])) for depth in range(len(route))]
    for key in error.instance:
        if key not in known:
            hint = unknown_key(key, (route, known), levels, iter(()))
            message = f"`{shown(key)}` is not a key of {spelled(route)}"
            yield Problem(CUSTOM, (*route, key), message, hint, on_key=True)


def _keys(schema: Mapping[str, Any], route: Route) -> Mapping[str, Any]:
    """The keys that an object at a route may have."""
    node: Any = schema
    for part in route:
        if isinstance(part, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(part) or node.get("additionalProperties")
        if not isinstance(node, dict):
            return {}
    keys: Mapping[str, Any] = node.get("properties", {})
    return keys


def _types(wanted: Any) -> list[str]:
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _value(document: Any, route: Route) -> Any:
    """What was written at a route: numbers are shown as they were."""
    for part in route:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _forms(word: str, branches: Any) -> str:
    """What the branches ask for, where they ask for keys alone."""
    if word == "not" or not isinstance(branches, list):
        return "compare it with the documentation of this kind"
    asked = [
        " and ".join(f"`{name}`" for name in branch["required"])
        for branch in branches
        if isinstance(branch, dict) and branch.get("required")
    ]
    count = "exactly one" if word == "oneOf" else "one"
    return (
        f"give {count} of {', '.join(asked)}"
        if asked
        else "compare it with the documentation of this kind"
    )


def _rule(error: ValidationError) -> str:
    wanted = shown(error.validator_value, 60)
    words = {
        "pattern": f"it must match {wanted}",
        "format": f"it must be a {wanted}",
        "minimum": f"{wanted} or more",
        "maximum": f"{wanted} or less",
        "minLength": f"{wanted} characters or more",
        "maxLength": f"{wanted} characters or less",
        "minItems": f"{wanted} items or more",
        "maxItems": f"{wanted} items or less",
        "minProperties": f"{wanted} keys or more",
        "maxProperties": f"{wanted} keys or less",
        "x-kubernetes-list-map-keys": "two items have the same key",
        "x-kubernetes-list-type": "two items are the same",
    }
    return words.get(
        str(error.validator), f"{error.validator} {wanted} ({type_of(error.instance)})"
    )
