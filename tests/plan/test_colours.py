"""What a colour means to a service: routes that stand once, and what else it may be taken for."""

from __future__ import annotations

import pytest

from generator.plan import colours
from generator.plan.plan import Plan
from generator.plan.routes import Match, NoAnswer
from generator.plan.units import Unit
from generator.views import explain
from generator.views.routes import rows
from tests.conftest import SMALL, Files, compiled

LOGIN, TEST, PERF = Unit("test", "login"), Unit("test"), Unit("perf")
# `alone` has an entry that it does not run, and a lane that nothing leads to api.
ALONE: Files = {
    "environments/alone/environment.yaml": "hosts: [alone.example.com]\nruns: {}\n",
}


def answer(plan: Plan, service: str, port: int | None, colour: str) -> object:
    """What the routes of the lanes make of a colour; None if no route fits."""
    lanes = plan.shared(service)[port]
    return next((route.answer for route in lanes.routes if route.match.fits(colour)), None)


@pytest.mark.parametrize(
    ("colour", "unit"),
    [
        ("test/login", LOGIN),
        ("mixed", LOGIN),
        ("perf", PERF),
        ("perf/nobody", PERF),
        ("test/gone", TEST),
        ("test", TEST),
        ("nobody", None),
        ("nobody/login", None),
        ("test/", None),
        ("test/a/b", None),
        ("test/A", None),
        ("test/login,test/login", None),
        ("xtest/login", None),
        ("", None),
    ],
)
def test_a_branch_that_there_is_not_is_its_environment(colour: str, unit: Unit | None) -> None:
    plan = compiled().plan
    assert answer(plan, "api", None, colour) == unit
    taken = colours.met(plan, "perf", "api", colour)
    assert plan.answers[taken]["api"] == (unit or PERF)


def test_a_lane_that_nothing_leads_to_a_service_counts_there_as_unknown() -> None:
    plan = compiled(ALONE).plan
    assert answer(plan, "api", None, "alone") is None
    table = {row[:3]: row[3] for row in rows(plan)}
    assert table["test", "api", "alone"] == TEST
    assert table["perf", "api", "alone"] == PERF
    (hop,) = explain.explain_lane(plan, "alone", "api", "perf").hops
    assert hop.target == PERF
    assert hop.because.startswith("no way leads lane alone there, addressed to perf; ")


def test_at_the_ingress_any_lane_may_come_in_and_is_refused() -> None:
    plan = compiled(ALONE).plan
    assert answer(plan, "web", 8080, "alone") == NoAnswer("web", ("alone",))
    assert answer(plan, "web", 8080, "alone/gone") == NoAnswer("web", ("alone",))
    assert answer(plan, "web", None, "alone") is None
    (hop,) = explain.explain_lane(plan, "alone", "web", "perf").hops
    assert (hop.target, hop.because) == (None, "no unit of lane alone runs it: 503")


def test_a_strict_lane_is_refused_wherever_it_is_not_answered() -> None:
    strict = {"environments/lanes/mixed.yaml": "through: [perf]\nisolation: strict\n"}
    plan = compiled(strict).plan
    assert answer(plan, "web", None, "mixed") == NoAnswer("web", ("mixed",))
    assert {route.match for route in plan.shared("web")[None].routes} >= {Match(("mixed",))}


def test_what_calls_lead_to_and_sleeps_is_refused_with_the_reason() -> None:
    path = "environments/test/environment.yaml"
    plan = compiled({path: f"{SMALL[path]}asleep: true\n"}).plan
    refusal = answer(plan, "web", None, "perf")
    assert isinstance(refusal, NoAnswer)
    assert refusal.asleep == TEST


def test_a_new_branch_changes_the_lanes_of_what_it_runs() -> None:
    before = compiled().plan
    after = compiled({"environments/test/branches/new.yaml": "runs:\n  api: {tag: n1}\n"}).plan
    assert before.shared("web") == after.shared("web")
    assert before.shared("api") != after.shared("api")
    assert answer(after, "api", None, "test/new") == Unit("test", "new")


def test_the_lane_of_a_colour() -> None:
    plan = compiled().plan
    assert colours.lane_of(plan, "test/login") == "test/login"
    assert colours.lane_of(plan, "test/gone") == "test"
    assert colours.lane_of(plan, "gone") is None
