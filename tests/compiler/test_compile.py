"""What holds for the whole: the same bytes always, and one tenant's change stays at the edge."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import re2
import yaml

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.io.tree import read_sources
from generator.manifests.allowed import SAFE
from generator.plan import tenants as planned
from generator.vocabulary.findings import Findings
from generator.vocabulary.source import Sources
from tests.conftest import SMALL, TOP, base, compiled, jobs, sources, write

TENANT = "environments/tenants/zeta.yaml"

BRANCHES = "(?:/[-a-z0-9]+)?"  # of environments, at the end of an expression


@pytest.fixture(scope="module")
def shop() -> Sources:
    return read_sources(TOP)


def test_the_example_is_valid_and_its_warnings_are_meant(shop: Sources) -> None:
    assert {finding.code for finding in valid(compile_sources(shop)).warnings} == {"GEN304"}


def test_the_order_of_files_does_not_show(shop: Sources) -> None:
    expected = dict(valid(compile_sources(shop)).files)
    for seed in range(3):
        paths = list(shop.files)
        random.Random(seed).shuffle(paths)
        assert (
            dict(valid(compile_sources(Sources({path: shop.files[path] for path in paths}))).files)
            == expected
        )


def test_crlf_and_byte_order_marks_do_not_show() -> None:
    expected = dict(compiled().files)
    odd = {
        path: (b"\xef\xbb\xbf" if path.startswith("environments/") else b"")
        + raw.replace(b"\n", b"\r\n")
        for path, raw in sources().files.items()
    }
    assert dict(valid(compile_sources(Sources(odd))).files) == expected


def test_hash_seed_locale_timezone_and_umask_do_not_show(tmp_path: Path) -> None:
    root = write(tmp_path / "repository")
    trees = []
    for index, setting in enumerate(
        (
            {"PYTHONHASHSEED": "1"},
            {"PYTHONHASHSEED": "77", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
            {"PYTHONHASHSEED": "5", "LANG": "tr_TR.UTF-8"},
        )
    ):
        out = tmp_path / f"out{index}"
        command = [sys.executable, "-m", "generator", "-C", str(root), "build", "--out", str(out)]
        subprocess.run(
            ["sh", "-c", f'umask {("022", "077", "002")[index]}; exec "$@"', "sh", *command],
            check=True,
            cwd=TOP,
            env=os.environ | setting,
            capture_output=True,
        )
        trees.append(
            {
                str(path.relative_to(out)): path.read_bytes()
                for path in out.rglob("*")
                if path.is_file()
            }
        )
    assert trees[0] == trees[1] == trees[2]


@pytest.mark.parametrize(
    "text",
    [
        "match: [{header: {x-tenant: zeta}}]\nlane: test/login\n",
        "match: [{cookie: {t: zeta}}, {header: {x-tenant: zeta}}]\nlane: [{lane: mixed, weight: 10}, {lane: test, weight: 90}]\n",
        "match: [{host: zeta.example.com}]\nlane: perf\n",
    ],
)
def test_a_tenant_on_known_lanes_changes_the_edge_alone(text: str) -> None:
    before, after = dict(compiled().files), dict(compiled({TENANT: text}).files)
    changed = {
        path
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path) and not path.startswith(".gen/")
    }
    allowed = {"overlays/edge/tenants.yaml", "argocd/applications/edge.yaml"} | (
        {"overlays/perf/mesh/hosts.yaml", "argocd/applications/perf/mesh.yaml"}
        if "host:" in text
        else set()
    )
    assert changed == allowed
    old, new = (
        before["overlays/edge/tenants.yaml"].decode().splitlines(),
        after["overlays/edge/tenants.yaml"].decode().splitlines(),
    )
    assert [line for line in old if line in new] == old, "no byte of another tenant's rules"


def test_a_lane_written_in_place_is_shared_by_equal_ones() -> None:
    text = "match: [{header: {x-tenant: %s}}]\nlane: {through: [test/login, perf]}\n"
    one = compiled({TENANT: text % "z"})
    two = compiled({TENANT: text % "z", "environments/tenants/y.yaml": text % "y"})
    assert [lane for lane in one.plan.lanes.values() if lane.kind == "inline"] == [
        lane for lane in two.plan.lanes.values() if lane.kind == "inline"
    ]


# Istio takes 1,024 characters; its proxies take programs of up to 32,768 instructions (re2.max_program_size.error_level).
@pytest.mark.parametrize("lane", ["{:x}", "b{:02}", "a-lane-of-a-team-{:03}", "{:03}" + "-z" * 30])
def test_lanes_are_grouped_in_expressions_that_istio_and_envoy_take(lane: str) -> None:
    done = compiled(
        {
            f"environments/lanes/{lane.format(number)}.yaml": "through: [test/login]\n"
            for number in range(260)
        }
    )
    asked = {
        match["headers"]["x-lane"]["regex"]
        for match in _matches(done)
        if "regex" in match.get("headers", {}).get("x-lane", {})
    }
    assert max(map(len, asked)) > 700
    whole = {expression for expression in asked if expression.endswith(BRANCHES)}
    assert whole
    for expression in asked - whole:
        program, lanes = re2.compile(expression), expression.split("|")
        assert len(expression) <= 1024 and program.programsize <= 1024
        assert all(program.fullmatch(lane) for lane in lanes)
        assert not any(
            program.fullmatch(lane + more) for lane in lanes for more in ("-", "/", "|", "\n")
        )


@pytest.mark.parametrize("many", [0, 240])
def test_environments_are_grouped_with_their_branches(many: int) -> None:
    more = {
        f"environments/env-{number:03}/environment.yaml": "extends: test\nruns: {}\n"
        for number in range(many)
    }
    asked = {
        match["headers"]["x-lane"]["regex"]
        for match in _matches(compiled(more))
        if match.get("headers", {}).get("x-lane", {}).get("regex", "").endswith(BRANCHES)
    }
    programs = [re2.compile(expression) for expression in asked]
    assert all(len(expression) <= 1024 for expression in asked)
    for name in ("test", "perf", *(f"env-{number:03}" for number in range(many))):
        for colour in (name, f"{name}/login", f"{name}/nobody-2"):
            assert any(program.fullmatch(colour) for program in programs)
        for other in (
            f"{name}/",
            f"x{name}",
            f"{name}x",
            f"{name}/a/b",
            f"{name}/A",
            f"{name}/a,b",
        ):
            assert not any(program.fullmatch(other) for program in programs)


def _matches(compiled: Compiled) -> Iterator[dict[str, Any]]:
    """What the routes of every VirtualService ask for."""
    for path, raw in compiled.files.items():
        if path.startswith("overlays/") and b"VirtualService" in raw:
            for thing in yaml.load_all(raw, Loader=yaml.CSafeLoader):
                for route in (
                    thing["spec"].get("http", []) if thing["kind"] == "VirtualService" else ()
                ):
                    yield from route.get("match", [])


def test_nothing_of_the_source_commit_is_in_the_files() -> None:
    assert dict(compiled().files) == dict(
        valid(
            compile_sources(Sources({path: text.encode() for path, text in SMALL.items() if text}))
        ).files
    )


def test_every_virtual_service_says_who_sees_it_and_no_host_has_two(shop: Sources) -> None:
    hosts: set[tuple[str, str]] = set()
    for path, raw in valid(compile_sources(shop)).files.items():
        if "/mesh" in path and path.endswith(".yaml"):
            for thing in yaml.safe_load_all(raw):
                if thing["kind"] == "VirtualService":
                    assert thing["spec"]["exportTo"] and "*" not in thing["spec"]["exportTo"]
                    for host in thing["spec"]["hosts"]:
                        seen_from = (
                            thing["metadata"]["namespace"]
                            if thing["spec"]["exportTo"] == ["."]
                            else "all"
                        )
                        key = (host, f"{thing['spec'].get('gateways', 'mesh')} {seen_from}")
                        assert key not in hosts
                        hosts.add(key)


def test_a_private_base_field_is_not_lost() -> None:
    files = compiled().files
    assert (
        files["overlays/base/api/deployment.yaml"].decode()
        == SMALL["overlays/base/api/deployment.yaml"]
    )


def test_hosts_without_an_entry_make_no_empty_virtual_service() -> None:
    web = "image: registry.example.com/web\nports: [{name: web, port: 8080, protocol: http}]\n"
    files = compiled({"environments/services/web.yaml": web}).files
    assert not [path for path in files if path.endswith("mesh/hosts.yaml")]
    assert all(
        thing["spec"].get("http") or thing["spec"].get("tcp")
        for path, raw in files.items()
        if "/mesh" in path
        for thing in yaml.safe_load_all(raw)
        if thing["kind"] == "VirtualService"
    )


def test_many_tenants_are_in_shards_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned, "SHARD", 20)
    tenants = {
        f"environments/tenants/t{number}.yaml": f"match: [{{header: {{x-tenant: t{number}}}}}]\nlane: test\n"
        for number in range(15)
    }
    files = compiled(tenants).files
    shards = [path for path in files if path.startswith("overlays/edge/tenants")]
    assert shards == [f"overlays/edge/tenants{suffix}.yaml" for suffix in ("-01", "-02", "-03", "")]
    assert all(
        sum(re.search(rb"\n +t%d\n" % number, files[path]) is not None for path in shards) == 1
        for number in range(15)
    )
    after = compiled(
        tenants
        | {"environments/tenants/t3.yaml": "match: [{header: {x-tenant: t3}}]\nlane: perf\n"}
    ).files
    assert (
        len([path for path in files if files[path] != after[path]]) == 3
    )  # the shard, the Application that is pinned to it, and the list of owned files


def test_what_is_draining_runs_on_and_no_lane_leads_to_it() -> None:
    login = "environments/test/branches/login.yaml"
    drained = compiled(
        {
            login: "runs: {api: {tag: b1, draining: true}, web: {tag: b1}}\n",
            "environments/lanes/mixed.yaml": "through: [test/login, perf]\n",
        }
    )
    plan = drained.plan
    assert (
        str(plan.answers["test/login"]["api"]) == "test"
        and str(plan.answers["mixed"]["api"]) == "perf"
        and str(plan.answers["test/login"]["web"]) == "test/login"
    )
    assert "overlays/test/login/api/kustomization.yaml" in drained.files
    routes = [
        thing
        for thing in yaml.safe_load_all(drained.files["overlays/test/mesh/services/api.yaml"])
        if thing["kind"] == "VirtualService"
    ]
    assert "api-login" not in str(routes)


def test_a_lane_may_not_pin_what_is_draining() -> None:
    with pytest.raises(Findings) as refused:
        compiled(
            {
                "environments/test/branches/login.yaml": "runs: {api: {tag: b1, draining: true}}\n",
                "environments/lanes/mixed.yaml": "through: [perf]\npin: {api: test/login}\n",
            }
        )
    assert [finding.code for finding in refused.value.found] == ["GEN207"]


def test_every_application_goes_where_its_project_allows() -> None:
    things = [
        thing
        for path, raw in compiled().files.items()
        if path.startswith("argocd/")
        for thing in yaml.safe_load_all(raw)
    ]
    projects = {
        thing["metadata"]["name"]: thing["spec"]
        for thing in things
        if thing["kind"] == "AppProject"
    }
    assert all(
        thing["metadata"]["finalizers"] for thing in things if thing["kind"] == "AppProject"
    ), "Applications cannot be deleted once their project is gone"
    applications = [thing["spec"] for thing in things if thing["kind"] == "Application"]
    assert applications and all(
        spec["destination"] in projects[spec["project"]]["destinations"]
        and spec["source"]["repoURL"] in projects[spec["project"]]["sourceRepos"]
        for spec in applications
    )


@pytest.mark.parametrize(
    "word, allowed", [("", False), ("{networking.k8s.io/Ingress: baseline}", True)]
)
def test_a_project_is_bounded_by_what_bases_may_bring_and_not_by_what_they_do(
    word: str, allowed: bool
) -> None:
    """A list that grew with a base would bound nothing."""
    said = "environments/platform.yaml"
    platform = {said: str(SMALL[said]) + (f"bases: {{kinds: {word}}}\n" if word else "")}
    workload = "overlays/base/api/deployment.yaml"
    more = {workload: str(base("api")[workload]) + jobs("api")}
    path = "argocd/projects/test.yaml"
    text = compiled(platform).files[path]
    assert compiled(platform | more).files[path] == text
    listed = yaml.safe_load(text)["spec"]["namespaceResourceWhitelist"]
    kinds = {(each["group"], each["kind"]) for each in listed}
    assert kinds >= SAFE
    assert (("networking.k8s.io", "Ingress") in kinds) == allowed
    assert ("networking.k8s.io", "HTTPRoute") not in kinds


def test_projects_come_before_their_applications() -> None:
    """An Application that meets no project is looked at again minutes later, at the controller's own clock."""
    waves: dict[str, set[int]] = {"AppProject": set(), "Application": set()}
    for path, raw in compiled().files.items():
        for thing in (
            yaml.safe_load_all(raw)
            if path.startswith(("argocd/projects/", "argocd/applications/"))
            else ()
        ):
            waves[thing["kind"]].add(
                int(thing["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", 0))
            )
    assert max(waves["AppProject"]) < min(waves["Application"])


def test_the_result_of_smoke_tests_fails_no_sync() -> None:
    """A sync of several waves waits for the Jobs and fails with them, and then prunes no older result."""
    files = compiled(
        {
            "environments/test/environment.yaml": "runs:\n  web: {tag: v1}\n  api: {tag: v1}\ntests: {front: {requests: [{service: web, path: /}]}}\n"
        }
    ).files
    application = yaml.safe_load(files["argocd/applications/test/baseline.tests.yaml"])
    things = [*yaml.safe_load_all(files["overlays/test/baseline.tests/tests.yaml"])]
    assert {thing["kind"] for thing in things} == {"ServiceAccount", "Job"} and not any(
        "annotations" in thing["metadata"] for thing in things
    )
    assert "PruneLast=true" not in application["spec"]["syncPolicy"]["syncOptions"]
