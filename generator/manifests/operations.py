"""Operations of a JSON patch: the value of one, held against what the schema has where its path
leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifests.library import Library, Schema, library
from generator.manifests.problem import SHAPE, Problem, shown
from generator.manifests.schema import Walk
from generator.manifests.wording import spelled, unknown_key


def of_operation(operation: Any, target: Mapping[str, Any], version: str) -> Iterator[Problem]:
    """What is wrong with an operation on a built-in kind, as far as its path can be followed."""
    if not isinstance(operation, dict) or operation.get("op") not in ("add", "replace"):
        return
    path, here = operation.get("path"), library(version)
    kind = targeted(target, here)
    if kind is None or not isinstance(path, str) or not path.startswith("/"):
        return
    schema: Schema = {"$ref": here.kind(*kind)}
    route: tuple[str, ...] = ()
    for token in path[1:].split("/"):
        key = token.replace("~1", "/").replace("~0", "~")
        schema = _resolved(schema, here)
        below = _below(schema, key)
        if below is None:
            if schema.get("additionalProperties") is False:
                hint = unknown_key(key, (route, schema.get("properties", {})), [], iter(()))
                message = (
                    f"the path leads to `{shown(key)}`, which is not a key of {spelled(route)}"
                )
                yield Problem(SHAPE, ("path",), message, hint)
            return
        schema, route = below, (*route, key)
    if "value" in operation:
        walk = Walk(here)
        walk.value(operation["value"], schema, ("value",))
        yield from walk.found


def targeted(target: Mapping[str, Any], here: Library) -> tuple[str, str] | None:
    """(apiVersion, kind) of a target, if it names one kind that is built in; the most stable
    version of it."""
    kind = target.get("kind")
    versions = here.kinds().get(kind, []) if isinstance(kind, str) else []
    group, version = target.get("group"), target.get("version")
    for api_version in sorted(versions, key=lambda each: ("alpha" in each, "beta" in each, each)):
        own, _, number = api_version.rpartition("/")
        if group in (None, "", own) and version in (None, "", number):
            return api_version, str(kind)
    return None


def _resolved(schema: Schema, here: Library) -> Schema:
    while "$ref" in schema:
        schema = here[schema["$ref"]]
    return schema


def _below(schema: Schema, key: str) -> Schema | None:
    if "items" in schema:
        below: Schema = schema["items"]
        return below if key == "-" or key.isdecimal() else None
    others = schema.get("additionalProperties")
    own: Schema | None = schema.get("properties", {}).get(key)
    return own if own is not None or not isinstance(others, dict) else others
