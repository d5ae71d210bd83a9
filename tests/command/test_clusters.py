"""Commands where there are several clusters: in which of them a thing is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.command.mcp import Tools
from generator.views.report.data import About, data
from tests.apart import APART, ONE, PLATFORM
from tests.conftest import TOP, Files, compiled, installed, write

PAGE = TOP / "generator/views/report"
Gen = Callable[..., tuple[int, str, str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "repository", ONE)


@pytest.mark.parametrize("form", ["text", "tree", "json"])
def test_the_platforms_own_cluster_can_be_away(gen: Gen, root: Path, form: str) -> None:
    asked = ("-C", root, "explain", "--lane", "round", "--format", form)
    away = "the platform's own cluster is away, and test with it: 503"
    assert away not in gen(*asked)[1]
    assert away not in gen(*asked, "--without", "us")[1]
    assert away in gen(*asked, "--without", "own")[1]
    assert "the cluster eu is away, and eu/login with it" in gen(*asked, "--without", "eu")[1]


def test_a_cluster_that_there_is_not_cannot_be_away(gen: Gen, root: Path, tmp_path: Path) -> None:
    asked = ("explain", "--lane", "test", "--without")
    code, _, told = gen("-C", root, *asked, "oen")
    assert code == 2 and "did you mean `own`?" in told
    assert gen("-C", root, *asked, "")[0] == 2
    only = write(tmp_path / "one")
    assert gen("-C", only, *asked, "own")[0] == 2


def test_a_call_that_reaches_another_cluster_says_so(gen: Gen, root: Path) -> None:
    for form in ("text", "tree"):
        out = gen("-C", root, "explain", "--lane", "round", "--format", form)[1]
        (crossing,) = (line for line in out.splitlines() if "in the cluster eu" in line)
        assert "eu/login" in crossing
    own = gen("-C", root, "explain", "--lane", "test/login")[1]
    assert own.count("cluster") == 1  # at the ingress


@pytest.mark.parametrize("form", ["text", "tree"])
def test_whom_the_ingress_reaches_is_told_with_its_cluster(
    gen: Gen, root: Path, tmp_path: Path, form: str
) -> None:
    for lane, where in (("eu", "the cluster eu"), ("test", "the platform's own cluster")):
        out = gen("-C", root, "explain", "--lane", lane, "--format", form)[1]
        (first,) = (line for line in out.splitlines() if "cluster" in line)
        assert f", in {where}" in first and "web" in first and lane in first
    only = write(tmp_path / "one")
    assert "cluster" not in gen("-C", only, "explain", "--lane", "test", "--format", form)[1]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("environments", {"eu": "eu", "perf": "own", "test": "own"}),
        ("branches", {"eu/login": "eu", "test/login": "own"}),
        ("lanes", {"mixed": "own", "round": "own, eu"}),
        ("tenants", {"acme": "own", "acme-eu": "own, eu", "beta": "eu"}),
    ],
)
def test_lists_tell_in_which_cluster_a_thing_is(
    gen: Gen, root: Path, tmp_path: Path, kind: str, told: dict[str, str]
) -> None:
    heads, *rows = gen("-C", root, "list", kind)[1].splitlines()
    column = "CLUSTERS" if kind in ("lanes", "tenants") else "CLUSTER"
    begin, end = heads.index(column), heads.index(column) + len("own, eu")
    assert {row.split()[0]: row[begin:end].split("  ")[0].strip() for row in rows} == told
    named = json.loads(gen("-C", root, "list", kind, "--format", "json")[1])[kind]
    said = [row[column.lower()] for row in named]
    words = [one if isinstance(one, list) else [one] for one in said]
    assert [", ".join(one or "own" for one in each) for each in words] == [*told.values()]
    own = gen("-C", root, "list", kind, "--environment", "perf" if kind == "lanes" else "test")[1]
    assert column in own.splitlines()[0]
    only = write(tmp_path / "one")
    assert "CLUSTER" not in gen("-C", only, "list", kind)[1]


@pytest.mark.parametrize(
    ("kind", "eu", "own", "us"),
    [
        ("environments", ["eu"], ["perf", "test"], []),
        ("branches", ["eu/login"], ["test/login"], []),
        ("lanes", ["round"], ["mixed", "round"], []),
        ("tenants", ["acme-eu", "beta"], ["acme", "acme-eu"], []),
        ("services", ["api", "web"], ["api", "web"], []),
    ],
)
def test_lists_hold_what_is_in_a_cluster(
    gen: Gen, root: Path, kind: str, eu: list[str], own: list[str], us: list[str]
) -> None:
    whole = {row["name"]: row for row in listed(gen, root, kind)}
    for cluster, names in (("eu", eu), ("own", own), ("us", us)):
        rows = listed(gen, root, kind, "--cluster", cluster)
        assert rows == [whole[name] for name in names]


def listed(gen: Gen, root: Path, kind: str, *words: str) -> list[dict[str, Any]]:
    out = gen("-C", root, "list", kind, *words, "--format", "json")[1]
    rows: list[dict[str, Any]] = json.loads(out)[kind]
    return rows


def test_only_clusters_that_there_are_can_be_listed(gen: Gen, root: Path, tmp_path: Path) -> None:
    code, _, told = gen("-C", root, "list", "--cluster", "oen")
    assert code == 2 and "did you mean `own`?" in told
    only = write(tmp_path / "one")
    assert gen("-C", only, "list", "--cluster", "own")[0] == 2


def test_a_diff_turns_one_cluster(gen: Gen, tmp_path: Path) -> None:
    text = str(APART[PLATFORM]) + "mesh: {istio: '1.31'}\n"
    root = write(tmp_path / "apart", APART | {PLATFORM: text})
    code, out, _ = gen("-C", root, "diff", "--plane", "ambient", "--cluster", "eu")
    assert code == 16
    assert "target of the cluster eu: virtualService on sidecar → virtualService on ambient" in out
    assert "platform's own cluster" not in out
    for words, told in (
        (["--plane", "ambient", "--cluster", "ue"], "there is no cluster `ue`"),
        (["--cluster", "eu"], "--cluster goes with --plane and --routes"),
        (["--ingress", "gateway", "--cluster", "eu"], "--cluster goes with"),
    ):
        code, _, err = gen("-C", root, "diff", *words)
        assert code == 2 and told in err


def test_an_agent_asks_what_a_verb_is_asked(root: Path) -> None:
    tools = Tools(root)
    away = "the cluster eu is away, and eu/login with it"
    assert away in json.dumps(tools.explain(lane="round", without="eu")["report"])
    assert away not in json.dumps(tools.explain(lane="round", without="own")["report"])
    (eu,) = tools.list_(cluster="eu")["report"]["environments"]
    assert eu["name"] == "eu"


def test_a_tree_and_a_graph_tell_it_too(gen: Gen, root: Path, tmp_path: Path) -> None:
    only = write(tmp_path / "one")
    assert "in shop-eu of the cluster eu" in gen("-C", root, "tree", "eu/login")[1]
    assert "in shop-test of the cluster own" in gen("-C", root, "tree", "test")[1]
    for unit, cluster in (("eu/login", "eu"), ("test", None)):
        made = json.loads(gen("-C", root, "tree", unit, "--format", "json")[1])
        assert made["cluster"] == cluster
    assert "cluster" not in json.loads(gen("-C", only, "tree", "test", "--format", "json")[1])
    drawn = gen("-C", root, "graph")[1]
    assert "eu cluster eu api v1, web v1" in drawn and "test cluster own api v1, web v1" in drawn
    assert "→ api eu/login b1 cluster eu" in gen("-C", root, "graph", "lane", "round")[1]
    assert "cluster" not in gen("-C", only, "graph")[1]
    assert "cluster" not in gen("-C", only, "graph", "lane", "mixed")[1]


def test_a_laptop_is_told_where_to_connect(gen: Gen, root: Path, tmp_path: Path) -> None:
    for lane, where, cluster in (
        ("round", "the cluster eu", "eu"),
        ("test", "the platform's own cluster", None),
    ):
        assert f"it runs in {where}: connect to that one" in gen("-C", root, "join", lane, "api")[2]
        said = json.loads(gen("-C", root, "join", lane, "api", "--format", "json")[1])
        assert said["cluster"] == cluster
    only = gen("-C", write(tmp_path / "one"), "join", "test", "api", "--format", "json")
    assert "cluster" not in json.loads(only[1]) and "cluster" not in only[2]


NODE = """
const el = (name, more, ...held) => held.flat(), table = (caption, heads, rows) => rows.flat();
const count = (number, what) => `${number} ${what}s`, short = (text) => text;
const place = () => "", versions = () => "";
const data = JSON.parse(process.argv[1]);
"""


@pytest.mark.parametrize(
    ("files", "facts", "answers"),
    [
        (ONE, ["the cluster eu", "the platform's own cluster"], "eu/login, in the cluster eu"),
        (None, [], "eu/login"),
    ],
)
def test_the_page_tells_it(files: Files | None, facts: list[str], answers: str) -> None:
    compiled_ = compiled(files)
    told = data(compiled_, About("", "", "", ""))
    programs = "".join(
        (PAGE / f"{name}.js").read_text() for name in ("simulate", "environments", "picture")
    )
    asked = (
        "const shown = data.environments.flatMap((row) => environment(data, row)).flat(9);"
        'const told = shown.filter((one) => String(one).includes("cluster"));'
        'console.log(JSON.stringify([[...new Set(told)], answering(data, "eu/login")]));'
    )
    node = installed("node", "nodejs.org, or the system's packages")
    words = [node, "-e", NODE + programs + asked, json.dumps({**told, "runs": []})]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [facts, answers]


def test_one_environment_may_be_asked_about_alone(gen: Gen, tmp_path: Path) -> None:
    said = "name: shop\nmesh: {istio: '1.31'}\nargocd: {repository: https://git.example.com/shop.git}\n"
    root = write(tmp_path / "planes", {PLATFORM: said})
    before = {path: path.read_bytes() for path in root.rglob("*.yaml")}
    asked = ("-C", root, "diff", "--plane", "ambient")
    code, out, _ = gen(*asked, "--environment", "perf")
    assert code == 16 and "target of perf: virtualService on sidecar → virtualService" in out
    assert "environment perf, plane: sidecar → ambient" in out
    assert {path: path.read_bytes() for path in root.rglob("*.yaml")} == before
    code, out, _ = gen(*asked)
    assert code == 16 and "target: virtualService on sidecar → virtualService" in out
    code, _, told = gen(*asked, "--environment", "pref")
    assert code == 2 and "did you mean `perf`?" in told
    for more in (("--cluster", "own"), ("--routes", "gateway")):
        assert gen(*asked, "--environment", "perf", *more)[0] == 2
    assert gen("-C", root, "diff", "--environment", "perf")[0] == 2
