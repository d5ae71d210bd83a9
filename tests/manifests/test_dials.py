"""Addresses that texts and objects hold."""

from __future__ import annotations

from typing import Any

import pytest

from generator.manifests.dials import addresses, spoken
from generator.vocabulary.source import Place

HERE = Place("a.yaml")


@pytest.mark.parametrize(
    "text, found",
    [
        ("http://cart", [(True, "cart", None)]),
        ("http://cart:8080/x", [(True, "cart", 8080)]),
        ("dns:///cart:9090", [(True, "cart", 9090)]),
        ("postgres://user:word@db:5432/x", [(True, "db", 5432)]),
        ("cart:9090", [(False, "cart", 9090)]),
        ("cart.shop-test", [(False, "cart.shop-test", None)]),
        ("cart", []),
        ("cart:x", []),
        ("a/cart:9090", []),
        ("cart:90:90", []),
        ("cart:9090, price:1", [(False, "cart", 9090), (False, "price", 1)]),
        ("x" * 100_000 + " cart:9090", []),
    ],
)
def test_addresses_in_a_text(text: str, found: list[tuple[bool, str, int | None]]) -> None:
    assert [(dial.url, dial.host, dial.port) for dial in addresses(text, HERE)] == found


@pytest.mark.parametrize(
    "node, route",
    [
        ({"args": ["-a", "cart:1"]}, ("args", 1)),
        ({"command": ["cart:1"]}, ("command", 0)),
        ({"command": {"a": "cart:1"}}, ("command", "a")),
        ({"spec": [{"env": [{"name": "A", "value": "cart:1"}]}]}, ("spec", 0, "env", 0, "value")),
        ({"kind": "ConfigMap", "data": {"a": "cart:1"}}, ("data", "a")),
        ({"kind": "Secret", "data": {"a": "cart:1"}}, None),
        ({"value": "cart:1"}, None),
        ({"name": "A", "value": ["cart:1"]}, None),
        ({"args": "cart:1"}, None),
        ({"args": [7, None], "command": None}, None),
        ({"image": "cart:1"}, None),
        ({"spec": {"args": 5}}, None),
        ({"spec": {"command": True}}, None),
        ({"kind": "ConfigMap", "data": 1.5}, None),
        ({"kind": "ConfigMap", "data": "cart:9090"}, None),
    ],
)
def test_where_an_object_holds_addresses(node: Any, route: tuple[str | int, ...] | None) -> None:
    found = [(dial.host, dial.place) for dial in spoken(HERE, node)]
    assert found == ([] if route is None else [("cart", HERE.at(*route))])


def test_an_address_in_a_patch_in_place_stands_where_the_patch_does() -> None:
    patch = Place("kustomization.yaml", ("patches", 0, "patch"))
    [dial] = spoken(patch, {"spec": {"args": ["cart:1"]}})
    assert dial.place == patch
