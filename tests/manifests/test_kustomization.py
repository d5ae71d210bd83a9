"""What one kustomization may say, asked of its text alone: each key, what it holds, and where a mistake stands."""

from __future__ import annotations

import pytest

from generator.manifests.kustomization import (
    doubles,
    fields,
    generated,
    given_to_pods,
    read_kustomization,
)
from generator.vocabulary.findings import outcome
from generator.vocabulary.layout import kustomization
from generator.vocabulary.source import Place, Sources
from generator.vocabulary.yaml_reader import locate

PATH = "overlays/base/api/kustomization.yaml"
DIGEST = "sha256:" + "0" * 64


def told(text: str) -> list[str]:
    raw = text.encode()
    found = outcome(read_kustomization(PATH, raw)).findings
    marks = [locate(raw, finding.place) for finding in found]
    return [
        f"{each.code} {mark.line}:{mark.column}" for each, mark in zip(found, marks, strict=True)
    ]


COMPONENT = "kind: Component\n"
# A text, and what is told of it.
ROWS: list[tuple[str, ...]] = [
    ("resources: [a]\n",),
    ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a]\n",),
    ("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [a]\n",),
    ("apiVersion: \nkind: ''\nresources: [a]\n",),
    ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Component\nresources: [a]\n", "GEN405 1:13"),
    ("apiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [a]\n", "GEN405 1:13"),
    ("kind: Deployment\nresources: [a]\n", "GEN405 1:7"),
    # whole
    ("", "GEN405 1:1"),
    ("[a]\n", "GEN405 1:1"),
    ("kind: Kustomization\n", "GEN405 1:1"),
    ("resources:\nmetadata: ''\n", "GEN405 1:1"),
    ("resources: []\n",),
    ("resources: [a]\n---\nresources: [b]\n", "GEN405 1:1"),
    ("resources: [a\n", "GEN004 2:1"),
    # shapes: all keys with what each holds
    ("metadata: {name: a, namespace: b, labels: {c: d}, annotations: {e: f}}\n",),
    ("metadata: {name: ~, labels: ~}\nresources: ~\n",),
    ("metadata: {nam: a}\n", "GEN402 1:12"),
    ("metadata: {name: 1}\n", "GEN405 1:18"),
    ("metadata: {labels: a}\n", "GEN405 1:20"),
    ("metadata: {annotations: [a]}\n", "GEN405 1:25"),
    ("metadata: {labels: {a: 1}}\n", "GEN405 1:24"),
    ("metadata: {annotations: {a: 1}}\n", "GEN405 1:29"),
    ("metadata: a\n", "GEN405 1:11"),
    ("Resources: [a]\n", "GEN402 1:1"),
    ("resources: a\n", "GEN405 1:12"),
    ("resources: [a, 1]\n", "GEN405 1:16"),
    ("components: [[a]]\n", "GEN405 1:14"),
    ("apiVersion: 1\nresources: [a]\n", "GEN405 1:13"),
    ("kind: [a]\nresources: [a]\n", "GEN405 1:7"),
    ("images: [{name: a, newName: b, newTag: c}, {name: d, digest: 'DIGEST'}]\n",),
    ("images: [a]\n", "GEN405 1:10"),
    ("images: [{name: a, newtag: b}]\n", "GEN402 1:20"),
    ("images: [{name: a, newTag: 1}]\n", "GEN405 1:28"),
    ("replicas: [{name: a, count: 2}]\n",),
    ("replicas: [{name: a, count: two}]\n", "GEN405 1:29"),
    ("replicas: [{name: a, count: true}]\n", "GEN405 1:29"),
    ("patches: [{path: a}, {patch: b, target: {kind: c}}]\n",),
    ("patches: [{path: a, options: {}}]\n", "GEN402 1:21"),
    ("patches: [{patch: 1}]\n", "GEN405 1:19"),
    ("patches: [{target: a}]\n", "GEN405 1:20"),
    ("labels: [{pairs: {a: b}, includeSelectors: true, includeTemplates: false}]\n",),
    ("labels: [{pairs: {a: b}, includeSelectors: 1}]\n", "GEN405 1:44"),
    ("labels: [{pairs: {a: b}, fields: []}]\n", "GEN402 1:26"),
    ("configMapGenerator: [{name: a, namespace: b, behavior: create, env: c, literals: [d=e], files: [f], envs: [g], options: {}}]\n",),
    ("configMapGenerator: [{name: a, type: b}]\n", "GEN402 1:32"),
    ("secretGenerator: [{name: a, type: b, literals: [d=e]}]\n",),
    ("secretGenerator: [{name: a, files: b}]\n", "GEN405 1:36"),
    ("configMapGenerator: [{name: a, options: []}]\n", "GEN405 1:41"),
    # what it says
    ("commonLabels: {a: b}\ncommonAnnotations: {a: 'b c!'}\n",),
    ("commonLabels: {a: 1}\n", "GEN405 1:19"),
    ("commonLabels: {a: 'b c'}\n", "GEN412 1:19"),
    ("commonLabels: {a!: b}\n", "GEN412 1:20"),
    ("commonLabels: {app.kubernetes.io/name: b}\n", "GEN402 1:16"),
    ("commonLabels: {app.kubernetes.io/part-of: b, app.kubernetes.io/managed-by: c}\n", "GEN402 1:16", "GEN402 1:46"),
    ("commonLabels: {gen/unit: b}\n", "GEN402 1:16"),
    ("commonLabels: {gen: b}\n",),
    (f"{COMPONENT}commonLabels: {{a: b}}\n", "GEN402 2:15"),
    (f"{COMPONENT}commonLabels: {{}}\nresources: [a]\n",),
    ("commonAnnotations: {a: 1}\n", "GEN405 1:24"),
    ("commonAnnotations: {a b: c}\n", "GEN412 1:26"),
    ("labels: [{pairs: {a: 'b c'}}]\n", "GEN412 1:22"),
    ("labels: [{pairs: {app.kubernetes.io/name: b}}]\n",),
    ("labels: [{pairs: {app.kubernetes.io/name: b}, includeSelectors: true}]\n", "GEN402 1:19"),
    ("labels: [{pairs: {app.kubernetes.io/name: b}, includeTemplates: true}]\n", "GEN402 1:19"),
    (f"{COMPONENT}labels: [{{pairs: {{a: b}}, includeSelectors: true}}]\n", "GEN402 2:18"),
    (f"{COMPONENT}labels: [{{pairs: {{a: b}}, includeTemplates: true}}]\n",),
    (f"{COMPONENT}labels: [{{pairs: {{a: b}}}}]\n",),
    ("images: [{newTag: a}]\n", "GEN405 1:10"),
    ("images: [{name: 'a.*', newTag: a}]\n", "GEN405 1:17"),
    ("images: [{name: a, newTag: 'b c'}]\n", "GEN412 1:28"),
    ("images: [{name: a, newTag: ''}]\n",),
    ("images: [{name: a, newName: 'b:c'}]\n", "GEN412 1:29"),
    ("images: [{name: a, digest: 'sha256:0'}]\n", "GEN412 1:28"),
    ("replicas: [{name: a}]\n", "GEN405 1:12"),
    ("replicas: [{name: a, count: -1}]\n", "GEN412 1:29"),
    ("replicas: [{name: a, count: 0}]\n",),
    ("replicas: [{name: a, count: 2147483647}]\n",),
    ("replicas: [{name: a, count: 2147483648}]\n", "GEN412 1:29"),
    # generators
    ("configMapGenerator: [{literals: [a=b]}]\n", "GEN405 1:22"),
    ("configMapGenerator: [{name: a, behavior: replace}, {name: b, behavior: merge}]\n",),
    ("configMapGenerator: [{name: a, behavior: update}]\n", "GEN405 1:42"),
    ("configMapGenerator: [{name: a, literals: [a=b, a=c]}]\n", "GEN405 1:48"),
    ("configMapGenerator: [{name: a, files: [a, b/a]}]\n", "GEN405 1:43"),
    ("configMapGenerator: [{name: a, files: [a=b, c=b], literals: ['d=e=f']}]\n",),
    ("configMapGenerator: [{name: a, literals: [1]}]\n", "GEN405 1:43"),
    ("secretGenerator: [{name: a, literals: [b]}]\n", "GEN405 1:40"),
    ("generatorOptions: {labels: {a: b}, annotations: {c: d}, disableNameSuffixHash: true, immutable: false}\n",),
    ("generatorOptions: {disableNameSuffixHash: 1}\n", "GEN405 1:43"),
    ("generatorOptions: {labels: a}\n", "GEN405 1:28"),
    ("generatorOptions: {labels: {a: 1}}\n", "GEN405 1:32"),
    ("generatorOptions: {label: {}}\n", "GEN405 1:20"),
    ("configMapGenerator: [{name: a, options: {immutable: a}}]\n", "GEN405 1:53"),
    # keys that Kustomize writes bare, and reads again
    ("commonAnnotations: {'2024-01-01': a, a: b}\n", "GEN412 1:35"),
    ("commonLabels: {'1e3': a}\n", "GEN412 1:23"),
    ("labels: [{pairs: {'true': a, 'yes': b}}]\n", "GEN412 1:27"),
    ("labels: [{pairs: {'1.2.3': a, '1x': b, example.com/1: c}}]\n",),
    ("configMapGenerator: [{name: a, literals: ['null=a', NO=b]}]\n", "GEN405 1:43"),
    ("configMapGenerator: [{name: a, files: [b/123]}]\n", "GEN405 1:40"),
    ("configMapGenerator: [{name: a, options: {labels: {'010': b}}}]\n", "GEN405 1:51"),
    ("generatorOptions: {annotations: {'0x1F': b}}\n", "GEN405 1:34"),
]  # fmt: skip


