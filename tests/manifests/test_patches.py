"""Patches of a base: what gen says of them, and whether Kustomize builds them (`test_refused.py`)."""

from __future__ import annotations

import json

import pytest

from tests.compiler.test_check import told
from tests.conftest import Files
from tests.vocabulary.test_findings import KUSTOMIZATION

FILE = "overlays/base/api/patch.yaml"
HEAD = "apiVersion: apps/v1\nkind: Deployment\n"
MERGE = HEAD + "metadata: {name: api}\nspec: {replicas: 2}\n"
ADD = "- {op: add, path: /spec/replicas, value: 2}"
DEPLOYMENTS = {"kind": "Deployment"}
FLOW = "[{op: add, path: /spec/replicas, value: 2}]"

# What gen says, whether Kustomize builds it, the entry of `patches`, and the text of the file `patch.yaml`.
ROWS: list[tuple[str, bool, dict[str, object], str]] = [
    # operations
    ("", True, {"patch": ADD, "target": DEPLOYMENTS}, ""),
    ("", True, {"patch": ADD, "target": {}}, ""),
    (
        "",
        True,
        {
            "patch": ADD,
            "target": {"kind": "Deploy.*", "name": "a(p|q)i|\\.", "labelSelector": "!a, b != c"},
        },
        "",
    ),
    ("", True, {"patch": ADD, "target": {"kind": "None"}}, ""),
    (
        "",
        True,
        {
            "patch": ADD,
            "target": {
                "group": "apps",
                "version": "v1",
                "kind": "Deployment",
                "namespace": "n",
                "annotationSelector": "a=b",
            },
        },
        "",
    ),
    (
        "",
        True,
        {"patch": '[{"op": "add", "path": "/spec/replicas", "value": 2}]', "target": DEPLOYMENTS},
        "",
    ),
    (
        "",
        True,
        {"patch": "- {op: test, path: /metadata/name, value: api}", "target": DEPLOYMENTS},
        "",
    ),
    (
        "",
        True,
        {
            "patch": "- {op: copy, from: /metadata/name, path: /spec/template/metadata/labels/b}",
            "target": DEPLOYMENTS,
        },
        "",
    ),
    ("", True, {"path": "patch.yaml", "target": DEPLOYMENTS}, f"# first\n{FLOW}\n"),
    ("", True, {"path": "patch.yaml", "target": DEPLOYMENTS}, f"{ADD}\n---\n# nothing\n"),
    ("GEN405 2:21", False, {"patch": FLOW, "target": DEPLOYMENTS}, ""),
    ("GEN405 2:21", False, {"patch": f" {FLOW}", "target": DEPLOYMENTS}, ""),
    ("GEN405 1:1", False, {"path": "patch.yaml", "target": DEPLOYMENTS}, f"{FLOW}\n"),
    ("GEN405 2:11", False, {"patch": ADD}, ""),
    ("GEN405 2:11", False, {"patch": ADD, "target": None}, ""),
    ("GEN405 2:21", False, {"patch": "[]", "target": DEPLOYMENTS}, ""),
    ("GEN405 2:21", False, {"patch": "- a", "target": DEPLOYMENTS}, ""),
    (
        "GEN405 2:21",
        False,
        {"patch": "- {op: put, path: /spec/replicas, value: 2}", "target": DEPLOYMENTS},
        "",
    ),
    (
        "GEN405 2:21",
        False,
        {"patch": "- {path: /spec/replicas, value: 2}", "target": DEPLOYMENTS},
        "",
    ),
    ("GEN405 2:21", False, {"patch": "- {op: add, value: 2}", "target": DEPLOYMENTS}, ""),
    (
        "GEN405 2:21",
        False,
        {"patch": "- {op: copy, path: /metadata/labels}", "target": DEPLOYMENTS},
        "",
    ),
    (
        "GEN405 2:3",
        False,
        {"path": "patch.yaml", "target": DEPLOYMENTS},
        f"{ADD}\n- {{op: move, path: /spec/a}}\n",
    ),
    # operations that Kustomize takes, and gen does not: half of a text is overlooked, or what gen knows an object by changes
    ("GEN405 2:21", True, {"patch": f"{ADD}\n---\n{ADD}", "target": DEPLOYMENTS}, ""),
    ("GEN405 3:1", True, {"path": "patch.yaml", "target": DEPLOYMENTS}, f"{ADD}\n---\n{MERGE}"),
    (
        "GEN405 2:21",
        True,
        {"patch": "- {op: add, path: spec/replicas, value: 2}", "target": DEPLOYMENTS},
        "",
    ),
    (
        "GEN402 2:21",
        True,
        {"patch": "- {op: replace, path: /kind, value: StatefulSet}", "target": DEPLOYMENTS},
        "",
    ),
    (
        "GEN402 2:21",
        True,
        {"patch": "- {op: replace, path: /metadata/name, value: b}", "target": DEPLOYMENTS},
        "",
    ),
    (
        "GEN402 2:21",
        True,
        {"patch": "- {op: add, path: /metadata/namespace, value: b}", "target": DEPLOYMENTS},
        "",
    ),
    (
        "GEN402 2:21",
        True,
        {"patch": "- {op: add, path: /, value: {a: b}}", "target": DEPLOYMENTS},
        "",
    ),
    (
        "GEN402 2:21",
        True,
        {"patch": "- {op: replace, path: /metadata, value: {name: b}}", "target": DEPLOYMENTS},
        "",
    ),
    (
        "GEN402 2:3",
        True,
        {"path": "patch.yaml", "target": DEPLOYMENTS},
        f"{ADD}\n- {{op: replace, path: /apiVersion, value: apps/v2}}\n",
    ),
    (
        "GEN402 2:21",
        False,
        {"patch": "- {op: move, from: /metadata/name, path: /spec/a}", "target": DEPLOYMENTS},
        "",
    ),
    # merges
    ("", True, {"patch": MERGE}, ""),
    ("", True, {"patch": f"---\n{MERGE}---\n# nothing\n---\n{MERGE}---\n"}, ""),
    (
        "",
        True,
        {
            "patch": MERGE.replace("name: api", "name: any"),
            "target": DEPLOYMENTS,
        },
        "",
    ),
    (
        "GEN405 2:21",
        True,
        {
            "patch": MERGE.replace("apps/v1", "v7").replace("name: api", "name: any"),
            "target": DEPLOYMENTS,
        },
        "",
    ),
    ("GEN405 2:21", False, {"patch": MERGE.replace("name: api", "name: apis")}, ""),
    ("GEN405 2:21", False, {"patch": MERGE.replace("apps/v1", "apps/v2")}, ""),
    ("GEN405 2:21", False, {"patch": MERGE.replace("kind: Deployment\n", "")}, ""),
    ("GEN405 2:21", False, {"patch": MERGE.replace("apiVersion: apps/v1\n", "")}, ""),
    ("GEN405 2:21", False, {"patch": HEAD + "spec: {replicas: 2}\n"}, ""),
    ("GEN405 2:21", False, {"patch": HEAD + "spec: {replicas: 2}\n", "target": DEPLOYMENTS}, ""),
    ("GEN405 2:21", False, {"patch": f"{MERGE}---\n{MERGE}", "target": DEPLOYMENTS}, ""),
    ("GEN405 2:1", False, {"path": "patch.yaml"}, f"---\n---\n{MERGE}"),
    # neither
    ("GEN405 6:1", False, {"path": "patch.yaml"}, f"{MERGE}---\na\n"),
    ("GEN405 2:21", False, {"patch": "a", "target": DEPLOYMENTS}, ""),
    ("GEN405 2:11", False, {"patch": "# a\n", "target": DEPLOYMENTS}, ""),
    ("GEN405 2:11", False, {"patch": "", "target": DEPLOYMENTS}, ""),
    ("GEN405 2:11", False, {"target": DEPLOYMENTS}, ""),
    ("GEN405 2:11", False, {"patch": MERGE, "path": "patch.yaml"}, MERGE),
    # targets
    ("GEN405 2:119", False, {"patch": MERGE, "target": {"kin": "Deployment"}}, ""),
    ("GEN405 2:127", False, {"patch": MERGE, "target": {"kind": ["Deployment"]}}, ""),
    ("GEN405 2:127", False, {"patch": MERGE, "target": {"kind": "("}}, ""),
    ("GEN405 2:127", False, {"patch": MERGE, "target": {"kind": "(?!A).*"}}, ""),
    # expressions that Go reads in a way of its own, or that can take for ever
    ("GEN405 2:127", True, {"patch": MERGE, "target": {"kind": "\\pL+"}}, ""),
    ("GEN405 2:127", True, {"patch": MERGE, "target": {"kind": "(?:Deployment)"}}, ""),
    ("GEN405 2:127", True, {"patch": MERGE, "target": {"kind": "(a*)*b"}}, ""),
    ("GEN405 2:127", True, {"patch": MERGE, "target": {"kind": ".*.*.*.*"}}, ""),
    ("GEN405 2:127", False, {"patch": MERGE, "target": {"kind": "Deployment\\Z"}}, ""),
    ("GEN405 2:136", True, {"patch": MERGE, "target": {"labelSelector": "a in (b)"}}, ""),
]


def changed(patch: dict[str, object], text: str) -> Files:
    """The base with an entry of `patches`, and the file that it may name."""
    listed = f"resources: [deployment.yaml]\npatches: [{json.dumps(patch)}]\n"
    return {KUSTOMIZATION: listed} | ({FILE: text} if text else {})


@pytest.mark.parametrize("says, builds, patch, text", ROWS)
def test_what_is_told_of_a_patch(
    says: str, builds: bool, patch: dict[str, object], text: str
) -> None:
    assert builds or says
    where = FILE if "path" in patch and "patch" not in patch else KUSTOMIZATION
    found = [line.partition(" > ")[0] for line in told(changed(patch, text))]
    assert found == ([says.replace(" ", f" {where}:")] if says else [])


def test_an_operation_with_an_endless_path_is_only_wrong() -> None:
    added = [{"op": "add", "path": "/spec" * 20_000, "value": 2}]
    patch = {"target": {"kind": "Deployment"}, "patch": json.dumps(added)}
    assert told({KUSTOMIZATION: f"resources: [deployment.yaml]\npatches: [{json.dumps(patch)}]\n"})
