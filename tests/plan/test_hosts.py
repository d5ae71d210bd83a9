"""Routes as data: what is decided before anything is printed."""

from __future__ import annotations

import pytest

from generator.plan import hosts, routes
from generator.plan.plan import Plan
from generator.plan.routes import Match, NoAnswer, Route
from generator.plan.units import Unit
from tests.conftest import Files, compiled, service

LOGIN, TEST, PERF = Unit("test", "login"), Unit("test"), Unit("perf")


def routes_to(plan: Plan, environment: str, name: str) -> list[Route]:
    host = hosts.of_service(plan, environment, name)
    assert host is not None
    return [route for part in host.requests for route in part.routes]


def test_lanes_by_name_then_environments_with_their_branches_and_then_all_else() -> None:
    plan = compiled().plan
    lanes = [
        Route(Match(("mixed", "test/login")), LOGIN),
        Route(Match(("perf",), whole=True), PERF),
        Route(Match(("test",), whole=True), TEST),
    ]
    assert routes_to(plan, "test", "api") == [*lanes, Route(Match(), TEST)]
    assert routes_to(plan, "perf", "api") == [*lanes, Route(Match(), PERF)]
    assert routes_to(plan, "test", "web") == [
        Route(Match(("mixed",)), TEST),
        Route(Match(("perf", "test"), whole=True), TEST),
        Route(Match(), TEST),
    ]


def test_the_ingress_asks_for_ways_in_the_order_of_trying() -> None:
    more = service("shop", "entry: [{exact: /login}, {prefix: /shop}]\n")
    run = {
        "environments/perf/environment.yaml": "hosts: [b.example.com, a.example.com]\nextends: test\nruns:\n  shop: {tag: v1}\n"
    }
    host = hosts.of_ingress(compiled(more | run).plan, "perf")
    assert host is not None
    assert host.names == ("a.example.com", "b.example.com")
    assert [(part.way.path, part.service) for part in host.requests if part.way] == [
        ("/login", "shop"),
        ("/shop", "shop"),
        ("/", "web"),
    ]


def test_without_a_host_nothing_comes_in() -> None:
    plan = compiled({"environments/perf/environment.yaml": "extends: test\n"}).plan
    assert hosts.of_ingress(plan, "perf") is None


@pytest.mark.parametrize("count, printed", [(1, 1), (32, 32), (33, 1)])
def test_few_refusals_name_their_lane_and_many_share_a_body(count: int, printed: int) -> None:
    lanes = tuple(f"lane-{number:02}" for number in range(count))
    made = list(routes.unanswered("api", lanes))
    assert len(made) == printed
    assert tuple(lane for route in made for lane in route.lanes) == lanes
    assert all(route.answer == NoAnswer("api", route.lanes) for route in made)


def test_a_refusal_says_what_is_missing() -> None:
    refusal = NoAnswer("api", ("mixed", "perf"))
    assert refusal.status == 503
    assert refusal.body == "no version of api answers in the lane mixed or perf\n"


def test_where_nobody_answers_the_environment_itself_is_refused_last() -> None:
    bare: Files = {
        "environments/perf/environment.yaml": "hosts: [perf.example.com]\nruns:\n  web: {tag: v1}\n",
        "environments/lanes/mixed.yaml": "through: [test/login]\n",
    }
    last = routes_to(compiled(bare | service("web", "entry: [{prefix: /}]\n")).plan, "test", "web")
    assert last[-1] == Route(Match(), TEST)
    alone = compiled(
        {
            "environments/test/environment.yaml": "hosts: [test.example.com]\nruns:\n  api: {tag: v1}\n",
            "environments/lanes/mixed.yaml": "through: [test/login]\nisolation: strict\n",
            "environments/perf/environment.yaml": "runs:\n  web: {tag: v1}\n  api: {tag: p1}\n",
        }
    ).plan
    found = routes_to(alone, "test", "web")
    assert found[-1] == Route(Match(), NoAnswer("web", ("test",)))
    assert all("test" not in route.lanes for route in found)  # that is what the last one says
    # A strict lane is refused; shared ones that no call leads there are as unknown.
    assert Route(Match(("mixed",)), NoAnswer("web", ("mixed",))) in found
    assert all("test/login" not in route.lanes for route in found)


def test_connections_are_told_by_their_caller() -> None:
    changes = service("api", protocol="tcp") | {
        "environments/test/branches/login.yaml": "runs:\n  api: {tag: b1}\n  web: {tag: b1}\n"
    }
    host = hosts.of_service(compiled(changes).plan, "test", "api")
    assert host is not None
    assert host.requests == ()
    assert host.connections == (Route(Match(caller=LOGIN), LOGIN), Route(Match(), TEST))
    assert host.seen_from == ("test",)


def test_private_names_are_for_those_that_call_them() -> None:
    plan = compiled(service("api", "names: [trpc.shop.api]\n")).plan
    host = hosts.of_private_names(plan, "test", "api")
    assert host is not None
    assert (host.names, host.seen_from) == (("trpc.shop.api",), ("test",))
    assert hosts.of_private_names(plan, "perf", "api") is None  # nobody there calls it
