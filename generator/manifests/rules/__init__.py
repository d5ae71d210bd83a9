"""What no schema tells: a server's rules for values, and for what belongs together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from generator.manifests.problem import BROKEN, TOGETHER, VALUE, Problem
from generator.manifests.rules import (
    cluster,
    configuration,
    fields,
    meta,
    network,
    pods,
    scale,
    secrets,
    syntax,
    workloads,
)
from generator.manifests.rules.rule import Rule, choice

__all__ = ["choice", "of_parts", "of_presence", "of_scalar", "of_values"]

# Rules by the definition of what they look at.
_RULES: dict[str, tuple[Rule, ...]] = {}
for _room in (meta, pods, workloads, configuration, secrets, network, scale, cluster):
    for _name, _rule in _room.RULES:
        _RULES[_name] = (*_RULES.get(_name, ()), _rule)


def of_values(name: str, value: Mapping[str, Any]) -> Iterator[Problem]:
    """Fields of an object whose values a server refuses, or nobody can use; routes are relative to
    it."""
    for code, table in ((VALUE, fields.FIELDS), (BROKEN, fields.USELESS)):
        checks = table.get(name, {})
        for key in value:
            for route, message, hint in checks[key](value[key]) if key in checks else ():
                yield Problem(code, (key, *route), f"`{key}` {message}", hint)


def of_presence(
    name: str, value: Mapping[str, Any], required: Collection[str]
) -> Iterator[Problem]:
    """Fields that a server needs, beyond those that are `required` by the schema already."""
    for key in fields.NEEDED.get(name, ()):
        if value.get(key) in (None, "", []) and not (key in required and value.get(key) is None):
            there = (key,) if key in value else ()
            what = "is empty" if key in value else "is missing"
            where = name.rpartition(".")[2]
            yield Problem(TOGETHER, there, f"`{key}` of this {where} {what}", f"say its `{key}`")


def of_parts(name: str, value: Mapping[str, Any]) -> Iterator[Problem]:
    """Parts of an object that contradict each other."""
    for rule in _RULES.get(name, ()):
        yield from rule(value)


def of_scalar(name: str, form: str, value: Any) -> Iterator[tuple[str, str]]:
    """(message, hint) for a value of a named type or a format of OpenAPI."""
    check = syntax.SCALARS.get(name) or syntax.FORMATS.get(form)
    if check is not None:
        for _, message, hint in check(value):
            yield message, hint
