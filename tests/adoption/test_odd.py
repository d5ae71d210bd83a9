"""Manifests in which any part is of another type: told or left, never the end of gen."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from generator.adoption import items
from generator.adoption.adopt import Here, adopt
from generator.adoption.belongings import Asked
from generator.adoption.items import read
from tests.adoption.corpus import SHAPES

ODD: tuple[Any, ...] = (None, 1, True, "x", [1], [[]], {"a": [1]}, {"name": {"b": 1}})
SOME = 3  # every third of all


def routes(node: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if route:
        yield route
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in pairs:
        yield from routes(value, (*route, key))


@pytest.mark.parametrize("name", SHAPES)
def test_no_odd_part_ends_it(name: str) -> None:
    documents = [each for each in yaml.safe_load_all(SHAPES[name][0]) if each]
    count = 0
    good = adopt(read({"x": SHAPES[name][0].encode()}).items, "test", Asked({}), Here())
    files = {path: text.encode() for path, text in good.files.items()}
    there = Here(set(good.taken), files)
    for number, document in enumerate(documents):
        for route in routes(document):
            for odd in ODD:
                count += 1
                if count % SOME:
                    continue
                made = copy.deepcopy(documents)
                node = made[number]
                for part in route[:-1]:
                    node = node[part]
                node[route[-1]] = odd
                text = "---\n".join(json.dumps(each) + "\n" for each in made)
                asked = Asked({}, secrets=True, portable=bool(count % 2))
                items = read({"x": text.encode()}).items
                adopt(items, "test", asked, there if count % 4 == 1 else Here())
    assert count > 20


def test_more_documents_than_anybody_has_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "MOST_OBJECTS", 10)
    brought = read({"x": b"---\na: 1\n" * 1000})
    assert [one.code for one in brought.found] == ["GEN601"] * 10 + ["GEN008"]
