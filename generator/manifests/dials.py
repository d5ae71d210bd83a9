"""Addresses that a base holds: what its variables, arguments and ConfigMaps say to dial."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from generator.manifests.walk import Walk
from generator.vocabulary.base import Dial
from generator.vocabulary.nodes import listed, mapping
from generator.vocabulary.source import Place

MOST = 500  # addresses of one base
_NAME = r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)"
_PORT = r":(?P<port>[0-9]{1,5})"
_END = r"(?![\w.-])"
_ADDRESSES = (
    # `http://cart`, `postgres://user:word@db:5432/x`, `dns:///cart:9090`
    re.compile(rf"///?(?:[^/@\s]{{1,200}}@)?{_NAME}(?:{_PORT})?{_END}"),
    re.compile(rf"(?<![\w.:/@-]){_NAME}{_PORT}(?![\w.:-])"),  # `cart:9090`
    # `cart.shop-test`
    re.compile(rf"(?<![\w.:/@-]){_NAME.replace('{0,252}', '{1,252}')}{_END}(?!:[0-9])"),
)


def dials(way: Walk) -> list[Dial]:
    """All that looks like an address in the objects, patches and generators of a base."""
    dialled: list[Dial] = []
    for place, document in (*way.manifests, *way.patches):
        dialled += spoken(place, document)
    for spot, text in way.literals:
        dialled += addresses(text, spot)
    return dialled[:MOST]


def spoken(place: Place, document: Any) -> Iterator[Dial]:
    """The addresses that an object, or a patch, holds."""
    for spot, text in _texts(place, document):
        yield from addresses(text, spot)


def addresses(text: str, place: Place) -> Iterator[Dial]:
    """The addresses in a text."""
    for number, pattern in enumerate(_ADDRESSES):
        for match in pattern.finditer(text[:100_000]):
            said = match.groupdict().get("port")
            host = match["host"]
            if "." in host or said or number == 0:
                yield Dial(number == 0, host, int(said) if said else None, place)


def _texts(place: Place, node: Any) -> Iterator[tuple[Place, str]]:
    """The values of variables, the words of commands, and the data of ConfigMaps."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _texts(_at(place, index), item)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        here = _at(place, str(key))
        if key in ("args", "command") or (key == "data" and node.get("kind") == "ConfigMap"):
            yield from _words(here, value)
        elif key == "value" and isinstance(value, str) and "name" in node:
            yield here, value
        else:
            yield from _texts(here, value)


def _words(place: Place, node: Any) -> Iterator[tuple[Place, str]]:
    """The texts of a list or a mapping."""
    pairs: list[tuple[str | int, Any]] = [*mapping(node).items(), *enumerate(listed(node))]
    for key, value in pairs:
        if isinstance(value, str):
            yield _at(place, key), value


def _at(place: Place, key: str | int) -> Place:
    """The place of a value; inside of a patch that stands in a kustomization, the patch's."""
    return place if place.route[:1] == ("patches",) else place.at(key)
