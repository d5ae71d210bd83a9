"""The smallest configurations each time, and that what is wrong is told. `make specification` asks all of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from generator.plan import access, isolation, routes, routing
from generator.plan.units import Unit
from tests.mesh.oracle import Input
from tests.specification import rules, shapes, tenants
from tests.specification.model import Lane, Model, Service
from tests.specification.shapes import Shape
from tests.specification.written import repository

SMALL = Shape((None,), (0,))
TWO = Shape((None, 0), ())


def test_shapes_are_drawn_once_each() -> None:
    """Counted by hand: the forests of one, two and three environments are 1, 2 and 4."""
    assert len({shape.forest for shape in shapes.shapes(branches=0)}) == 7
    assert len(list(shapes.shapes(branches=0))) == 7
    assert len(list(shapes.shapes(1))) == 3
    assert len(list(shapes.shapes())) == 44


def test_sleepers_are_closed() -> None:
    assert set(shapes.sleepers(SMALL)) == {
        frozenset(),
        frozenset({"e0/b0"}),
        frozenset({"e0", "e0/b0"}),
    }


@pytest.mark.parametrize(
    "rule, shape, least",
    [
        (rules.who_answers, SMALL, 200),
        (rules.who_answers, TWO, 200),
        (rules.where_routes_lead, SMALL, 150),
        (rules.where_routes_lead, TWO, 300),
        (rules.who_may_call, Shape((None,), ()), 100),
    ],
)
def test_small_configurations(rule: Callable[[Shape], int], shape: Shape, least: int) -> None:
    assert rule(shape) > least


def test_the_model_and_the_oracle_of_the_mesh_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    some = list(islice(tenants.some_models(), 0, None, 40))
    monkeypatch.setattr(tenants, "some_models", lambda: some)
    assert tenants.the_model_is_the_oracle() > 10_000
    monkeypatch.setattr(
        Model, "decides", lambda self, colour, addressed, caller, service: addressed
    )
    with pytest.raises(rules.Wrong):
        tenants.the_model_is_the_oracle()


def _without_pins(lane: Any, runs: Any, extends: Any, asleep: Any = frozenset()) -> Any:
    return ANSWERS(lane._replace(pin={}), runs, extends, asleep)


def _no_refusals(*_: Any, **__: Any) -> Any:
    return iter(())


def _everybody(lanes: Any) -> frozenset[Unit]:
    return frozenset()


ANSWERS = routing.answers


@pytest.mark.parametrize(
    "module, name, fault, rule",
    [
        (routing, "answers", _without_pins, rules.who_answers),
        (routing, "answers", _without_pins, rules.where_routes_lead),
        (routes, "unanswered", _no_refusals, rules.where_routes_lead),
        (access, "_strict", _everybody, rules.who_may_call),
        (isolation.Ways, "_begin", lambda *_: [], rules.who_may_call),
    ],
)
def test_a_fault_is_told_as_a_repository_and_a_request(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, fault: Any, rule: Any
) -> None:
    monkeypatch.setattr(module, name, fault)
    with pytest.raises(rules.Wrong) as wrong:
        rule(SMALL)
    *files, request, words = wrong.value.lines
    assert "# environments/platform.yaml" in files
    assert request.startswith("$ curl -sS ") and "the plan says" in words


def test_a_model_is_written_as_it_is_read() -> None:
    services = {"a": Service(("b",), entry=True), "b": Service(tcp=True)}
    runs = {"e0": frozenset({"a", "b"}), "e0/b0": frozenset({"b"}), "e1": frozenset({"a"})}
    lane = Lane(("e1", "e0/b0"), {"a": "e0"}, strict=True)
    model = Model({"e0": None, "e1": "e0"}, runs, services, {"l": lane}, frozenset({"e1"}))
    read = Input(repository(model))
    assert read.units == {unit: set(names) for unit, names in runs.items()}
    assert read.named == {
        "l": {"through": ["e1", "e0/b0"], "pin": {"a": "e0"}, "isolation": "strict"}
    }
    assert read.asleep == {"e1"} and read.environments["e1"]["extends"] == "e0"


def test_tenants_are_refused_or_have_their_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    some = list(islice(tenants.pairs(), 0, None, 60))
    monkeypatch.setattr(tenants, "pairs", lambda: iter(some))
    assert tenants.who_has_a_request() > 200
    assert tenants.what_a_tenant_changes() > 40
    monkeypatch.setattr(tenants, "KINDS", ("header", "claim", "cookie", "host"))
    with pytest.raises(rules.Wrong) as wrong:
        tenants.who_has_a_request()
    assert wrong.value.lines[-2].startswith("$ curl")
