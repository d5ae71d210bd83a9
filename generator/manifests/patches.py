"""Patches of bases and components, held to what Kustomize takes: a merge names its object,
operations have a target.

Kustomize reads a text that starts with `[` as JSON, the first of several lists alone, and fails
on what is neither.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.vocabulary.findings import Finding
from generator.vocabulary.nodes import below
from generator.vocabulary.source import Place

_TARGET = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
_OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")
_EXPRESSION = re.compile(r"(?:[A-Za-z0-9_./^$|*+?()-]|\\[.]){1,200}")
# Modes and groups that only one of the two has, and repeats of groups, which take Python for ever.
_DOUBLED = re.compile(r"[*+?)][*+?]|\(\?")
MOST_REPEATS = 3
_TERM = r" *(?:!?[A-Za-z0-9_./-]+|[A-Za-z0-9_./-]+ *(?:=|==|!=) *[A-Za-z0-9_.-]*) *"
_SELECTOR = re.compile(f"{_TERM}(?:,{_TERM})*")
_IDENTITY = ("/", "/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace")


def wrong(
    place: Place, patch: Mapping[str, Any], text: str, documents: Sequence[tuple[Place, Any]]
) -> Iterator[Finding]:
    """What is wrong with an entry of `patches` at a place, whose text and documents are read."""
    if bool(patch.get("path")) == bool(patch.get("patch")):
        yield _finding(
            place, "a patch stands either in `patch` or in the file of `path`", "say one of them"
        )
        return
    yield from _target(place.at("target"), patch.get("target") or {})
    documents = [
        (where, document)
        for index, (where, document) in enumerate(documents)
        if document is not None or not index
    ]  # only the first may not be empty
    lists = [(where, document) for where, document in documents if isinstance(document, list)]
    merges = [(where, document) for where, document in documents if isinstance(document, dict)]
    if not documents or len(lists) + len(merges) < len(documents):
        where = next(
            (where for where, document in documents if not isinstance(document, list | dict)), place
        )
        yield _finding(
            where,
            "this is not a patch",
            "write an object with what it gets, or a list of `- op: …`",
        )
    elif len(documents) > 1 and (lists or patch.get("target") is not None):
        yield _finding(
            documents[1][0],
            "of this patch Kustomize would read the first document alone, or none",
            "write one document, and a patch for each other",
        )
    elif lists:
        yield from _operations(place, patch, text, *lists[0])
    else:
        for where, document in merges:
            yield from _merge(where, patch, document)


def _target(place: Place, target: Mapping[str, Any]) -> Iterator[Finding]:
    for key, value in target.items():
        if key not in _TARGET:
            yield _finding(
                place.key(key),
                f"unknown key `{key[:40]}` in `target`",
                f"use only {', '.join(_TARGET)}",
            )
        elif not isinstance(value, str | None):
            yield _finding(place.at(key), f"`{key}` must be text", "write text here")
        elif value and key.endswith("Selector"):
            if not _SELECTOR.fullmatch(value):
                message = f"gen does not follow the selector `{value[:40]}`"
                yield _finding(place.at(key), message, "write `a=b`, `a!=b`, `a` or `!a`")
        elif value and not _is_expression(value):
            message = f"Kustomize cannot read `{value[:40]}`, or reads it in a way of its own"
            hint = "write the name itself, or an expression of letters, `.`, `*`, `|`, `(…)`"
            yield _finding(place.at(key), message, hint)


def _is_expression(text: str) -> bool:
    """Whether Go and Python take it for the same expression."""
    if not _EXPRESSION.fullmatch(text) or _DOUBLED.search(text):
        return False
    if sum(map(text.count, "*+?")) > MOST_REPEATS:
        return False
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _operations(
    place: Place, patch: Mapping[str, Any], text: str, where: Place, operations: list[Any]
) -> Iterator[Finding]:
    if patch.get("target") is None:
        yield _finding(
            place,
            "operations need a `target`",
            "say which objects they change: `target: {kind: Deployment}`",
        )
    if not operations:
        yield _finding(where, "this patch has no operations", "delete it")
    if text.lstrip().startswith("[") and not _is_json(text):
        yield _finding(
            where,
            "Kustomize reads a patch that starts with `[` as JSON, and this is not JSON",
            "begin each operation with `- op:` in a line of its own",
        )
    for index, operation in enumerate(operations):
        yield from _operation(where if where.route else where.at(index), operation)


def _operation(spot: Place, operation: Any) -> Iterator[Finding]:
    path, op = below(operation, "path"), below(operation, "op")
    if op not in _OPERATIONS or not isinstance(path, str) or not path.startswith("/"):
        hint = f"write `op` ({', '.join(_OPERATIONS)}) and a `path` that starts with `/`"
        yield _finding(spot, "this is not an operation", hint)
        return
    source = str(operation.get("from"))
    if op in ("move", "copy") and not source.startswith("/"):
        hint = "say where from, as a path that starts with `/`"
        yield _finding(spot, f"{op} needs a `from`", hint)
    elif op != "test" and (path in _IDENTITY or (op == "move" and source in _IDENTITY)):
        yield Finding(
            "GEN402",
            spot,
            "an operation changes by what gen knows an object: its kind, its name, or where it is",
            "write the object as it should be",
        )


def _merge(
    where: Place, patch: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[Finding]:
    metadata = document.get("metadata")
    needed = ("kind",) if patch.get("target") is not None else ("apiVersion", "kind")
    if (
        not all(isinstance(document.get(key), str) and document[key] for key in needed)
        or not isinstance(metadata, dict)
        or not isinstance(metadata.get("name"), str)
        or not metadata["name"]
    ):
        yield _finding(
            where,
            "a patch to merge says `apiVersion`, `kind` and `metadata.name` of an object",
            "add them; with a `target`, the name can be any",
        )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _finding(place: Place, message: str, hint: str) -> Finding:
    return Finding("GEN405", place, message, hint)
