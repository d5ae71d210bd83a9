"""Custom kinds beside the definitions that a repository keeps: as a server that has them would judge."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from generator.io.git import Repository
from generator.io.revision import read_commit
from generator.io.tree import read_sources
from generator.manifests.crds import Definitions, definitions
from generator.manifests.document import problems
from generator.vocabulary.findings import outcome
from generator.vocabulary.layout import DEFINITIONS
from generator.vocabulary.source import Sources
from generator.vocabulary.yaml_reader import read_manifests
from tests.conftest import base, write
from tests.vocabulary.test_findings import DEPLOYMENT, findings

DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: queues.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Queue, plural: queues}
  versions:
    - name: v1alpha1
      served: false
      storage: false
      schema: {openAPIV3Schema: {type: object}}
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            apiVersion: {type: string}
            kind: {type: string}
            metadata: {type: object}
            status: {type: object, properties: {ready: {type: boolean}}}
            spec:
              type: object
              required: [size, mode]
              x-kubernetes-validations: [{rule: self.size > 0}]
              oneOf: [{required: [topic]}, {required: [stream]}, {not: {anyOf: [{required: [topic]}, {required: [stream]}]}}]
              properties:
                size: {type: integer, minimum: 1, maximum: 9, format: int32}
                mode: {type: string, enum: [fast, safe], default: safe}
                topic: {type: string, pattern: '^[a-z]+(\\.[a-z]+)*$', maxLength: 20}
                stream: {type: string, nullable: true}
                port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
                rate: {type: number, exclusiveMinimum: true, minimum: 0}
                since: {type: string, format: date-time}
                word: {type: string, format: byte}
                step: {type: integer, multipleOf: 1}
                half: {type: number, multipleOf: 0.5}
                labels: {type: object, additionalProperties: {type: string}}
                any: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {a: {type: integer}}}
                empty: {type: object}
                tags: {type: array, items: {type: string}, x-kubernetes-list-type: set, maxItems: 3}
                rules:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items: {type: object, required: [name], properties: {name: {type: string}, every: {type: integer}}}
"""  # fmt: skip
HEAD = "apiVersion: example.com/v1\nkind: Queue\nmetadata: {name: a}\n"


def kept(text: str = DEFINITION) -> Definitions:
    return definitions(Sources({f"{DEFINITIONS}queues.yaml": text.encode()}))


def told(text: str, text_of_definition: str = DEFINITION, partial: bool = False) -> list[str]:
    (document,) = outcome(read_manifests("x.yaml", text.encode())).value
    found = problems(document, "1.36", kept(text_of_definition), partial)
    routes = (".".join(map(str, each.route)) for each in found)
    return [
        f"{each.code} {route} | {each.message} | {each.hint}"
        for each, route in zip(found, routes, strict=True)
    ]


# (spec, where it is found, what is said)
ROWS: list[tuple[str, str, str]] = [
    ("size: 3", "", ""),
    ("size: 3, mode: fast, topic: a.b, port: 80, rate: 0.5, labels: {A: b}, any: {x: [1]}, tags: [a, b]", "", ""),
    ("size: 3, stream: , rules: [{name: a}, {name: b}], port: http", "", ""),
    ("size: 0", "GEN417 spec.size", "1 or more"),
    ("size: 10", "GEN417 spec.size", "9 or less"),
    ("size: '3'", "GEN417 spec.size", "write 3 without quotes"),
    ("size: 3, sise: 4", "GEN417 spec.sise", "did you mean `size`?"),
    ("sise: 3", "GEN417 spec.sise", "did you mean `size`?"),
    ("mode: fast", "GEN417 spec", "`size` is missing"),
    ("size: 3, mode: fats", "GEN417 spec.mode", "write one of fast, safe"),
    ("size: 3, topic: A", "GEN417 spec.topic", "it must match"),
    ("size: 3, topic: a, stream: b", "GEN417 spec", "exactly one of `topic`, `stream`"),
    ("size: 3, topic: 7", "GEN417 spec.topic", 'quote it: "7"'),
    ("size: 3, topic: 1.5", "GEN417 spec.topic", 'quote it: "1.5"'),
    ("size: 3, topic: ", "GEN417 spec.topic", "must be text"),
    ("size: 3, port: true", "GEN417 spec.port", "a whole number or text"),
    ("size: 3, rate: 0", "GEN417 spec.rate", "exclusiveMinimum"),
    ("size: 3, since: yesterday", "GEN417 spec.since", "date-time"),
    ("size: 3, since: ''", "GEN417 spec.since", "date-time"),
    ("size: 3, word: ''", "GEN417 spec.word", "byte"),
    ("size: 3, word: YQ==", "", ""),
    ("size: 3, step: 7, half: 1.5", "", ""),
    ("size: 3, half: 1.2", "GEN417 spec.half", "multiple"),
    ("size: 3, labels: {a: 1}", "GEN417 spec.labels.a", 'quote it: "1"'),
    ("size: 3, any: {a: b}", "GEN417 spec.any.a", "must be a whole number"),
    ("size: 3, empty: {a: b}", "GEN417 spec.empty.a", "is not a key"),
    ("size: 3, tags: [a, a]", "GEN417 spec.tags", "two items are the same"),
    ("size: 3, rules: [{name: a}, {name: a, every: 2}]", "GEN417 spec.rules", "two items have the same key"),
    ("size: 3, rules: [{size: 3}]", "GEN417 spec.rules.0.size", "belongs in `spec`"),
]  # fmt: skip


