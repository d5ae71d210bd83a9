"""`gen import --prove`: what adopting changes, object by object."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.adoption.items import read
from generator.adoption.prove import data, differences, text
from generator.io import applied
from generator.views.brought import front, workload

Gen = Callable[..., tuple[int, str, str]]
SHOP = workload() + front()
SECRET = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData: {word: WORD}\n"


@pytest.fixture
def root(gen: Gen, tmp_path: Path) -> Path:
    assert gen("init", "--empty", tmp_path / "shop")[0] == 0
    (tmp_path / "shop.yaml").write_text(SHOP)
    assert gen("-C", tmp_path / "shop", "import", tmp_path / "shop.yaml")[0] == 0
    return tmp_path / "shop"


def changes(brought: str, then: str) -> list[tuple[str, str, object, object]]:
    items = read({"x": brought.encode()}).items
    things = [item.data for item in read({"y": then.encode()}).items]
    found = differences(items, things, "shop")
    return [(one.kind, ".".join(map(str, one.route)), one.before, one.after) for one in found]


def in_shop(manifest: str) -> str:
    return manifest.replace("metadata: {name: web}", "metadata: {name: web, namespace: shop}")


def test_what_is_the_same_is_no_difference() -> None:
    assert changes(SHOP, in_shop(SHOP)) == []
    assert changes(SHOP, in_shop(SHOP.replace("{app: web}", "{'app': web}"))) == []
    said = SHOP.replace("selector: {app: web}", "selector: {app: web}\n  type: ClusterIP")
    assert changes(said.replace("port: 80,", "port: 80, protocol: TCP,"), in_shop(SHOP)) == []


@pytest.mark.parametrize(
    ("before", "after", "kind", "route"),
    [
        ("web:v1", "web:v2", "version", "spec.template.spec.containers.main.image"),
        (
            "8080}]\n---",
            "8081}]\n---",
            "field",
            "spec.template.spec.containers.main.ports.0.containerPort",
        ),
        ("port: 80,", "port: 81,", "port", "spec.ports.http.port"),
        ("selector: {app: web}", "selector: {app: other}", "selector", "spec.selector.app"),
        ("version: web", "version: b", "pod label", "spec.template.metadata.labels.version"),
    ],
)
def test_each_difference_has_a_kind_and_a_route(
    before: str, after: str, kind: str, route: str
) -> None:
    assert before in SHOP
    found = changes(SHOP, in_shop(SHOP.replace(before, after)))
    assert (kind, route) in [one[:2] for one in found] and len(found) == 1


def test_objects_that_come_and_go() -> None:
    found = changes(SHOP, in_shop(workload()) + front("api", "api"))
    assert [one[0] for one in found] == ["missing", "added"]


def test_secrets_are_not_told() -> None:
    items = read({"x": SECRET.replace("WORD", "one").encode()}).items
    other = read({"y": SECRET.replace("WORD", "two").encode()}).items[0].data
    found = list(differences(items, [other], ""))
    told = json.dumps(data(found)) + "".join(text(found))
    assert "stringData" in told and "one" not in told.replace("one.", "") and "two" not in told


def test_the_tree_through_kustomize(gen: Gen, root: Path, kubectl: str, tmp_path: Path) -> None:
    code, out, _ = gen("-C", root, "import", "--prove", tmp_path / "shop.yaml", "--format", "json")
    told = json.loads(out)["environments"]["test"]
    kinds = {one["kind"] for one in told}
    assert code == 16 and {"label", "selector", "account", "added", "port"} <= kinds
    assert "version" not in kinds and "missing" not in kinds
    account = next(one for one in told if one["route"][-1:] == ["serviceAccountName"])
    assert account["before"] is None and account["after"] == "web"


def test_without_kustomize_bases_are_read_by_gen(
    gen: Gen, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applied, "command", lambda: None)
    code, out, err = gen("-C", root, "import", "--prove", tmp_path / "shop.yaml")
    assert code == 16 and "bases are as gen reads them" in err
    assert "version: spec.template.spec.containers.main.image" in out
