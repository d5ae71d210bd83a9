"""Names become things: what the later stages are handed, and who is told what."""

from __future__ import annotations

import datetime as dt

import pytest

from generator.plan.units import Lane, Unit
from tests.conftest import Files, compiled
from tests.vocabulary.test_findings import (
    BRANCH,
    ENV,
    HEADER,
    LANE,
    PERF,
    PLATFORM,
    TENANT,
    WEB,
    WEB_TEXT,
    findings,
)

TOP_TEXT = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
LOGIN, TEST = Unit("test", "login"), Unit("test")


def test_an_environment_as_it_is_written() -> None:
    changes: Files = {
        PLATFORM: TOP_TEXT + "namespaces: {quota: {pods: 9}}\n",
        PERF: "extends: test\nnamespace: fast\nhosts: [perf.example.com]\ntrustColour: true\nowner: team\nexpires: 2090-01-31\nquota: {pods: 5}\nruns: {api: {tag: v}}\n",
        "environments/top/environment.yaml": "extends: perf\nquota: {}\n",
    }
    environments = compiled(changes).resolved.environments
    perf, test, top = environments["perf"], environments["test"], environments["top"]
    assert (perf.namespace, perf.hosts, perf.trusts_colour, perf.owner, perf.expires) == (
        "fast",
        ("perf.example.com",),
        True,
        "team",
        dt.date(2090, 1, 31),
    )
    assert (test.namespace, test.trusts_colour, test.owner, test.expires) == (
        "shop-test",
        False,
        None,
        None,
    )
    assert [(one.extends, one.quota) for one in (test, perf, top)] == [
        ((), {"pods": 9}),
        (("test",), {"pods": 5}),
        (("perf", "test"), {}),
    ]


def test_a_lane_as_it_is_written() -> None:
    lanes = compiled(
        {
            LANE: "through: [test/login, perf]\npin: {web: test, api: perf}\nisolation: strict\n",
            "environments/lanes/plain.yaml": "through: [perf]\n",
        }
    ).resolved.lanes
    assert lanes["mixed"] == Lane(
        "mixed", (LOGIN, Unit("perf")), {"api": Unit("perf"), "web": TEST}, True, "named"
    )
    assert list(lanes["mixed"].pin) == ["api", "web"]
    assert lanes["plain"] == Lane("plain", (Unit("perf"),), {}, False, "named")
    assert [name for name, lane in lanes.items() if lane.kind == "unit"] == [
        "perf",
        "test",
        "test/login",
    ]


def test_lanes_written_in_place_are_one_if_they_say_the_same() -> None:
    def name(text: str) -> str:
        (choice,) = compiled({TENANT: HEADER + f"lane: {text}\n"}).resolved.tenants["acme"].choices
        return choice[0]

    names = {
        text: name(text)
        for text in (
            "{through: [test/login]}",
            "{through: [perf]}",
            "{through: [perf, test]}",
            "{through: [test, perf]}",
            "{through: [perf], pin: {web: test}}",
            "{through: [perf], pin: {api: test}}",
            "{through: [test], isolation: strict}",
        )
    }
    assert len(set(names.values())) == len(names) and all(
        one.startswith("inline-") and len(one) == 19 for one in names.values()
    )
    assert (
        name("{through: [test/login], pin: {}, isolation: shared}")
        == names["{through: [test/login]}"]
    )
    assert name("{through: [perf], pin: {web: test, api: test}}") == name(
        "{through: [perf], pin: {api: test, web: test}}"
    )


def test_a_tenant_as_it_is_written() -> None:
    done = compiled(
        {
            TENANT: "match: [{header: {x-tenant: acme}}, {host: a.example.com}]\nlane: [{lane: mixed, weight: 3}, {lane: {through: [perf]}, weight: 0}]\nsticky: {cookie: c}\n",
            "environments/tenants/plain.yaml": "match: [{cookie: {a: b}}]\nlane: perf\n",
        }
    ).resolved
    acme, plain = done.tenants["acme"], done.tenants["plain"]
    assert acme.rules == (
        ("header", "x-tenant", "acme"),
        ("host", "", "a.example.com"),
    ) and acme.sticky == ("cookie", "c")
    assert (
        acme.choices[0] == ("mixed", 3)
        and acme.choices[1][1] == 0
        and done.lanes[acme.choices[1][0]]
        == Lane(acme.choices[1][0], (Unit("perf"),), {}, False, "inline")
    )
    assert (plain.choices, plain.sticky) == ((("perf", 1),), None)


def test_smoke_tests_are_those_of_units_that_have_some() -> None:
    smoke = "tests: {one: {requests: [{service: api}]}}\n"
    done = compiled(
        {
            PERF: "extends: test\nruns: {api: {tag: v}}\n" + smoke,
            BRANCH: "runs: {api: {tag: v}}\n" + smoke,
            ENV: "runs: {web: {tag: v}, api: {tag: v}}\n" + smoke.replace("one", "two"),
        }
    )
    assert [(unit, list(tests)) for unit, tests in done.resolved.tests.items()] == [
        (Unit("perf"), ["one"]),
        (TEST, ["two"]),
        (LOGIN, ["one"]),
    ]
    assert list(
        compiled({PERF: "extends: test\nruns: {api: {tag: v}}\n" + smoke}).resolved.tests
    ) == [Unit("perf")]


