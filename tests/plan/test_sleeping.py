"""Units that sleep: who answers instead, what is refused with the reason, and what is told."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.io.tree import read_sources
from generator.plan import access
from generator.plan.routes import NoAnswer
from generator.plan.units import Caller, Unit
from generator.views import explain
from generator.views.routes import text
from generator.views.tested import judge
from generator.vocabulary.findings import Findings
from generator.vocabulary.refusal import Refusal
from tests.conftest import SMALL, Files, compiled
from tests.mesh.oracle import Input
from tests.mesh.topology import generate, sleep

TEST = "environments/test/environment.yaml"
LOGIN = "environments/test/branches/login.yaml"
PERF = "environments/perf/environment.yaml"
ACME = "environments/tenants/acme.yaml"
MIXED = "environments/lanes/mixed.yaml"
STRICT = (
    "match: [{header: {x-tenant: acme}}]\nlane: {through: [test/login, test], isolation: strict}\n"
)
WITH_TESTS = "tests: {front: {requests: [{service: web}]}}\n"


def asleep(path: str, more: str = "") -> Files:
    return {path: f"{SMALL[path]}asleep: true\n{more}"}


def lanes(made: Compiled, service: str = "api") -> list[dict[str, Any]]:
    """The routes of the lanes of a service in the mesh."""
    found, *_ = yaml.safe_load_all(made.files[f"overlays/lanes/{service}.yaml"].decode())
    return list(found["spec"]["http"])


def default(made: Compiled, environment: str, service: str) -> dict[str, Any]:
    """What all else gets that is addressed to an environment."""
    path = f"overlays/{environment}/mesh/services/{service}.yaml"
    objects = yaml.safe_load_all(made.files[path].decode())
    (found,) = [one for one in objects if one["kind"] == "VirtualService"]
    return dict(found["spec"]["http"][-1])


def test_a_branch_that_sleeps_falls_back_and_its_routes_say_so() -> None:
    plan = compiled(asleep(LOGIN)).plan
    assert plan.answers["test/login"]["api"] == plan.answers["test"]["api"] == Unit("test")
    assert plan.answers["mixed"]["api"] == Unit("perf")
    assert plan.slept == {
        "test/login": {"api": Unit("test", "login")},
        "mixed": {"api": Unit("test", "login")},
    }
    says = {"response": {"set": {"x-lane-asleep": "test/login"}}}
    made = compiled(asleep(LOGIN))
    mixed, login, perf, test = lanes(made)
    assert mixed["headers"] == says and mixed["name"] == "perf"
    assert login["headers"] == says and login["name"] == "test"
    assert login["match"] == [{"headers": {"x-lane": {"exact": "test/login"}}}]
    assert (perf["name"], test["name"]) == ("perf", "test")
    assert all("headers" not in one for one in (perf, test, default(made, "test", "api")))


def test_an_environment_sleeps_with_its_branches() -> None:
    plan = compiled(asleep(TEST)).plan
    assert plan.asleep == {Unit("test"), Unit("test", "login")}
    assert plan.answers["test"] == plan.answers["test/login"] == {}
    assert plan.answers["perf"] == {"api": Unit("perf")}
    only = default(compiled(asleep(TEST)), "perf", "web")
    said = only["directResponse"]
    assert said == {
        "status": 503,
        "body": {"string": "no version of web answers in the lane perf: test is asleep\n"},
    }
    assert only["headers"] == {"response": {"set": {"x-lane-asleep": "test"}}}


def test_an_environment_that_extends_another_falls_back_to_it() -> None:
    plan = compiled(asleep(PERF)).plan
    assert plan.answers["perf"] == {"web": Unit("test"), "api": Unit("test")}


def test_a_pin_onto_a_sleeping_unit_falls_back_to_the_way() -> None:
    lane = "through: [test/login, test]\npin: {api: perf}\n"
    made = compiled(asleep(PERF) | {MIXED: lane})
    assert made.plan.answers["mixed"]["api"] == Unit("test", "login")
    (hop,) = explain.explain_lane(made.plan, "mixed", "api").hops
    assert hop.because == "perf is asleep; lane mixed goes through test/login"


def test_a_strict_lane_is_refused_with_the_reason() -> None:
    made = compiled(asleep(TEST) | {MIXED: "through: [test]\nisolation: strict\n", ACME: STRICT})
    (hop,) = explain.explain_lane(made.plan, "mixed", "web").hops
    assert (hop.target, hop.because) == (None, "test is asleep: 503")
    (route,) = [one for one in made.plan.routes("perf", "api") if one.lanes == ("mixed",)]
    assert isinstance(route.answer, NoAnswer)
    assert route.answer.body == "no version of api answers in the lane mixed: test is asleep\n"


def test_what_nobody_answers_is_told_where_somebody_else_is_concerned() -> None:
    assert compiled(asleep(LOGIN)).warnings == ()
    (told,) = compiled(asleep(TEST)).warnings
    assert (told.code, told.place.path, told.place.route) == ("GEN325", TEST, ("asleep",))
    assert told.message == ("while test sleeps, nobody answers for web in the lanes mixed, perf")


def test_the_configuration_is_held_to_its_rules_as_if_all_were_awake() -> None:
    wrong = asleep(LOGIN) | {ACME: f"{SMALL[ACME]}expect: {{api: test}}\n"}
    right = asleep(LOGIN) | {ACME: f"{SMALL[ACME]}expect: {{api: test/login}}\n"}
    assert compiled(right)
    with pytest.raises(Findings) as stopped:
        compiled(wrong)
    assert [finding.code for finding in stopped.value.found] == ["GEN303"]


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({TEST: f"{SMALL[TEST]}{WITH_TESTS}"}, {"test"}),
        (asleep(TEST, WITH_TESTS), set()),
        (asleep(LOGIN, WITH_TESTS) | {TEST: f"{SMALL[TEST]}{WITH_TESTS}"}, {"test"}),
        # Its lane leads to what sleeps.
        (asleep(TEST) | {PERF: f"{SMALL[PERF]}{WITH_TESTS}"}, set()),
    ],
)
def test_smoke_tests_are_not_asked_while_something_of_their_lane_sleeps(
    changes: Files, asked: set[str]
) -> None:
    made = compiled(changes)
    assert set(map(str, made.plan.tests)) == asked
    written = {path for path in made.files if path.startswith("argocd/") and "tests" in path}
    assert len(written) == len(asked)


def test_what_sleeps_is_not_tested_and_says_so() -> None:
    made = compiled(asleep(TEST, WITH_TESTS))
    with pytest.raises(Refusal, match="something in the lane of test sleeps"):
        judge(made.plan, made.files, Unit("test"), "{}")


def test_proxies_know_the_destination_of_what_wakes_before_a_route_leads_there() -> None:
    """Envoy answers 503 while it makes a destination that it is told of with the route."""
    test, perf = (f"api.shop-{name}.svc.cluster.local" for name in ("test", "perf"))
    login = "api-login.shop-test.svc.cluster.local"
    for files, answers, slept in (
        (asleep(LOGIN), {test, perf}, login),
        (asleep(PERF), {test, login}, perf),
    ):
        told = [one["route"] for one in lanes(compiled(files)) if "headers" in one]
        assert {led["destination"]["host"] for led, _ in told} <= answers
        assert all((led["weight"], rests["weight"]) == (100, 0) for led, rests in told)
        assert {rests["destination"]["host"] for _, rests in told} == {slept}
    (alone,) = default(compiled(asleep(LOGIN)), "test", "api")["route"]
    assert alone == {"destination": {"host": test}}
    both = default(compiled(asleep(PERF)), "perf", "api")["route"]
    assert [one["weight"] for one in both] == [100, 0]


def test_messages_wait_for_who_sleeps() -> None:
    queues = {
        "environments/services/web.yaml": f"{SMALL['environments/services/web.yaml']}publishes: [orders]\n",
        "environments/services/api.yaml": f"{SMALL['environments/services/api.yaml']}consumes: [orders]\n",
    }
    awake, sleeping = compiled(queues), compiled(queues | asleep(TEST))
    assert sleeping.plan.handling == awake.plan.handling
    branch = compiled(queues | asleep(LOGIN))
    hops = explain.explain_lane(branch.plan, "test/login").hops
    (message,) = [hop for hop in hops if hop.queue]
    assert message.target is None
    assert message.because == "message in orders: it waits until test/login wakes"


def test_workloads_stop_after_the_routes_have_changed_and_start_before_them() -> None:
    def wave(made: Compiled, path: str) -> str:
        application = yaml.safe_load(made.files[f"argocd/applications/{path}.yaml"].decode())
        return str(
            application["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0")
        )

    awake, sleeping = compiled(), compiled(asleep(LOGIN))
    mesh = int(wave(awake, "test/mesh"))
    assert int(wave(awake, "test/login")) < mesh < int(wave(awake, "edge"))
    assert int(wave(sleeping, "edge")) < int(wave(sleeping, "test/login"))
    assert wave(sleeping, "test/baseline") == wave(awake, "test/baseline")
    options = yaml.safe_load(sleeping.files["argocd/applications/test/login.yaml"].decode())
    before = yaml.safe_load(awake.files["argocd/applications/test/login.yaml"].decode())
    assert options["spec"]["syncPolicy"] == before["spec"]["syncPolicy"]


@pytest.mark.parametrize("seed", range(40))
def test_no_answer_in_random_topologies_is_a_unit_that_sleeps(seed: int, tmp_path: Path) -> None:
    """And what has nothing to do with it is as it was."""
    if not generate(seed, tmp_path, "1.40.0", sleeps=False):
        pytest.skip("an invalid one")
    awake = valid(compile_sources(read_sources(tmp_path)))
    for path, content in _sleepers(seed, tmp_path).items():
        (tmp_path / "environments" / path).write_text(json.dumps(content))
    made = valid(compile_sources(read_sources(tmp_path)))
    assert made.plan.asleep
    asleep, before, now = set(map(str, made.plan.asleep)), awake.plan, made.plan
    oracle = Input.read(tmp_path)
    for lane, answers in now.answers.items():
        assert not {*map(str, answers.values())} & asleep
        for service in now.services:
            was, is_now = before.answers[lane].get(service), answers.get(service)
            assert now.sleeper(lane, service) == (was if str(was) in asleep else None)
            assert was == is_now or str(was) in asleep
            if lane in oracle.lanes():
                assert oracle.target(lane, service) == (is_now and str(is_now))
    for row in json.loads("".join(text(now)))["routes"]:
        target = row["target"]
        assert target is None or Unit(target["environment"], target["branch"]) not in now.asleep
    for environment, known in now.known.items():
        for service in known:
            assert not {route.unit for route in now.routes(environment, service)} & now.asleep


def _sleepers(seed: int, root: Path) -> dict[str, object]:
    top, dice = root / "environments", random.Random(seed)
    files = {
        path.relative_to(top).as_posix(): json.loads(path.read_text())
        for path in top.rglob("*.yaml")
    }
    before = {path: json.dumps(content) for path, content in files.items()}
    while all(before[path] == json.dumps(content) for path, content in files.items()):
        sleep(dice, files, share=1)
    return {path: content for path, content in files.items() if before[path] != json.dumps(content)}


@pytest.mark.parametrize("seed", range(40, 60))
def test_who_is_let_in_while_something_sleeps_is_as_the_oracle_says(
    seed: int, tmp_path: Path
) -> None:
    if not generate(seed, tmp_path, "1.40.0", "strict", sleeps=False):
        pytest.skip("an invalid one")
    for path, content in _sleepers(seed, tmp_path).items():
        (tmp_path / "environments" / path).write_text(json.dumps(content))
    made, oracle = valid(compile_sources(read_sources(tmp_path))), Input.read(tmp_path)
    for name, lane in json.loads("".join(text(made.plan)))["lanes"].items():
        if lane["kind"] == "inline":
            oracle.inline[name] = {key: lane[key] for key in ("through", "pin", "isolation")}
    edges = oracle.allowed()
    everybody = [(service, unit) for unit, runs in oracle.units.items() for service in runs]
    for callee in everybody:
        let_in = made.plan.allowed.get((callee[0], Unit.parse(callee[1])), ())
        for caller in (None, *everybody):
            if caller != callee:
                assert _among(caller, let_in) == ((caller, callee) in edges), (caller, callee)


def _among(caller: tuple[str, str] | None, let_in: tuple[Caller | None, ...]) -> bool:
    who = caller and (caller[0], Unit.parse(caller[1]))
    return not {who, access.whole(who)}.isdisjoint(let_in)
