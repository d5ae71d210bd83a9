"""The input model as JSON schemas, which editors use for completion and documentation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generator.vocabulary.fields import Model
from generator.vocabulary.model import KINDS


def schemas() -> dict[str, str]:
    """`<kind>.json` → text."""
    for model in _below(Model):
        model.model_rebuild()  # older pydantic cannot print a default whose model is not built yet
    return {
        f"{kind}.json": json.dumps(_schema(kind), indent=2, ensure_ascii=False) + "\n"
        for kind in KINDS
    }


def _below(model: type[Model]) -> Iterator[type[Model]]:
    for other in model.__subclasses__():
        yield other
        yield from _below(other)


def _schema(kind: str) -> dict[str, Any]:
    schema = _plain(KINDS[kind].model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind} | {
        key: value for key, value in schema.items() if key != "title"
    }


def _plain(node: Any) -> Any:
    """Without generated titles, and closed where keys have a pattern."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "patternProperties" in node:
        node = node | {"additionalProperties": False}
    return {
        key: {name: _plain(value) for name, value in item.items()}
        if key in ("properties", "$defs")
        else _plain(item)
        for key, item in node.items()
        if not (key == "title" and isinstance(item, str))
    }
