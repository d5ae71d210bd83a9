"""Who may ask for a service at the waypoint of an environment, read as Istio reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.io.tree import read_sources
from generator.plan import hosts
from generator.plan.plan import Plan
from generator.plan.routes import Route
from generator.vocabulary.names import TESTER
from tests.conftest import compiled
from tests.mesh.topology import generate
from tests.targets.test_ambient import AMBIENT, MORE, principals, things

NO_COLOUR = ":tcp"
Rules = list[dict[str, Any]]


def rules(made: Compiled, environment: str, service: str) -> Rules:
    for one in things(made, f"overlays/{environment}/mesh.pods/", "AuthorizationPolicy"):
        (target,) = one["spec"].get("targetRefs", [{}])
        if target.get("name") == service:
            return list(one["spec"]["rules"])
    return []


def fits(rule: dict[str, Any], colour: str | None, port: str) -> bool:
    """Whether Istio's reading of a rule takes a colour that the waypoint tells, None where it tells none, at a port. What
    asks for a colour is not counted on where raw TCP has none."""

    def one_of(values: list[str]) -> bool:
        told = colour or ""
        return any(told.startswith(v[:-1]) if v.endswith("*") else told == v for v in values)

    if colour == NO_COLOUR:
        return "when" not in rule and port in _ports(rule, port)
    for asked in rule.get("when", ()):
        if "values" in asked and not one_of(asked["values"]):
            return False
        if one_of(asked.get("notValues", [])):
            return False
    return port in _ports(rule, port)


def _ports(rule: dict[str, Any], port: str) -> list[str]:
    return [
        each
        for asked in rule.get("to", [{"operation": {"ports": [port]}}])
        for each in asked["operation"]["ports"]
    ]


def asked(plan: Plan, environment: str, service: str) -> Iterator[tuple[str | None, str, Route]]:
    """(colour, port, route) of requests of each colour, and of connections without one."""
    host = hosts.of_service(plan, environment, service)
    for port in plan.services[service].ports:
        if not port.has_headers:
            for route in host.connections if host else ():
                if route.match.caller is None:
                    yield NO_COLOUR, str(port.port), route
            continue
        for colour in (None, *plan.lanes, *(f"{name}/gone" for name in plan.environments), "gone"):
            for part in host.requests if host else ():
                route = next(one for one in part.routes if one.match.fits(colour or ""))
                yield colour, str(port.port), route


def expected(plan: Plan, environment: str, service: str, route: Route) -> set[str]:
    """Accounts of those whom the answer lets in and who dial the environment."""
    return {
        f"{plan.platform.cluster.trust}/ns/{plan.environments[unit.environment].namespace}/sa/{account}"
        for caller in plan.allowed.get((service, route.unit), ())  # type: ignore[arg-type]
        if caller
        for name, unit in [caller]
        if environment
        in ([unit.environment] if name == TESTER else plan.addressed(name, unit.environment))
        for account in (
            [name, f"{name}.branch-*"] if unit.branch == "*" else [plan.account(*caller)]
        )
    }


def judged(made: Compiled) -> tuple[int, int]:
    """How many ways were held, and how many of them led where somebody is let in."""
    plan, held, open_ = made.plan, 0, 0
    for environment in plan.environments:
        for service in plan.known[environment]:
            found = rules(made, environment, service)
            for colour, port, route in asked(plan, environment, service):
                fitting = [rule for rule in found if fits(rule, colour, port)]
                where = (environment, service, colour, port)
                if route.unit is None:
                    assert any(principals(rule) is None for rule in fitting), where
                else:
                    assert None not in [principals(rule) for rule in fitting], where
                    let_in = {who for rule in fitting for who in principals(rule) or ()}
                    assert let_in == expected(plan, environment, service, route), where
                    open_ += bool(let_in)
                held += 1
    return held, open_


def test_a_waypoint_lets_in_of_each_lane_whom_its_answer_lets_in() -> None:
    held, opened = judged(compiled(MORE))
    assert opened > 20 and held > opened


@pytest.mark.parametrize("seed", range(24))
def test_a_waypoint_lets_in_no_one_else_in_random_repositories(seed: int, tmp_path: Path) -> None:
    if not generate(seed, tmp_path, "1.40.0", "strict", plane="ambient"):
        pytest.skip("an invalid one")
    assert judged(valid(compile_sources(read_sources(tmp_path))))[1]


def test_who_may_come_in_every_lane_is_asked_for_none() -> None:
    """So that its policy stays as it is when lanes come and go; what a lane refuses all may hear."""
    made = compiled(MORE)
    (refused, tests) = rules(made, "test", "web")
    assert principals(refused) is None and refused["when"][0]["values"] == ["strict"]
    assert tests["when"][0]["notValues"] == ["test/web"]
    (others, own) = rules(made, "test", "api")
    web = "cluster.local/ns/shop-{}/sa/web"
    assert principals(others) == {web.format("perf"), web.format("perf") + ".branch-*"}
    assert others["when"][0]["values"] == ["perf", "perf/*", "strict"]
    assert principals(own) == {web.format("test"), web.format("test") + ".branch-*"}
    assert "when" not in own


def test_where_nobody_answers_raw_tcp_is_opened_to_nobody() -> None:
    """A request hears that it is refused; a connection has nothing to hear."""
    ports = "[{name: web, port: 8080, protocol: http}, {name: raw, port: 9000, protocol: tcp}]"
    gone = ("test/branches/login", "lanes/mixed", "tenants/acme")
    made = compiled(
        AMBIENT
        | {f"environments/{path}.yaml": None for path in gone}
        | {
            "environments/services/api.yaml": f"image: registry.example.com/api\nports: {ports}\nforwardsColour: true\n",
            "environments/test/environment.yaml": "asleep: true\nhosts: [test.example.com]\nruns: {web: {tag: v}, api: {tag: v}}\n",
            "environments/perf/environment.yaml": "hosts: [perf.example.com]\nruns: {web: {tag: v}, api: {tag: v}}\n",
        }
    )
    found = rules(made, "test", "api")
    assert any(principals(rule) is None for rule in found)
    assert not [rule for rule in found if principals(rule) is None and "to" in rule]
