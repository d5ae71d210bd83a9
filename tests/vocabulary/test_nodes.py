"""What is of another shape than was asked for is as if it were not there."""

from __future__ import annotations

from typing import Any

import pytest

from generator.vocabulary import nodes

NODE = {"a": {"b": [{"c": 1}, 2, {"c": True}]}, "text": "t", "none": None}


@pytest.mark.parametrize(
    "route, there",
    [
        ((), NODE),
        (("a", "b", 0, "c"), 1),
        (("a", "b", 3), None),
        (("a", "b", "0"), None),
        (("a", "b", 1, "c"), None),
        (("a", "x", "c"), None),
        (("text", 0), None),
        (("none", "c"), None),
    ],
)
def test_a_route_leads_to_what_stands_there_or_to_nothing(route: Any, there: Any) -> None:
    assert nodes.below(NODE, *route) == there


def test_other_shapes_are_empty() -> None:
    assert nodes.mapping(NODE, "a", "b") == {} and nodes.mapping(NODE, "a", "b", 0) == {"c": 1}
    assert nodes.listed(NODE, "a") == [] and nodes.listed(NODE, "a", "b")[1] == 2
    assert nodes.numbered(NODE, "a", "b") == [(0, {"c": 1}), (2, {"c": True})]
    assert nodes.mappings(NODE, "a", "b") == [{"c": 1}, {"c": True}]
    assert nodes.text(NODE, "text") == "t" and nodes.text(NODE, "a") == ""
    assert nodes.whole(NODE, "a", "b", 0, "c") == 1
    assert nodes.whole(NODE, "a", "b", 2, "c") is None  # true is no number
