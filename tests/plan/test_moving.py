"""Whom policies let in while routes change one by one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from generator.compiler import plan as planning
from generator.compiler.compile import Compiled, compile_sources, valid
from generator.io.tree import read_sources
from generator.plan import access, journey, moving
from generator.plan.plan import Plan
from generator.plan.units import ANY, Caller, Lane, Unit
from tests.apart import NAMED
from tests.conftest import Files, compiled, service
from tests.mesh.events import move_lanes
from tests.mesh.oracle import Input
from tests.mesh.topology import generate
from tests.plan.test_sleeping import _sleepers

DREAM = "environments/perf/branches/dream.yaml"
BOTH = "runs: {web: {tag: d1}, api: {tag: d1}}\n"


def refused(before: Plan, after: Plan) -> list[tuple[str, Caller | None, Caller]]:
    """(lane, caller, callee) of calls that are refused while one route is that of `before`, and another that of `after`.
    Policies of pods change before routes do; whom lanes led from elsewhere is let in until they have changed."""
    found = []
    for lane in before.lanes.keys() & after.lanes.keys():
        for caller, callee in crossing(lane, before, after):
            led = access.from_elsewhere(callee[1], before.allowed.get(callee, ()))
            let_in = {*after.allowed.get(callee, ()), *led}
            if let_in.isdisjoint((caller, access.whole(caller))):
                found.append((lane, caller, callee))
    return found


def crossing(lane: str, *plans: Plan) -> Iterator[tuple[Caller | None, Caller]]:
    """Calls of requests in a lane, by each that answers in either plan, to each that answers in either."""
    for caller in {stop for plan in plans for stop in stops(plan, lane)}:
        for plan in plans:
            service = plan.services[caller[0]]
            if service.entry and plan.answers[lane].get(caller[0]) == caller[1]:
                yield None, caller
            without = journey.without_colour(caller[1], caller[1].environment)
            for callee in service.calls:
                there = lane if journey.keeps(service, plan.services[callee]) else without
                if (target := plan.answers.get(there, {}).get(callee)) is not None:
                    yield caller, (callee, target)


def stops(plan: Plan, lane: str) -> Iterator[Caller]:
    return plan.ways.stops(lane, plan.lanes[lane], plan.answers[lane])


def test_a_branch_that_wakes_lets_in_who_answered_meanwhile() -> None:
    """Its api is asked by its own web and, as routes change one by one, by the one of test, which answered until then."""
    awake, asleep = (compiled({DREAM: more + BOTH}).plan for more in ("", "asleep: true\n"))
    api = ("api", Unit("perf", "dream"))
    assert ("web", Unit("test", ANY)) in asleep.allowed[api]
    assert ("web", Unit("test", ANY)) not in awake.allowed[api]
    assert not refused(asleep, awake)
    assert not refused(awake, asleep)


def test_an_environment_that_wakes_lets_in_who_answered_meanwhile() -> None:
    perf = "extends: test\nhosts: [perf.example.com]\n" + BOTH
    path = "environments/perf/environment.yaml"
    for branch in ({}, {DREAM: BOTH}):
        more: Files = {**branch}
        awake, asleep = (
            compiled(more | {path: text}).plan for text in (perf, f"asleep: true\n{perf}")
        )
        assert ("web", Unit("test", ANY)) in asleep.allowed["api", Unit("perf")]
        assert not refused(asleep, awake)
        assert not refused(awake, asleep)


def test_what_drains_in_one_step_is_let_in_as_well() -> None:
    drained = BOTH.replace("d1", "d1, draining: true")
    before, after = (compiled({DREAM: text}).plan for text in (BOTH, drained))
    assert not refused(before, after)
    assert not refused(after, before)


def test_of_several_that_sleep_one_may_wake_before_the_other() -> None:
    """Between the branch, which sleeps on, and test stands perf: its routes change alone."""
    environment = "extends: test\nhosts: [perf.example.com]\n" + BOTH
    states = []
    for asleep in ("asleep: true\n", ""):
        files: Files = {"environments/perf/environment.yaml": asleep + environment}
        states.append(compiled(files | {DREAM: "asleep: true\n" + BOTH}).plan)
    assert ("web", Unit("test", ANY)) in states[0].allowed["api", Unit("perf")]
    assert not refused(*states)
    assert not refused(*reversed(states))


def test_nobody_else_is_let_in_among_those_awake() -> None:
    """What waking asks for beyond lanes has an end that sleeps, and so no pods."""
    awake, asleep = (compiled({DREAM: more + BOTH}).plan for more in ("", "asleep: true\n"))
    for callee, who in awake.allowed.items():
        more = {*asleep.allowed[callee]} - {*who}
        assert not more or callee[1] in asleep.asleep


@pytest.mark.parametrize("seed", range(60, 100))
def test_no_call_is_refused_while_random_units_fall_asleep_and_wake(
    seed: int, tmp_path: Path
) -> None:
    if not generate(seed, tmp_path, "1.40.0", "strict", sleeps=False):
        pytest.skip("an invalid one")
    plans = [valid(compile_sources(read_sources(tmp_path))).plan]
    for path, content in _sleepers(seed, tmp_path).items():
        (tmp_path / "environments" / path).write_text(json.dumps(content))
        plans.append(valid(compile_sources(read_sources(tmp_path))).plan)
    for before, after in [*pairwise(plans), (plans[0], plans[-1])]:
        assert not refused(before, after)
        assert not refused(after, before)


LANE = "environments/lanes/mixed.yaml"
PERF = "environments/perf/environment.yaml"
TEST = "environments/test/environment.yaml"
DUSK = "environments/dusk/environment.yaml"
ALONE = "hosts: [perf.example.com]\nruns: {web: {tag: p1}, api: {tag: p1}}\n"
SLEEPS = "asleep: true\n"
EXTENDING = "extends: test\nhosts: [perf.example.com]\n"


def published(before: Compiled, after: Compiled) -> Plan:
    """The plan of what is published on top of what was before."""
    ways = [*moving.ways_before(before.plan, after.plan)]
    return planning.plan(after.resolved, moved=ways)


@pytest.mark.parametrize(
    ("changed", "one", "other"),
    [
        (LANE, "through: [perf]\n", "through: [test]\n"),
        (LANE, "through: [perf]\n", "through: [test]\npin: {db: perf}\n"),
        (PERF, EXTENDING, EXTENDING + BOTH),
        (
            DUSK,
            "hosts: [dusk.example.com]\nextends: test\n",
            "hosts: [dusk.example.com]\nextends: perf\n",
        ),
    ],
    ids=["through", "pin", "environment", "extends"],
)
def test_who_answered_before_is_let_in_until_all_routes_have_changed(
    changed: str, one: str, other: str
) -> None:
    """The web of either environment asks the api of the other while their routes change one after the other."""
    there: Files = {
        PERF: ALONE.replace("{web", "{db: {tag: p1}, web"),
        TEST: "hosts: [test.example.com]\nruns: {web: {tag: v1}, api: {tag: v1}, db: {tag: v1}}\n",
        DUSK: "hosts: [dusk.example.com]\nextends: test\n",
    }
    more = service("db") | service("api", "calls: [db]\n") | there
    before, after = (compiled(more | {changed: text}) for text in (one, other))
    assert refused(before.plan, after.plan)
    assert not refused(before.plan, published(before, after))


BRANCH = "environments/test/branches/login.yaml"
DRAINED = BOTH.replace("d1", "d1, draining: true")


@pytest.mark.parametrize(
    "one", ["through: [test/login]\n", "through: [perf]\npin: {web: test/login, api: test/login}\n"]
)
def test_who_answered_before_is_let_in_though_it_drains_in_the_same_step(one: str) -> None:
    before = compiled({PERF: ALONE, BRANCH: BOTH, LANE: one})
    after = compiled({PERF: ALONE, BRANCH: DRAINED, LANE: "through: [perf]\n"})
    assert refused(before.plan, after.plan)
    assert not refused(before.plan, published(before, after))


def test_who_answered_in_the_place_of_what_slept_is_let_in_though_that_wakes_in_the_same_step() -> (
    None
):
    there: Files = {PERF: ALONE, LANE: "through: [test/login]\n"}
    before = compiled(there | {BRANCH: SLEEPS + BOTH})
    after = compiled(there | {BRANCH: BOTH, LANE: "through: [perf]\n"})
    assert refused(before.plan, after.plan)
    assert not refused(before.plan, published(before, after))


@pytest.mark.parametrize(
    ("one", "lane"),
    [
        ("extends: test\nhosts: [perf.example.com]\nruns: {api: {tag: p1}}\n", None),
        (ALONE, "through: [perf, test]\n"),
        (ALONE, "through: [test]\npin: {api: perf}\n"),
    ],
    ids=["extends", "through", "pin"],
)
def test_no_way_is_kept_to_what_has_gone_to_another_mesh(one: str, lane: str | None) -> None:
    """It would have been a KeyError, and nothing published until ten minutes later."""
    named: Files = {"environments/platform.yaml": NAMED + "clusters: {eu: {}}\n"}
    before = compiled(named | {PERF: one, LANE: lane})
    after = compiled(named | {PERF: f"cluster: eu\n{ALONE}", LANE: lane and "through: [test]\n"})
    ways = [*moving.ways_before(before.plan, after.plan)]
    assert ways and after.keeping(ways).ids() == after.files.ids()


def test_no_more_is_let_in_than_lanes_that_are_led_elsewhere_ask_for() -> None:
    before, after = (
        compiled({PERF: ALONE, LANE: f"through: [{place}]\n"}) for place in ("test", "perf")
    )
    kept = published(before, after)
    assert moved(before, after) == ["mixed"]
    for callee, who in kept.allowed.items():
        more = {*who} - {*after.plan.allowed.get(callee, ())}
        assert all(caller and caller[1].environment != callee[1].environment for caller in more)
        assert not more or callee[0] == "api"


def moved(before: Compiled, after: Compiled) -> list[str]:
    return [way.name for way in moving.ways_before(before.plan, after.plan)]


def test_what_changes_no_answer_moves_no_lane() -> None:
    """Tags, what falls asleep and wakes, lanes and branches that come and go."""
    before = compiled()
    for changes in (
        {"environments/test/branches/login.yaml": "runs: {api: {tag: other}}\n"},
        {"environments/test/branches/login.yaml": "asleep: true\nruns: {api: {tag: b1}}\n"},
        {"environments/lanes/another.yaml": "through: [perf]\n"},
        {DREAM: BOTH},
    ):
        assert not moved(before, compiled(changes)), changes
        assert not moved(compiled(changes), before), changes


GONE = Lane("gone", (Unit("test"),), {}, strict=False, kind="kept")


def begin(root: Path, dice: random.Random) -> None:
    """Units begin to run what answered for them elsewhere."""
    source = Input.read(root)
    for unit in dice.sample(sorted(source.units), min(2, len(source.units))):
        path = root / "environments" / source.paths["units", unit]
        said = json.loads(path.read_text())
        more = {name: {"tag": "n1"} for name in source.services if dice.random() < 0.5}
        path.write_text(json.dumps(said | {"runs": more | (said.get("runs") or {})}))


def extend(root: Path, dice: random.Random) -> None:
    """An environment falls back to another one."""
    source = Input.read(root)
    name, *others = dice.sample(sorted(source.environments), len(source.environments))
    path = root / "environments" / name / "environment.yaml"
    said = json.loads(path.read_text())
    there = {key: value for key, value in said.items() if key != "extends"}
    path.write_text(json.dumps(there | ({"extends": others[0]} if others else {})))


@pytest.mark.parametrize("edit", [move_lanes, begin, extend])
def test_no_call_is_refused_while_random_lanes_are_led_elsewhere(
    edit: Callable[[Path, random.Random], object], tmp_path: Path
) -> None:
    told = 0
    for seed in range(60):
        root = tmp_path / str(seed)
        root.mkdir()
        if not generate(seed, root, "1.40.0", "strict", small=False):
            continue
        before = compile_sources(read_sources(root))
        edit(root, random.Random(seed))
        after = compile_sources(read_sources(root))
        if isinstance(before, Compiled) and isinstance(after, Compiled):
            assert not refused(before.plan, published(before, after)), seed
            told += bool(refused(before.plan, after.plan))
    assert told > 3  # of which calls would be refused without it


@pytest.mark.parametrize("edit", [move_lanes, begin, extend])
def test_what_is_remembered_prints_the_same_ways(
    edit: Callable[[Path, random.Random], object], tmp_path: Path
) -> None:
    """Of a compile with a memory, of the next one, and of what was kept before."""
    told = 0
    for seed in range(100, 120):
        root = tmp_path / str(seed)
        root.mkdir()
        if not generate(seed, root, "1.40.0", "strict"):
            continue
        before = compile_sources(read_sources(root))
        edit(root, random.Random(seed))
        sources = read_sources(root)
        cold = compile_sources(sources)
        if not isinstance(before, Compiled) or not isinstance(cold, Compiled):
            continue
        ways = [*moving.ways_before(before.plan, cold.plan), GONE]
        wanted, last = cold.keeping(ways).ids(), before
        assert before.files
        for _ in range(2):
            last = valid(compile_sources(sources, memory=last.memory()))
            assert last.keeping(ways).ids() == wanted, seed
            assert last.keeping(ways[:1]).ids() == cold.keeping(ways[:1]).ids(), seed
            assert last.files.ids() == cold.files.ids(), seed
            assert dict(last.keeping(ways)) == dict(cold.keeping(ways)), seed
        told += wanted != cold.files.ids()
    assert told > 5
