"""Who answers: the contract's rules one by one, and the table against the rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generator.plan.routing import answers, target, unit_lane
from generator.plan.units import Lane, Unit
from tests.conftest import compiled

TEST, LOGIN, PERF, STAGING, FIX = (
    Unit("test"),
    Unit("test", "login"),
    Unit("perf"),
    Unit("staging"),
    Unit("staging", "fix"),
)
RUNS = {
    TEST: {"web", "api", "db"},
    LOGIN: {"api", "extra"},
    PERF: {"db"},
    STAGING: {"web", "api", "db"},
    FIX: {"db"},
}
EXTENDS: dict[str, tuple[str, ...]] = {"test": (), "perf": ("test",), "staging": ()}


def lane(*through: Unit, pin: dict[str, Unit] | None = None, strict: bool = False) -> Lane:
    return Lane("lane", through, pin or {}, strict, "named")


def test_a_pin_wins_over_the_way() -> None:
    assert target(lane(LOGIN, pin={"api": STAGING}), "api", RUNS, EXTENDS) == STAGING


def test_the_first_unit_that_runs_it_answers() -> None:
    assert target(lane(LOGIN, STAGING), "api", RUNS, EXTENDS) == LOGIN
    assert target(lane(FIX, LOGIN), "api", RUNS, EXTENDS) == LOGIN


def test_then_the_environments_of_the_units_in_order_and_what_they_extend() -> None:
    assert target(lane(LOGIN, FIX), "web", RUNS, EXTENDS) == TEST
    assert target(lane(FIX, LOGIN), "web", RUNS, EXTENDS) == STAGING
    assert target(lane(PERF), "api", RUNS, EXTENDS) == TEST


def test_a_strict_lane_never_leaves_its_units() -> None:
    assert target(lane(LOGIN, strict=True), "web", RUNS, EXTENDS) is None
    assert target(lane(PERF, strict=True), "web", RUNS, EXTENDS) is None


def test_every_unit_is_a_lane() -> None:
    assert unit_lane(LOGIN).through == (LOGIN, TEST)
    assert unit_lane(PERF).through == (PERF,)


UNITS = st.sampled_from(sorted(RUNS))


@given(
    st.lists(UNITS, min_size=1, max_size=4),
    st.booleans(),
    st.dictionaries(st.sampled_from(["web", "api", "db"]), UNITS, max_size=2),
)
def test_the_table_is_the_rule_for_every_service(
    through: list[Unit], strict: bool, pin: dict[str, Unit]
) -> None:
    drawn = lane(
        *through,
        strict=strict,
        pin={service: unit for service, unit in pin.items() if service in RUNS[unit]},
    )
    services = {service for runs in RUNS.values() for service in runs} | {"nobody"}
    table = answers(drawn, RUNS, EXTENDS)
    assert {service: table.get(service) for service in services} == {
        service: target(drawn, service, RUNS, EXTENDS) for service in services
    }
    if strict:  # M3
        assert set(table.values()) <= {*through, *drawn.pin.values()}


def test_routes_hold_only_lanes_that_change_the_answer() -> None:
    plan = compiled().plan
    for environment, known in plan.known.items():
        for service in known:
            default = plan.answers[environment].get(service)
            told = {
                name: route.unit
                for route in plan.routes(environment, service)
                for name in route.lanes
            }
            for name in plan.lanes:
                answer = plan.answers[name].get(service)
                assert told.get(name, default) == answer  # M1, M2
                assert name not in told or answer is None or answer != default
