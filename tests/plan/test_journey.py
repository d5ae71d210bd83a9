"""Where a colour is kept, lost and given: one row for each way of a call."""

from __future__ import annotations

import pytest

from generator.compiler import translate
from generator.plan.journey import Step, call, message, walk, without_colour
from generator.plan.services import Service
from generator.plan.units import Unit
from generator.vocabulary import catalogue

TEST, LOGIN = Unit("test"), Unit("test", "login")


def service(protocol: str = "http", *, forwards: bool = True) -> Service:
    port = {"name": "main", "port": 80, "protocol": protocol}
    said = {"image": "registry.example.com/x", "ports": [port], "forwardsColour": forwards}
    return translate.service(catalogue.Service.model_validate(said), ())


KEEPS, DROPS, TCP = service(), service(forwards=False), service("tcp")


@pytest.mark.parametrize(
    ("caller", "unit", "callee", "colour", "step"),
    [
        (KEEPS, TEST, KEEPS, "perf", Step("perf", "perf", kept=True)),
        (KEEPS, LOGIN, KEEPS, "perf", Step("perf", "perf", kept=True)),
        (KEEPS, TEST, KEEPS, None, Step("test", None, kept=False)),
        (KEEPS, LOGIN, KEEPS, None, Step("test/login", "test/login", kept=False)),
        (DROPS, TEST, KEEPS, "perf", Step("test", None, kept=False)),
        (DROPS, LOGIN, KEEPS, "perf", Step("test/login", "test/login", kept=False)),
        (KEEPS, TEST, TCP, "perf", Step("test", None, kept=False)),
        (KEEPS, LOGIN, TCP, "perf", Step("test/login", None, kept=False)),
    ],
)
def test_a_call(
    caller: Service, unit: Unit, callee: Service, colour: str | None, step: Step
) -> None:
    assert call(caller, unit, callee, colour) == step


@pytest.mark.parametrize(
    ("writer", "unit", "colour", "lane"),
    [
        (KEEPS, TEST, "perf", "perf"),
        (KEEPS, LOGIN, None, "test/login"),
        (DROPS, LOGIN, "perf", "test/login"),
        (DROPS, TEST, "perf", "test"),
    ],
)
def test_a_message(writer: Service, unit: Unit, colour: str | None, lane: str) -> None:
    assert message(writer, unit, colour) == lane


def test_without_a_colour_only_a_branchs_own_pods_have_a_lane() -> None:
    assert without_colour(LOGIN, "staging") == "test/login"
    assert without_colour(TEST, "staging") == without_colour(None, "staging") == "staging"


def test_a_walk_comes_to_each_stop_once_and_to_the_nearest_first() -> None:
    ways = {"a": ["b", "c"], "b": ["d"], "c": ["d", "a"], "d": ["a"]}
    assert list(walk(["a"], ways.__getitem__)) == ["a", "b", "c", "d"]
    assert list(walk(["a", "c"], ways.__getitem__)) == ["a", "c", "b", "d"]


def test_of_stops_with_one_key_only_the_first_is_come_to() -> None:
    assert list(walk([10, 21], lambda stop: [stop + 1], key=lambda stop: stop % 3)) == [10, 21, 11]
