"""Databases, caches and buckets: who writes the same one, and who is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.compiler.compile import compile_sources, valid
from generator.plan import stores
from generator.plan.plan import Plan
from generator.plan.stores import Kept
from generator.plan.units import Unit
from generator.views.diff import diff
from generator.views.diff_read import read_difference
from generator.views.diff_report import as_json, sections
from generator.views.stores import changes
from tests.conftest import Files, compiled, service, sources, write
from tests.vocabulary.test_findings import findings

Gen = Callable[..., tuple[int, str, str]]
BRANCH = "environments/test/branches/login.yaml"
OTHER = "environments/test/branches/other.yaml"
LANE = "environments/lanes/mixed.yaml"
OWN: Files = {
    "overlays/components/own-db/kustomization.yaml": (
        "kind: Component\nconfigMapGenerator: [{name: db, literals: [host=own]}]\n"
    )
}
TEST, LOGIN = Unit("test"), Unit("test", "login")


def api(said: str) -> Files:
    return service("api", f"stores: [{said}]\n")


def written(changes: Files) -> dict[str, list[str]]:
    found = stores.writers(compiled(changes).plan)
    return {str(kept): [stores.words(one) for one in those] for kept, those in found.items()}


def test_a_branch_writes_what_its_environment_writes() -> None:
    assert written(api("db")) == {
        "db of perf": ["api in perf"],
        "db of test": ["api in test", "api in test/login"],
    }


def test_what_a_component_brings_is_a_units_own() -> None:
    said = api("{name: db, component: own-db}") | OWN
    branch: Files = {BRANCH: "runs: {api: {tag: v, components: [own-db]}}\n"}
    assert written(said | branch) == {
        "db of perf": ["api in perf"],
        "db of test": ["api in test"],
        "test/login's own db": ["api in test/login"],
    }
    # where the baseline alone has its own, branches write what the environment had before
    baseline: Files = {
        "environments/test/environment.yaml": (
            "hosts: [test.example.com]\n"
            "runs: {web: {tag: v1}, api: {tag: v1, components: [own-db]}}\n"
        )
    }
    assert written(said | baseline)["db of test"] == ["api in test/login"]
    assert written(said | baseline)["test's own db"] == ["api in test"]


def test_an_external_is_everybodys() -> None:
    outside: Files = {
        "environments/externals/db.yaml": (
            "hosts: [db.example.com]\nports: [{port: 5432, protocol: tcp}]\n"
        )
    }
    assert written(api("db") | outside) == {
        "db outside the mesh": ["api in perf", "api in test", "api in test/login"]
    }


@pytest.mark.parametrize("protocol", ["tcp", "http"])
def test_a_service_is_whoever_answers_the_units_own_pods(protocol: str) -> None:
    said = api("db") | service("db", protocol=protocol)
    said["environments/services/api.yaml"] = str(said["environments/services/api.yaml"]) + (
        "calls: [db]\n"
    )
    runs = "hosts: [test.example.com]\nruns: {web: {tag: v1}, api: {tag: v1}, db: {tag: v1}}\n"
    here = said | {"environments/test/environment.yaml": runs}
    # perf extends test and runs no database of its own
    assert written(here) == {"db of test": ["api in perf", "api in test", "api in test/login"]}
    branch: Files = {BRANCH: "runs: {api: {tag: v}, db: {tag: v}}\n"}
    assert written(here | branch) == {
        "db of test": ["api in perf", "api in test"],
        "db of test/login": ["api in test/login"],
    }


def test_two_services_share_one() -> None:
    said = api("db") | service("web", "calls: [api]\nentry: [{prefix: /}]\nstores: [db]\n")
    assert written(said)["db of test"] == ["api in test", "web in test", "api in test/login"]


APART = "{name: db, shared: false, component: own-db}"


def told(changes: Files) -> list[str]:
    return [f"{code} {where} {finding.message}" for code, where, finding in findings(changes)]


def test_what_is_to_be_apart_and_is_not() -> None:
    (one,) = told(api(APART) | OWN)
    assert one == (
        f"GEN329 {BRANCH}:2:3 api in test/login writes db of test, which it is to keep apart and "
        "shares with api in test"
    )
    assert told(api(APART) | OWN | {BRANCH: "runs: {api: {tag: v, components: [own-db]}}\n"}) == []
    assert told(api("{name: db, shared: true}")) == []
    accepted = "accept: {GEN329: 'it only reads, see SHOP-1'}\nruns: {api: {tag: v}}\n"
    assert told(api(APART) | OWN | {BRANCH: accepted}) == []
    # two branches of what their environment does not run have one store, and share it
    alone: Files = {
        "environments/test/environment.yaml": "hosts: [test.example.com]\nruns: {web: {tag: v1}}\n",
        BRANCH: "runs: {api: {tag: v}}\n",
        OTHER: "runs: {api: {tag: v}}\n",
    }
    codes = [line[:6] for line in told(api(APART) | OWN | alone)]
    assert codes.count("GEN329") == 1  # of both, as one


def test_what_a_strict_lane_shares() -> None:
    strict: Files = {LANE: "through: [test/login]\nisolation: strict\n"}
    web = service("web", "calls: [api]\nforwardsColour: true\n")
    (one,) = [line for line in told(api("db") | web | strict) if "GEN330" in line]
    assert one == (
        f"GEN330 {LANE}:1:1 the strict lane mixed writes db of test (api in test/login), and so "
        "does api in test, which it never goes through"
    )
    both: Files = {LANE: "through: [test/login, test]\nisolation: strict\n"}
    assert [line for line in told(api("db") | web | both) if "GEN330" in line] == []
    more = both | {OTHER: "runs: {api: {tag: v}}\n"}
    assert len([line for line in told(api("db") | web | more) if "GEN330" in line]) == 1
    own: Files = {BRANCH: "runs: {api: {tag: v, components: [own-db]}}\n"}
    said = api("{name: db, component: own-db}") | OWN | web | strict | own
    assert [line for line in told(said) if "GEN330" in line] == []


@pytest.mark.parametrize(
    "said, expected",
    [
        ("db, db", "GEN104"),
        ("db, {name: db, shared: false}", "GEN104"),
        ("{name: db, component: nowhere}", "GEN401"),
        ("Db", "GEN104"),
        ("{shared: false}", "GEN102"),
        ("{name: db, shard: false}", "GEN101"),
        ("7", "GEN103"),
        ("'../db'", "GEN104"),
    ],
)
def test_what_is_no_store(said: str, expected: str) -> None:
    assert {line[:6] for line in told(api(said))} == {expected}


def plan(changes: Files) -> Plan:
    return valid(compile_sources(sources(changes))).plan


def test_a_difference_tells_when_more_write_one() -> None:
    before, after = api("db"), api("db") | {OTHER: "runs: {api: {tag: v}}\n"}
    assert [(one.name, one.kind, one.what) for one in changes(plan(before), plan(after))] == [
        (
            "db of test",
            "changes",
            "written by api in test/other too, beside api in test, api in test/login",
        )
    ]
    (back,) = changes(plan(after), plan(before))
    assert back.what == "no longer by api in test/other"
    assert [*changes(plan(before), plan(before))] == []
    assert {one.kind for one in changes(None, plan(before))} == {"comes"}
    assert {one.what for one in changes(plan(before), plan({}))} == {"nobody writes it any more"}


def test_a_difference_is_shown_and_read_again() -> None:
    made = diff(
        compiled(api("db, {name: cache, shared: false}")), compiled(api("{name: db}, cache"))
    )
    assert [section.title for section in sections(made)] == ["Settings"]
    made = diff(compiled({}), compiled(api("db")))
    assert "Stores" in [section.title for section in sections(made)]
    said = as_json(made, "abc")
    assert [one["name"] for one in said["stores"]] == ["db of perf", "db of test"]
    assert read_difference(json.dumps(said).encode()).stores == made.stores
    del said["stores"]  # of an older gen
    assert read_difference(json.dumps(said).encode()).stores == ()


def test_no_byte_of_the_output_depends_on_it() -> None:
    assert compiled(api("db")).files.ids() == compiled({}).files.ids()


def test_what_explain_tells(gen: Gen, tmp_path: Path) -> None:
    write(tmp_path, api("db"))
    _, out, _ = gen("-C", tmp_path, "explain", "--tenant", "acme")
    assert "api in test/login writes db of test, and so do api in test" in out
    said = json.loads(gen("-C", tmp_path, "explain", "--lane", "perf", "--format", "json")[1])
    assert said["stores"] == [
        {
            "store": "db",
            "unit": "perf",
            "own": False,
            "writtenBy": [{"service": "api", "unit": "perf"}],
            "sharedWith": [],
        }
    ]
    code, out, _ = gen("-C", tmp_path, "explain", "--store", "db")
    assert code == 0
    assert out.splitlines()[4:] == [
        "db of test is written by",
        "  api in test",
        "  api in test/login",
        "  lanes that come to it: mixed, test, test/login",
        "  tenants that come to it: acme",
    ]
    said = json.loads(gen("-C", tmp_path, "explain", "--store", "db", "--format", "json")[1])
    assert [one["tenants"] for one in said["stores"]] == [[], ["acme"]]
    assert gen("-C", tmp_path, "explain", "--store", "dc")[0] == 2


def test_names_of_stores_sort_and_differ() -> None:
    kept = [Kept("a", None), Kept("a", TEST), Kept("a", TEST, own=True), Kept("a", LOGIN)]
    assert len({str(one) for one in kept}) == len({one.order for one in kept}) == 4
    assert min(kept, key=lambda one: one.order).unit is None