@pytest.mark.parametrize("text, expected", [(row[0], row[1:]) for row in ROWS])
def test_what_a_kustomization_may_say(text: str, expected: tuple[str, ...]) -> None:
    assert told(text.replace("DIGEST", DIGEST)) == list(expected)


@pytest.mark.parametrize(
    "literal, message",
    [
        ("b", "a key, one `=` and what it holds belong here"),
        ("b!=c", "`b!` is not a key that a ConfigMap or Secret can have"),
    ],
)
def test_what_is_said_of_a_literal(literal: str, message: str) -> None:
    raw = f"configMapGenerator: [{{name: a, literals: ['{literal}']}}]\n".encode()
    (finding,) = outcome(read_kustomization(PATH, raw)).findings
    assert finding.message == message


def test_a_kustomization_with_a_mistake_of_shape_says_nothing() -> None:
    assert outcome(read_kustomization(PATH, b"resources: a\n")).value is None
    assert outcome(read_kustomization(PATH, b"resources: [a]\n")).value == {"resources": ["a"]}


def test_its_names() -> None:
    names = ("kustomization.yaml", "kustomization.yml", "Kustomization")
    for name in names:
        sources = Sources({f"a/{name}": b""})
        assert kustomization(sources, "a") == f"a/{name}"
        assert kustomization(sources, "b") is None
    both = Sources({f"a/{name}": b"" for name in names})
    assert kustomization(both, "a") == "a/kustomization.yaml"
    found = doubles(both, "a", "a/kustomization.yaml")
    assert [each.place.path for each in found] == ["a/kustomization.yml", "a/Kustomization"]


