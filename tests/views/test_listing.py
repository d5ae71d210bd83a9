"""`gen list`: what is there, and who uses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.command.list_ import COLUMNS
from generator.views.listing import KINDS, Wanted, rows
from tests.conftest import SMALL, Files, compiled, write

Gen = Callable[..., tuple[int, str, str]]

TOWN: Files = {
    "environments/test/branches/login.yaml": (
        "owner: accounts\nexpires: 2027-01-31\nhosts: [login.example.com]\nruns:\n  api: {tag: b1}\n"
    ),
    "environments/lanes/mixed.yaml": "owner: web\nthrough: [test/login, perf]\npin: {web: test}\n",
    "environments/lanes/alone.yaml": "through: [perf]\nisolation: strict\n",
    "environments/tenants/globex.yaml": "match: [{host: globex.example.com}]\nlane: mixed\n",
    "environments/tenants/both.yaml": (
        "match: [{claim: {org: both}}]\n"
        "lane: [{lane: perf, weight: 1}, {lane: test/login, weight: 9}]\n"
    ),
    "environments/platform.yaml": (
        "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
        "ingress: {jwt: [{issuer: i, jwks: '{\"keys\": []}'}]}\n"
    ),
}


def names(kind: str, **wanted: str) -> list[str]:
    return [row["name"] for row in rows(compiled(TOWN), kind, Wanted(**wanted))]


def test_a_branch_says_what_it_runs_who_uses_it_and_until_when() -> None:
    (branch,) = rows(compiled(TOWN), "branches")
    assert branch == {
        "name": "test/login",
        "hosts": ["login.example.com"],
        "runs": {"api": "b1"},
        "lanes": ["test/login", "mixed"],
        "tenants": ["acme", "both", "globex"],
        "owner": "accounts",
        "expires": "2027-01-31",
        "asleep": False,
        "sleeps": [],
        "resumes": None,
    }


def test_what_sleeps_and_when_is_listed() -> None:
    spans = "[{at: '20:00', until: '07:00', days: [mon, fri]}, {at: '07:00', until: '20:00', days: [sat]}]"
    path = "environments/test/environment.yaml"
    made = compiled({path: f"{SMALL[path]}asleep: true\nsleeps: {spans}\n"})
    (test,) = (row for row in rows(made, "environments") if row["name"] == "test")
    assert test["asleep"]
    assert test["sleeps"] == ["20:00 to 07:00 mon fri (UTC)", "07:00 to 20:00 sat (UTC)"]
    (branch,) = rows(made, "branches")
    assert branch["asleep"] and branch["sleeps"] == []


def test_an_environment_a_lane_a_tenant_and_a_service() -> None:
    perf, test = rows(compiled(TOWN), "environments")
    assert (perf["extends"], perf["runs"], perf["branches"]) == (["test"], {"api": "p1"}, [])
    assert test["branches"] == ["login"]
    assert perf["tenants"] == ["both", "globex"]
    alone, mixed = rows(compiled(TOWN), "lanes")
    assert (alone["isolation"], mixed["isolation"]) == ("strict", "shared")
    assert (mixed["through"], mixed["pin"]) == (["test/login", "perf"], {"web": "test"})
    assert (mixed["owner"], mixed["tenants"]) == ("web", ["globex"])
    acme, both, _ = rows(compiled(TOWN), "tenants")
    assert acme["match"] == [{"kind": "header", "name": "x-tenant", "value": "acme"}]
    assert both["lanes"] == [{"lane": "perf", "weight": 1}, {"lane": "test/login", "weight": 9}]
    api, web = rows(compiled(TOWN), "services")
    assert api["runs"] == {"perf": "p1", "test": "v1", "test/login": "b1"}
    assert (api["calledBy"], web["calls"], web["entry"]) == (["web"], ["api"], ["/"])


@pytest.mark.parametrize(
    ("kind", "wanted", "expected"),
    [
        ("environments", {"environment": "perf"}, ["perf"]),
        ("environments", {"service": "web"}, ["test"]),
        ("branches", {"environment": "perf"}, []),
        ("branches", {"owner": "accounts"}, ["test/login"]),
        ("branches", {"owner": "web"}, []),
        ("branches", {"lane": "mixed"}, ["test/login"]),
        ("lanes", {"environment": "test"}, ["mixed"]),
        ("tenants", {"lane": "test/login"}, ["acme", "both", "globex"]),  # mixed leads through it
        ("tenants", {"lane": "mixed"}, ["globex"]),
        ("tenants", {"environment": "perf"}, ["both", "globex"]),
        ("services", {"lane": "test/login"}, ["api"]),
        ("services", {"environment": "perf"}, ["api"]),
    ],
)
def test_what_is_asked_for(kind: str, wanted: dict[str, str], expected: list[str]) -> None:
    assert names(kind, **wanted) == expected


def test_tables_for_people_and_json_for_scripts(gen: Gen, tmp_path: Path) -> None:
    root = write(tmp_path, TOWN)
    assert [*COLUMNS] == [*KINDS]
    for kind, columns in COLUMNS.items():
        code, out, _ = gen("-C", root, "list", kind, "--format", "json")
        answer: dict[str, Any] = json.loads(out)
        assert (code, answer["version"]) == (0, 1)
        where = {"cluster", "clusters"}  # told where there are several
        assert all(row.keys() >= {*columns} - where for row in answer[kind])
        code, out, _ = gen("-C", root, "list", kind)
        head, *lines = out.splitlines()
        assert (code, head.split()[0], len(lines)) == (0, "NAME", len(answer[kind]))
    code, out, _ = gen("-C", root, "list", "tenants")
    assert "both    claim org both" in out
    assert "perf (weight 1), test/login (weight 9)" in out


def test_nothing_that_fits_and_words_that_name_nothing(gen: Gen, tmp_path: Path) -> None:
    root = write(tmp_path, TOWN)
    code, out, err = gen("-C", root, "list", "branches", "--owner", "nobody")
    assert (code, out) == (0, "")
    assert "no branches that fit" in err
    code, _, err = gen("-C", root, "list", "branches", "--environment", "tset")
    assert code == 2
    assert "did you mean `test`?" in err


def test_another_image_is_a_part_of_the_version(gen: Gen, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "environments/platform.yaml": (
                "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
                "registries: [forks.example.com]\n"
            ),
            "environments/test/branches/login.yaml": (
                "runs: {api: {tag: b1, image: forks.example.com/me/api}}\n"
            ),
        },
    )
    (one,) = json.loads(gen("-C", tmp_path, "list", "branches", "--format", "json")[1])["branches"]
    assert one["runs"] == {"api": "forks.example.com/me/api:b1"}
    assert "forks.example.com/me/api:b1" in gen("-C", tmp_path, "tree", "test/login")[1]