ALONE = "environments/{}/environment.yaml"
SMOKE = "runs: {api: {tag: v}}\ntests:\n  one: {requests: [{service: api}, {service: apu}]}\n  two: {image: 'e2e:v1', calls: [api, nope]}\n"


# Files, and all that is found in them.
@pytest.mark.parametrize(
    "changes, expected",
    [
        (
            {ALONE.format("a"): "extends: b\n", ALONE.format("b"): "extends: none\n"},
            [f"GEN204 {ALONE.format('b')}:1:10"],
        ),
        (
            {
                ALONE.format("a"): "extends: b\n",
                ALONE.format("b"): "extends: a\n",
                ALONE.format("c"): "extends: a\n",
            },
            [f"GEN208 {ALONE.format('b')}:1:10", f"GEN208 {ALONE.format('a')}:1:10"],
        ),
        ({ALONE.format("a"): "extends: a\n"}, [f"GEN208 {ALONE.format('a')}:1:10"]),
        ({BRANCH: SMOKE}, [f"GEN203 {BRANCH}:3:46", f"GEN203 {BRANCH}:4:39"]),
        ({PERF: "extends: test\n" + SMOKE}, [f"GEN203 {PERF}:4:46", f"GEN203 {PERF}:5:39"]),
        ({PERF: "extends: test\ntakes: {from: tset}\n"}, [f"GEN204 {PERF}:2:15"]),
        ({PERF: "extends: test\ntakes: {from: test}\n"}, []),
        (
            {LANE: "through: [test, test/none]\npin: {api: test/none}\n"},
            [f"GEN205 {LANE}:1:17", f"GEN205 {LANE}:2:12"],
        ),
        ({LANE: "through: [test]\npin: {web: perf}\n"}, [f"GEN207 {LANE}:2:12"]),
        (
            {
                LANE: "through: [test]\npin: {api: test/login, wbe: test}\n",
                BRANCH: "runs: {api: {tag: v, draining: true}}\n",
            },
            [f"GEN203 {LANE}:2:24", f"GEN207 {LANE}:2:12"],
        ),
        (
            {
                TENANT: HEADER
                + "lane: [{lane: none, weight: 1}, {lane: {through: [tset]}, weight: 1}]\nexpect: {wbe: test, api: test/x}\n"
            },
            [
                f"GEN206 {TENANT}:2:15",
                f"GEN204 {TENANT}:2:51",
                f"GEN203 {TENANT}:3:10",
                f"GEN205 {TENANT}:3:26",
            ],
        ),
        ({TENANT: HEADER + "lane: tset/login\n"}, [f"GEN204 {TENANT}:2:7"]),
        ({TENANT: HEADER + "lane: test/none\n"}, [f"GEN205 {TENANT}:2:7"]),
        (
            {TENANT: HEADER + "lane: [{lane: test, weight: 0}, {lane: perf, weight: 0}]\n"},
            [f"GEN104 {TENANT}:2:7"],
        ),
        ({TENANT: HEADER + "lane: [{lane: test, weight: 0}, {lane: perf, weight: 1}]\n"}, []),
        (
            {"environments/lanes/test.yaml": "through: [none]\n"},
            ["GEN202 environments/lanes/test.yaml:1:1"],
        ),
        (
            {WEB: WEB_TEXT.replace("[api]", "[api, apo, web, aip]")},
            [f"GEN203 {WEB}:3:14", f"GEN203 {WEB}:3:24"],
        ),
    ],
)
def test_each_name_that_is_unknown_is_told_once_where_it_stands(
    changes: Files, expected: list[str]
) -> None:
    assert [f"{code} {where}" for code, where, _ in findings(changes)] == expected


@pytest.mark.parametrize(
    "changes, hint",
    [
        ({LANE: "through: [test]\npin: {web: perf}\n"}, "it is run by test"),
        (
            {
                LANE: "through: [test]\npin: {new: perf}\n",
                "environments/services/new.yaml": WEB_TEXT.replace("web", "new"),
            },
            "no unit runs it yet",
        ),
        (
            {LANE: "through: [test/lgoin]\n"},
            "did you mean `test/login`? (new one: `gen deploy test/lgoin SERVICE=TAG`)",
        ),
        (
            {LANE: "through: [perf/lgoin]\n"},
            "known: perf (new one: `gen deploy perf/lgoin SERVICE=TAG`)",
        ),
        ({LANE: "through: [tset]\n"}, "did you mean `test`?"),
        ({PERF: "extends: tset\nruns: {api: {tag: v}}\n"}, "did you mean `test`?"),
        ({TENANT: HEADER + "lane: mixd\n"}, "did you mean `mixed`? (new one: `gen new lane mixd`)"),
        (
            {WEB: WEB_TEXT.replace("[api]", "[apu]")},
            "did you mean `api`? (new one: `gen new service apu`)",
        ),
        ({PERF: "extends: test\ntakes: {from: tset}\n"}, "did you mean `test`?"),
    ],
)
def test_the_hint_names_what_there_is(changes: Files, hint: str) -> None:
    assert findings(changes)[0][2].hint == hint
