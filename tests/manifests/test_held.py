"""Manifests and patches of a base in their files: where each mistake is told, and what a patch may leave out."""

from __future__ import annotations

import json

import pytest

from generator.manifests import held
from tests.compiler.test_check import told
from tests.conftest import Files, base
from tests.vocabulary.test_findings import BRANCH, DEPLOYMENT, KUSTOMIZATION

PATCH, SCALE = "overlays/base/api/patch.yaml", "overlays/base/api/scale.yaml"
COMPONENT = "overlays/components/debug/kustomization.yaml"
MERGE = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: SPEC\n"
TARGET = {"kind": "Deployment", "name": "api"}
FILES: Files = {
    "overlays/base/api/b.txt": "text",
    "overlays/base/api/d.env": "# a=b\n  A=text\n",
    "overlays/base/api/e.env": "..=text\n",
}


def entry(**patch: object) -> str:
    return f"resources: [deployment.yaml]\npatches: [{json.dumps(patch)}]\n"


UNSELECTED = (base("api")[DEPLOYMENT] or "").replace(
    "selector: {matchLabels: {app: api}}", "paused: false"
)
CONTAINERS = "/spec/template/spec/containers"

# (what changes, what is told)
ROWS: list[tuple[Files, list[str]]] = [
    # merges: in a file, in place, by a target
    (
        {KUSTOMIZATION: entry(path="patch.yaml"), PATCH: MERGE.replace("SPEC", "{replicas: '2'}")},
        [f"GEN410 {PATCH}:4:18"],
    ),
    (
        {KUSTOMIZATION: entry(path="patch.yaml"), PATCH: MERGE.replace("SPEC", "{replicas: 2}")},
        [],
    ),
    (
        {KUSTOMIZATION: entry(patch=MERGE.replace("SPEC", "{replica: 2}"))},
        [f"GEN410 {KUSTOMIZATION}:2:91"],
    ),
    (
        {KUSTOMIZATION: entry(target=TARGET, patch=MERGE.replace("SPEC", "{replica: 2}"))},
        [f"GEN410 {KUSTOMIZATION}:2:140"],
    ),
    # operations: the value where the path leads
    (
        {
            KUSTOMIZATION: entry(path="patch.yaml", target=TARGET),
            PATCH: "- {op: add, path: /spec/replicas, value: two}\n",
        },
        [f"GEN410 {PATCH}:1:42"],
    ),
    (
        {
            KUSTOMIZATION: entry(path="patch.yaml", target=TARGET),
            PATCH: "- {op: add, path: /spec/replica, value: 2}\n",
        },
        [f"GEN410 {PATCH}:1:19"],
    ),
    (
        {
            KUSTOMIZATION: entry(path="patch.yaml", target=TARGET),
            PATCH: "- {op: add, path: /spec/template/spec/containers/0/env, value: [{name: A, value: 1}]}\n",
        },
        [f"GEN410 {PATCH}:1:82"],
    ),
    (
        {
            KUSTOMIZATION: entry(path="patch.yaml", target=TARGET),
            PATCH: "- {op: add, path: /metadata/annotations, value: {example.com/a: b}}\n- {op: add, path: /spec/replicas, value: 2}\n- {op: remove, path: /spec/replicas}\n",
        },
        [],
    ),
    (
        {
            KUSTOMIZATION: entry(path="patch.yaml", target={"kind": "Depl.*"}),
            PATCH: "- {op: add, path: /spec/replica, value: 2}\n",
        },
        [f"GEN410 {PATCH}:1:1 > {DEPLOYMENT}:1:1"],
    ),
    # what a patch reaches may lack what the patch brings, and nothing else
    (
        {
            KUSTOMIZATION: entry(patch=MERGE.replace("SPEC", "{selector: {matchLabels: {app: api}}}")),
            DEPLOYMENT: UNSELECTED,
        },
        [],
    ),
    (
        {
            KUSTOMIZATION: entry(patch=MERGE.replace("SPEC", "{replicas: 2}")),
            DEPLOYMENT: UNSELECTED,
        },
        [f"GEN413 {KUSTOMIZATION}:2:21 > {DEPLOYMENT}:1:1"],
    ),
    (
        {
            KUSTOMIZATION: entry(target={"kind": "Deployment", "labelSelector": "app=other"}, patch="- {op: add, path: /spec/replicas, value: 2}"),
            DEPLOYMENT: UNSELECTED,
        },
        [f"GEN413 {DEPLOYMENT}:5:3"],
    ),
    # what operations leave, or bring twice, where each value is right by itself
    *(
        (
            {KUSTOMIZATION: entry(path="patch.yaml", target=TARGET), PATCH: f"- {operation}\n"},
            [f"{code} {PATCH}:1:1 > {DEPLOYMENT}:1:1" for code in codes],
        )
        for operation, *codes in (
            (f"{{op: copy, from: {CONTAINERS}/0, path: {CONTAINERS}/-}}", "GEN413"),
            (f"{{op: copy, from: {CONTAINERS}/0, path: {CONTAINERS}/0}}", "GEN413"),
            (f"{{op: copy, from: {CONTAINERS}/0, path: {CONTAINERS}/-}}\n- {{op: replace, path: {CONTAINERS}/1/name, value: b}}",),
            ("{op: move, from: /spec/template/metadata/labels/app, path: /spec/template/metadata/labels/b}", "GEN413"),
            (f"{{op: copy, from: {CONTAINERS}/0/image, path: {CONTAINERS}/0/workingDirectory}}", "GEN410"),
            ("{op: remove, path: /spec/selector}", "GEN413"),
            ("{op: copy, from: /kind, path: /spec/template/metadata/labels/app}", "GEN413"),
            ("{op: copy, from: /metadata/name, path: /spec/replicas}", "GEN410"),
        )
    ),
    # a kind that there is not is nobody's to allow
    (
        {DEPLOYMENT: f"{base('api')[DEPLOYMENT]}---\napiVersion: v1\nkind: ConfigMpa\nmetadata: {{name: a}}\n"},
        [f"GEN411 {DEPLOYMENT}:11:7"],
    ),
    (
        {DEPLOYMENT: f"{base('api')[DEPLOYMENT]}---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: a, image: a:1}}], serviceAccountName: api}}\n"},
        [f"GEN409 {DEPLOYMENT}:11:1"],
    ),
    # components
    (
        {COMPONENT: "kind: Component\nresources: [a.yaml]\n", "overlays/components/debug/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 1}\n"},
        ["GEN410 overlays/components/debug/a.yaml:4:11"],
    ),
    # what is generated: the name, the type, keys, labels, and what a Secret tells everybody
    *(
        ({KUSTOMIZATION: f"resources: [deployment.yaml]\n{text}\n", **FILES}, [f"{what} {KUSTOMIZATION}:{at}" for what, at in found])
        for text, *found in (
            ("configMapGenerator: [{name: a, literals: [a=b], files: [b.txt, c=b.txt], envs: [d.env]}]",),
            ("configMapGenerator: [{name: A, literals: [a=b]}]", ("GEN412", "2:29")),
            ("configMapGenerator: [{name: a, literals: [a=b, ..=c]}]", ("GEN412", "2:48")),
            ("configMapGenerator: [{name: a, files: [..c=b.txt]}]", ("GEN412", "2:40")),
            ("configMapGenerator: [{name: a, env: e.env}]", ("GEN412", "2:37")),
            ("configMapGenerator: [{name: a, files: [a=b=b.txt]}]", ("GEN405", "2:40")),
            ("configMapGenerator: [{name: a, options: {labels: {a: b!}}}]", ("GEN412", "2:54")),
            ("configMapGenerator: [{name: a}, {name: b}]\ngeneratorOptions: {annotations: {b!: a}}", ("GEN412", "3:38")),
            ("secretGenerator: [{name: a, literals: [a=bc]}]",),
            ("secretGenerator: [{name: a, literals: [a=bcd]}]", ("GEN433", "2:40")),
            ("secretGenerator: [{name: a, files: [b.txt]}]", ("GEN433", "2:37")),
            ("secretGenerator: [{name: a, files: [c=b.txt]}]", ("GEN433", "2:37")),
            ("secretGenerator: [{name: a, envs: [d.env]}]", ("GEN433", "2:36")),
            ("secretGenerator: [{name: a, env: d.env}]", ("GEN433", "2:34")),
            ("secretGenerator: [{name: a, type: kubernetes.io/service-account-token, literals: [a=bcd]}]", ("GEN432", "2:35")),
            ("secretGenerator: [{name: a, type: kubernetes.io/ssh-auth, literals: [a=b]}]", ("GEN413", "2:35")),
            ("secretGenerator: [{name: a, type: kubernetes.io/ssh-auth, literals: [ssh-privatekey=b]}]", ("GEN415", "2:70")),
            ("secretGenerator: [{name: a, type: kubernetes.io/ssh-auth}, {name: a, behavior: merge, literals: [ssh-privatekey=b]}]",),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("changes, expected", ROWS)
def test_where_a_mistake_is_told(changes: Files, expected: list[str]) -> None:
    assert told(changes) == expected


def test_an_autoscaler_of_nobody() -> None:
    text = (
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\n"
        "spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: apy}}\n"
    )
    path = "overlays/base/api/scale.yaml"
    files = {KUSTOMIZATION: "resources: [deployment.yaml, scale.yaml]\n", path: text}
    assert told(files) == [f"GEN415 {path}:4:86"]
    assert told({**files, path: text.replace("apy", "api")}) == []
    version = text.replace("apiVersion: apps/v1, ", "").replace("apy", "api")
    assert told({**files, path: version}) == [f"GEN413 {path}:4:40"]


def test_two_autoscalers_of_one_workload() -> None:
    """Kubernetes' own scales nothing then; KEDA's makes one of those."""
    text = (
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n"
        "spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}\n"
    )
    path, lists = "overlays/base/api/scale.yaml", "resources: [deployment.yaml, scale.yaml]\n"
    two = f"{text}---\n{text.replace('{name: a}', '{name: b}')}"
    assert told({KUSTOMIZATION: lists, path: two}) == [f"GEN415 {path}:9:86"]
    assert told({KUSTOMIZATION: lists, path: text}) == []


SCALER = (
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: NAME}\n"
    "spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}\n"
)


def test_what_a_component_brings_is_seen_beside_its_base() -> None:
    """Two autoscalers that two folders bring are as bad as two in one."""
    folder, debug = "overlays/components/debug/", "runs: {api: {tag: v, components: [debug]}}\n"
    files = {
        KUSTOMIZATION: "resources: [deployment.yaml, scale.yaml]\n",
        "overlays/base/api/scale.yaml": SCALER.replace("NAME", "api"),
        COMPONENT: "kind: Component\nresources: [scale.yaml]\n",
        f"{folder}scale.yaml": SCALER.replace("NAME", "more"),
    }
    assert told(files) == []
    assert told({**files, BRANCH: debug}) == [f"GEN415 {folder}scale.yaml:4:86"]


def test_what_a_patch_puts_right_is_not_told() -> None:
    fix = {
        "target": {"kind": "HorizontalPodAutoscaler"},
        "patch": "- {op: replace, path: /spec/scaleTargetRef/name, value: NAME}",
    }
    for name, expected in (("api", []), ("apy", [f"GEN415 {KUSTOMIZATION}:2:68 > {SCALE}:1:1"])):
        patch = json.dumps([fix]).replace("NAME", name)
        files = {
            KUSTOMIZATION: f"resources: [deployment.yaml, scale.yaml]\npatches: {patch}\n",
            SCALE: SCALER.replace("NAME", "a").replace("name: api}}", "name: web}}"),
        }
        assert told(files) == expected


@pytest.mark.parametrize(
    "kind, reference",
    [
        ("configMap", "envFrom: [{configMapRef: {name: NAME}}]"),
        ("configMap", "env: [{name: A, valueFrom: {configMapKeyRef: {name: NAME, key: a}}}]"),
        ("secret", "envFrom: [{secretRef: {name: NAME}}]"),
        ("secret", "env: [{name: A, valueFrom: {secretKeyRef: {name: NAME, key: a}}}]"),
    ],
)
def test_what_a_generator_makes_is_there(kind: str, reference: str) -> None:
    mount = f"containers: [{{name: main, image: registry.example.com/api, {reference}}}]"
    plain = "containers: [{name: main, image: registry.example.com/api}]"
    text = base("api")[DEPLOYMENT] or ""
    assert plain in text
    generated = (
        f"resources: [deployment.yaml]\n{kind}Generator: [{{name: settings, literals: [a=b]}}]\n"
    )
    for name, expected in (("settings", []), ("setings", ["GEN416"]), ("elsewhere", [])):
        files = {
            KUSTOMIZATION: generated,
            DEPLOYMENT: text.replace(plain, mount.replace("NAME", name)),
        }
        assert [line.split()[0] for line in told(files)] == expected


def test_an_unchanged_file_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told({})
    monkeypatch.setattr(held, "problems", lambda *_, **__: pytest.fail("asked again"))
    assert told({}) == []
