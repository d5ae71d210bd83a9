"""ConfigMaps and Secrets that Kustomize generates: their names, and each key once."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifests.rules.syntax import written_key
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import MOST_OF_OBJECT, Place, Route

GENERATORS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_OPTIONS = {"labels": dict, "annotations": dict, "disableNameSuffixHash": bool, "immutable": bool}
_BEHAVIORS = ("create", "merge", "replace")


def wrong(place: Place, generator: Mapping[str, Any]) -> Iterator[Finding]:
    """What Kustomize would refuse of a generator."""
    if not generator.get("name"):
        yield _finding(place, "a generator needs a `name`", "say what the object is called")
    if (behavior := generator.get("behavior")) and behavior not in _BEHAVIORS:
        message = f"`{behavior[:40]}` is not a behaviour"
        yield _finding(place.at("behavior"), message, f"use one of {', '.join(_BEHAVIORS)}")
    yield from options(place.at("options"), generator.get("options") or {})
    seen: dict[str, Place] = {}
    for spot, key in _keys(place, generator):
        if not _KEY.fullmatch(key):
            message = f"`{key[:40]}` is not a key that a ConfigMap or Secret can have"
            if key == "=":
                message = "a key, one `=` and what it holds belong here"
            yield _finding(spot, message, "write `key=value`; keys have letters, digits, '-._'")
        elif key in seen:
            message = f"the key `{key[:40]}` is given twice"
            related = ((seen[key], "first given here"),)
            yield Finding("GEN405", spot, message, "keep one of the two", related)
        else:
            yield from _written(spot, key)
        seen.setdefault(key, spot)


def _keys(place: Place, generator: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    for index, literal in enumerate(generator.get("literals") or []):
        key, equals, _ = str(literal).partition("=")
        yield place.at("literals", index), key if equals and isinstance(literal, str) else "="
    for index, file in enumerate(generator.get("files") or []):
        key, equals, path = str(file).partition("=")
        name = key if equals else posixpath.basename(key or path)
        yield place.at("files", index), "=" if "=" in path else name


def options(place: Place, given: Mapping[str, Any]) -> Iterator[Finding]:
    """What is not an option of generators."""
    for key, value in given.items():
        if key not in _OPTIONS:
            hint = f"use only {', '.join(_OPTIONS)}"
            yield _finding(place.key(key), f"`{key[:40]}` is not an option of generators", hint)
        elif value is not None and not isinstance(value, _OPTIONS[key]):
            what = "a mapping" if _OPTIONS[key] is dict else "true or false"
            yield _finding(place.at(key), f"`{key}` must be {what}", f"write {what} here")
        elif isinstance(value, dict):
            yield from texts(place.at(key), value)
            for word in value:
                yield from _written(place.at(key).key(word), word)


def _written(place: Place, key: str) -> Iterator[Finding]:
    for _, message, hint in written_key(key):
        yield _finding(place, f"a key {message}", hint)


def texts(place: Place, pairs: Mapping[str, Any]) -> Iterator[Finding]:
    """Values of labels and annotations that are not text."""
    for key, value in pairs.items():
        if not isinstance(value, str):
            yield _finding(place.at(key), f"`{key[:60]}` must be text", "put it in quotes")


def environment(place: Place, text: str) -> Iterator[Finding]:
    """Lines of a file of variables that Kustomize would fill from the machine it runs on."""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        key, equals, _ = line.lstrip().partition("=")
        if not line.strip() or key.startswith("#"):
            continue
        if not _KEY.fullmatch(key):
            message = f"line {number} of this file does not say `KEY=value`"
            yield _finding(place, message, "write one variable a line")
        elif not equals:
            message = f"line {number} of this file has no `=`: its value would be the machine's"
            yield Finding("GEN402", place, message, "write `KEY=value`")
        else:
            yield from _written(place, key)


def literals(
    place: Place, content: Mapping[str, Any], key: str = "configMapGenerator"
) -> Iterator[tuple[Place, str]]:
    """The values in place that a kind of generator makes objects from."""
    for index, generator in enumerate(content.get(key) or []):
        where = place.at(key, index, "literals")
        for position, literal in enumerate(generator.get("literals") or []):
            yield where.at(position), str(literal).partition("=")[2]


def sizes(content: Mapping[str, Any]) -> Counter[Route]:
    """Bytes in place, by the routes of generators."""
    sizes = Counter[Route]()
    for key in GENERATORS:
        for spot, text in literals(Place(""), content, key):
            sizes[spot.route[:2]] += len(text.encode(errors="replace"))
    return sizes


def too_large(place: Place, sizes: Mapping[Route, int]) -> Iterator[Finding]:
    """Generators of more than a cluster keeps in an object; `sizes` are in bytes, by routes."""
    for route, size in sizes.items():
        if size > MOST_OF_OBJECT:
            message = f"this object would hold {size:,} bytes; a cluster keeps {MOST_OF_OBJECT:,}"
            yield Finding("GEN412", place.at(*route), message, "split it into several objects")


def _finding(place: Place, message: str, hint: str) -> Finding:
    return Finding("GEN405", place, message, hint)
