"""Patches that are lists of operations (RFC 6902), as Kustomize runs them on an object."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

from generator.manifests.merge import UnclearError
from generator.manifests.obeyed import unescaped

_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")


def operated(document: Mapping[str, Any], operations: Sequence[Mapping[str, Any]]) -> Any:
    """The object that operations make of a document; `UnclearError` says which cannot be done."""
    made: Any = copy.deepcopy(dict(document))
    for number, operation in enumerate(operations, 1):
        try:
            _do(made, operation)
        except UnclearError as error:
            path = str(operation["path"])[:80]
            message = f"operation {number} ({operation['op']} {path}): {error}"
            raise UnclearError(message, number - 1) from error
    return made


def _do(document: Any, operation: Mapping[str, Any]) -> None:
    path = _tokens(operation["path"])
    read = _tokens(str(operation.get("from"))) if "from" in operation else path
    reads = operation["op"] in ("test", "copy", "move")
    if reads and read[:1] == ["metadata"] and read[1:2] in ([], ["annotations"]):
        raise UnclearError("Kustomize keeps annotations of its own there meanwhile")
    match operation["op"]:
        case "add":
            _add(document, path, copy.deepcopy(_given(operation)))
        case "remove":
            _remove(document, path)
        case "replace":
            value = copy.deepcopy(_given(operation))
            _at(document, path)
            parent, token = _parent(document, path)
            parent[_key(parent, token)] = value
        case "move":
            value = _remove(document, _tokens(operation["from"]))
            _add(document, path, _something(value))
        case "copy":
            _add(document, path, _something(_at(document, _tokens(operation["from"]))))
        case _:
            if _at(document, path) != _given(operation):
                raise UnclearError("the value is another")


def _something(value: Any) -> Any:
    if value is None:
        raise UnclearError("there is null where it takes the value from")
    return copy.deepcopy(value)


def _given(operation: Mapping[str, Any]) -> Any:
    if "value" not in operation or operation["value"] is None:
        raise UnclearError("it has no `value`")
    return operation["value"]


def _tokens(pointer: str) -> list[str]:
    return [unescaped(token) for token in pointer.split("/")[1:]]


def _at(node: Any, path: Sequence[str]) -> Any:
    for token in path:
        key = _key(node, token)
        if isinstance(node, dict) and node.get(key) is None:
            raise UnclearError(f"there is no `{token[:40]}`")
        node = node[key]
    return node


def _parent(document: Any, path: Sequence[str]) -> tuple[Any, str]:
    return _at(document, path[:-1]), path[-1]


def _key(node: Any, token: str) -> Any:
    if isinstance(node, dict):
        return token
    if not isinstance(node, list):
        raise UnclearError(f"nothing can be below `{token[:40]}`'s place")
    if not _INDEX.fullmatch(token):
        raise UnclearError(f"`{token[:40]}` is not an index that counts from 0")
    if int(token) >= len(node):
        raise UnclearError(f"the list has {len(node)} entries")
    return int(token)


def _add(document: Any, path: Sequence[str], value: Any) -> None:
    parent, token = _parent(document, path)
    if isinstance(parent, list) and token in ("-", str(len(parent))):
        parent.append(value)
    elif isinstance(parent, list):
        parent.insert(_key(parent, token), value)
    else:
        parent[_key(parent, token)] = value


def _remove(document: Any, path: Sequence[str]) -> Any:
    value = _at(document, path)
    parent, token = _parent(document, path)
    del parent[_key(parent, token)]
    return value
