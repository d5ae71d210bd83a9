"""Addresses that name a namespace, where the environment has another: services are dialled by their
names alone, so that one base serves every environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from generator.adoption.cut import seen
from generator.adoption.items import Item
from generator.vocabulary.findings import Finding

_DOMAIN = r"(?:\.svc(?:\.cluster\.local)?)?"


def portable(items: Iterable[Item]) -> tuple[list[Item], list[Finding]]:
    """The objects, with the names of Services that are brought in the place of longer ones."""
    items = list(items)
    known = {(item.name, item.namespace) for item in items if item.kind == "Service"}
    known = {pair for pair in known if pair[1]}
    made, found = [], list[Finding]()
    for item in items:
        other = _renamed(item, known)
        made.append(item if other is None else other)
        if other is not None:
            found.append(_told(item, other))
    return made, found


def _renamed(item: Item, known: Iterable[tuple[str, str]]) -> Item | None:
    """The object with shorter names; None if it holds no longer ones."""
    said = "\n".join(text for _, text in _texts(item.data))
    names = {(name, namespace) for name, namespace in known if f"{name}.{namespace}" in said}
    if not names:
        return None
    either = "|".join(rf"{re.escape(name)}(?=\.{re.escape(place)})" for name, place in names)
    places = "|".join(sorted({re.escape(namespace) for _, namespace in names}))
    pattern = re.compile(rf"(?<![\w.-])({either})\.(?:{places}){_DOMAIN}(?![\w-]|\.[\w])")
    data = _mapped(item.data, pattern)
    if data == item.data:
        return None
    text = pattern.sub(r"\1", item.text)
    kept = bool(text) and seen(text) == data
    return replace(item, data=data, text=text if kept else "", block=item.block and kept)


def _mapped(node: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(node, dict):
        return {key: _mapped(value, pattern) for key, value in node.items()}
    if isinstance(node, list):
        return [_mapped(value, pattern) for value in node]
    return pattern.sub(r"\1", node) if type(node) is str else node


def _texts(
    node: Any, route: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(node, str):
        yield route, node
    if not isinstance(node, dict | list):
        return
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield from _texts(value, (*route, key))


def _told(item: Item, other: Item) -> Finding:
    before, after = dict(_texts(item.data)), dict(_texts(other.data))
    route = next(route for route, text in before.items() if after[route] != text)
    return Finding(
        "GEN614",
        item.place(*route),
        f"{item.called} dials services by their namespace, and now by their names",
        "it is right where all of them run in the environment that dials",
        about=item.called,
    )