@pytest.mark.parametrize("spec, where, words", ROWS)
def test_a_custom_resource_is_held_against_its_definition(
    spec: str, where: str, words: str
) -> None:
    found = told(f"{HEAD}spec: {{{spec}}}\n")
    assert [line.split(" | ")[0] for line in found] == ([where] if where else [])
    assert all(words in line for line in found)


def test_what_stands_beside_the_spec() -> None:
    assert told(f"{HEAD}spec: {{size: 3}}\nstatus: {{ready: true}}\n")[0].startswith(
        "GEN414 status"
    )
    assert told(f"{HEAD}spec: {{size: 3}}\nspecs: 3\n")[0].startswith("GEN417 specs")
    assert told(HEAD)[0].startswith("GEN417  | `spec` is missing")
    bad = HEAD.replace("{name: a}", "{name: A, labels: {a: b c}}")
    assert [line[:6] for line in told(f"{bad}spec: {{size: 3}}\n")] == ["GEN412", "GEN412"]


def test_a_patch_lacks_what_it_does_not_change() -> None:
    assert told(f"{HEAD}spec: {{topic: , tags: [a]}}\n", partial=True) == []
    assert told(f"{HEAD}spec: {{sise: 3}}\n", partial=True)[0].startswith("GEN417 spec.sise")


@pytest.mark.parametrize(
    "written, instead, code, words",
    [
        ("name: v1\n", "name: v2\n", "GEN411", "write one of v2"),
        ("openAPIV3Schema:\n", "openAPISchema:\n", "GEN418", "has no schema for v1"),
        ("type: integer,", "type: whole,", "GEN418", "a type that there is not"),
        ("minimum: 1,", "minimum: one,", "GEN418", "a bound that is not a number"),
        ("'^[a-z]+(\\.[a-z]+)*$'", "'(?=a)'", "GEN418", "cannot be read"),
        ("group: example.com", "group: example.org", "GEN419", "put its CustomResourceDefinition"),
        ("kind: Queue,", "kind: &a Queue,", "GEN418", "line 7: an anchor"),
    ],
)
def test_a_definition_that_cannot_be_used(
    written: str, instead: str, code: str, words: str
) -> None:
    assert written in DEFINITION
    (line,) = told(f"{HEAD}spec: {{size: 3, topic: a}}\n", DEFINITION.replace(written, instead))
    assert line.startswith(code) and words in line


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d7a2146' * 8}\nsize 12345\n"


def test_a_pointer_of_git_lfs_defines_nothing() -> None:
    """Whatever it stands for, what is published holds the pointer."""
    (line,) = told(f"{HEAD}spec: {{size: 3}}\n", POINTER)
    assert line.startswith("GEN408 kind | ") and f"{DEFINITIONS}queues.yaml" in line
    misspelt = HEAD.replace("example.com/v1", "apps/v1")
    (line,) = told(misspelt, POINTER)
    assert line.startswith("GEN411")
    both = {f"{DEFINITIONS}a.yaml": POINTER.encode(), f"{DEFINITIONS}b.yaml": DEFINITION.encode()}
    (document,) = outcome(read_manifests("x.yaml", f"{HEAD}spec: {{size: 3}}\n".encode())).value
    assert problems(document, "1.36", definitions(Sources(both))) == []


def test_an_expression_that_would_take_for_ever_takes_none() -> None:
    slow = DEFINITION.replace("'^[a-z]+(\\.[a-z]+)*$', maxLength: 20", "'^(a+)+$'")
    (line,) = told(f"{HEAD}spec: {{size: 3, topic: {'a' * 60}b}}\n", slow)
    assert line.startswith("GEN417 spec.topic")


def test_a_kind_that_nobody_describes_is_told_once() -> None:
    two = "".join(f"---\n{HEAD.replace('name: a', f'name: a{n}')}spec: {{}}\n" for n in range(3))
    text = (base("api")[DEPLOYMENT] or "") + two
    allowed = (
        "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
        "bases: {kinds: {example.com/Queue: everywhere}}\n"
    )
    files = {DEPLOYMENT: text, "environments/platform.yaml": allowed}
    assert [code for code, _, _ in findings(files)] == ["GEN419"]


def test_the_folder_is_read_from_disk_and_from_a_commit(tmp_path: Path) -> None:
    path, other = f"{DEFINITIONS}a/queues.yaml", f"{DEFINITIONS}README.md"
    large = DEFINITION + "#" + "x" * 300_000
    write(tmp_path, {path: large, other: "words", "schemas/tenant.json": "{}"})
    assert [each for each in read_sources(tmp_path).files if "schemas" in each] == [path]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True)
    there = read_commit(Repository(tmp_path), "HEAD").files
    assert [each for each in there if "schemas" in each] == [path]