def test_files_that_generators_read_and_where_they_are_named() -> None:
    content = {
        "configMapGenerator": [{"files": ["a", "b=c"], "env": "d"}, {"envs": ["e", "f"]}],
        "secretGenerator": [{"files": ["g"]}, {"files": None, "env": ""}],
    }
    place = Place(PATH)
    assert list(generated(PATH, content)) == [
        (place.at("configMapGenerator", 0, "files", 0), "a"),
        (place.at("configMapGenerator", 0, "files", 1), "c"),
        (place.at("configMapGenerator", 0, "env"), "d"),
        (place.at("configMapGenerator", 1, "envs", 0), "e"),
        (place.at("configMapGenerator", 1, "envs", 1), "f"),
        (place.at("secretGenerator", 0, "files", 0), "g"),
    ]


def test_labels_that_pods_get() -> None:
    labels = [
        {"pairs": {"a": "1"}, "includeSelectors": True},
        {"pairs": {"b": "2"}, "includeTemplates": True},
        {"pairs": {"c": "3"}},
        {"includeTemplates": True},
    ]
    assert given_to_pods({"labels": labels}) == {"a": "1", "b": "2"}
    common = {"commonLabels": {"a": "0", "d": "4"}, "labels": labels}
    assert given_to_pods(common) == {"a": "1", "b": "2", "d": "4"}
    assert given_to_pods({}) == {}


def test_what_the_reference_says_of_its_keys() -> None:
    said = dict(fields())
    assert said["patches"] == "a list of `path`, `patch`, `target`"
    assert said["resources"] == "a list"
    assert said["metadata"] == "a mapping of `name`, `namespace`, `labels`, `annotations`"
