"""`gen tree`: what a unit becomes, held against what is printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import yaml

from generator.plan.units import Unit
from generator.views.tree import Tree, tree
from tests.conftest import Files, compiled, write

Gen = Callable[..., tuple[int, str, str]]

LOOSE: Files = {
    "environments/test/branches/login.yaml": None,
    "environments/lanes/mixed.yaml": None,
} | {"environments/tenants/acme.yaml": "match: [{header: {x-tenant: acme}}]\nlane: test\n"}
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: api}\nspec: {}\n"


def kinds(made: Tree, service: str) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in made.services[service]]


def test_a_branch_becomes_what_the_output_tree_gains_by_it() -> None:
    """What no output holds without the branch is its own; what differs names it."""
    files = {
        "environments/lanes/mixed.yaml": None,
        "environments/tenants/acme.yaml": LOOSE["environments/tenants/acme.yaml"],
    }
    without, given = compiled(LOOSE), compiled(files)
    made = tree(given, Unit("test", "login"))
    assert made.application == "test.login"
    assert kinds(made, "api") == [
        ("Service", "api-login"),
        ("ServiceAccount", "api-login"),
        ("Deployment", "api-login"),
    ]
    old, new = ({**_mesh(one)} for one in (without, given))
    gained = new.keys() - old.keys()
    assert {(one.kind, one.namespace, one.name) for one in made.alone} == gained
    differ = {key for key in new.keys() & old.keys() if new[key] != old[key]}
    assert {(one.kind, one.namespace, one.name) for one in made.shared} == differ


def _mesh(done: object) -> dict[tuple[str, str, str], object]:
    found = {}
    for path, raw in done.files.items():  # type: ignore[attr-defined]
        mesh = (path.startswith("overlays/") and "/mesh" in path) or path.startswith(
            "overlays/lanes/"
        )
        if mesh and not path.endswith("kustomization.yaml"):
            for one in yaml.safe_load_all(raw):
                meta = one["metadata"]
                found[one["kind"], meta["namespace"], meta["name"]] = one
    return found


def test_what_only_baselines_bring_is_in_no_branch() -> None:
    files: Files = {
        "environments/platform.yaml": (
            "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
            "bases: {kinds: {example.com/Widget: baseline}}\n"
        ),
        "overlays/base/api/kustomization.yaml": (
            "kind: Kustomization\nresources: [deployment.yaml, widget.yaml]\n"
        ),
        "overlays/base/api/widget.yaml": WIDGET,
    }
    done = compiled(files)
    assert ("Widget", "api") in kinds(tree(done, Unit("test")), "api")
    branch = tree(done, Unit("test", "login"))
    assert not any(kind == "Widget" for kind, _ in kinds(branch, "api"))


def test_smoke_tests_stand_apart() -> None:
    tested = "runs:\n  api: {tag: b1}\ntests:\n  alive: {requests: [{service: web, path: /}]}\n"
    made = tree(compiled({"environments/test/branches/login.yaml": tested}), Unit("test", "login"))
    assert {one.kind for one in made.tests} == {"Job", "ServiceAccount"}


def test_a_tree_for_people_and_json_for_scripts(gen: Gen, tmp_path: Path) -> None:
    root = write(tmp_path)
    code, out, _ = gen("-C", root, "tree", "test/login")
    lines = out.splitlines()
    assert (code, lines[0]) == (0, "test/login")
    assert lines[1] == "├── Application test.login, in shop-test"
    assert "│       └── Deployment api-login" in lines
    assert any(line.endswith("VirtualService shop.api in istio-ingress") for line in lines)
    code, out, _ = gen("-C", root, "tree", "test/login", "--format", "json")
    answer = json.loads(out)
    assert answer["services"]["api"][0] == {
        "group": "",
        "kind": "Service",
        "namespace": "shop-test",
        "name": "api-login",
    }
    assert gen("-C", root, "tree", "test/logn")[0] == 2
