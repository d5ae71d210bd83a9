"""What Kustomize reads otherwise than YAML does, and what comes out of a base and its patches."""

from __future__ import annotations

from typing import Any

import pytest

from generator.manifests.merge import UnclearError, merged
from generator.manifests.operate import operated
from generator.manifests.reading import read_documents
from generator.vocabulary.findings import outcome
from generator.vocabulary.yaml_reader import MOST_TOLD

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def told(text: str) -> tuple[list[Any], list[str]]:
    documents, found = outcome(read_documents("x.yaml", text.encode()))
    return documents, [
        f"{each.code} {mark.line}:{mark.column}" for each in found if (mark := each.place.mark)
    ]


def test_a_file_of_nothing_but_mistakes_is_told_of_and_no_bug() -> None:
    documents, found = outcome(read_documents("x.yaml", b"---x\n" * 2 * MOST_TOLD))
    assert (documents, {each.code for each in found}, len(found)) == ([], {"GEN407"}, MOST_TOLD)


@pytest.mark.parametrize(
    "text, documents",
    [
        (f"{HEAD}---\n{HEAD}", 2),
        (f"---\n{HEAD}--- # next\n{HEAD}", 2),
        (f"---   \n{HEAD}---\t\n---\n{HEAD}---\n", 4),
        (f"# a\n---\n{HEAD}", 1),
        (f"\ufeff{HEAD}", 1),
        (HEAD.replace("\n", "\r\n"), 1),
        (f"{HEAD}data:\n  a: |\n    --- # x\n    b\n", 1),
        (f"{HEAD}data: {{a: '---'}}\n", 1),
    ],
)
def test_documents_that_both_see(text: str, documents: int) -> None:
    found, wrong = told(text)
    assert (len(found), wrong) == (documents, [])


@pytest.mark.parametrize(
    "text, where",
    [
        (f"{HEAD}--- {{a: b}}\n", "4:1"),
        (f"{HEAD}---a: b\n", "4:1"),
        (f"{HEAD}----\n", "4:1"),
        (f"{HEAD}---\u00a0\n{HEAD}", "4:1"),
        (f"{HEAD}---#x\n{HEAD}", "4:1"),
        (f"{HEAD}data:\n  a: |\n--- |\n    b\n", "6:1"),
        (f"--- {HEAD}", "1:1"),
        (f"{HEAD}...\n", "4:1"),
        (f"{HEAD}... # x\n---\n{HEAD}", "4:1"),
    ],
)
def test_marks_that_each_reads_in_its_way(text: str, where: str) -> None:
    assert f"GEN407 {where}" in told(text)[1]


@pytest.mark.parametrize(
    "plain, value",
    [
        ("8080", 8080),
        ("-1", -1),
        ("0", 0),
        ("0.25", 0.25),
        ("1.50", 1.5),
        ("0644", 420),
        ("123456789012345", 123456789012345),
        ("100m", "100m"),
        ("12:30", "12:30"),
        ("1.2.3", "1.2.3"),
        ("null", None),
        ("TRUE", True),
        ("=", "="),
        ("'1e3'", "1e3"),
        ('"yes"', "yes"),
        ("'2001-01-01'", "2001-01-01"),
        ('"a\\\\/b"', "a\\/b"),
        ("yesterday", "yesterday"),
        ("yes", "yes"),
        ("N", "N"),
        ("2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
        ("2001-01-01 first", "2001-01-01 first"),
        ("2001-13-01", "2001-13-01"),
    ],
)
def test_scalars_that_all_read_alike(plain: str, value: Any) -> None:
    assert told(f"a: {plain}\n") == ([{"a": value}], [])


@pytest.mark.parametrize(
    "plain",
    [
        *("1e3", "0x1f", "0o17", "08", "0b11", "1_000", "+1", ".5", "1.", ".inf", "-.inf"),
        *(".nan", "1234567890123456", "9007199254740993", "0.12345678901234567", "2001-01-01"),
        *("2001-1-1T00:00:00Z", "2001-01-01 00:00:00", "2001-01-01T00:00:00.50Z"),
        *('"a\\/b"', "{b: }", "[{b: }, c]"),
        *(">\n  a\n    b\n  c", ">-\n\n   a\n  \tb\n"),
    ],
)
def test_scalars_that_kustomize_writes_anew(plain: str) -> None:
    wrong = told(f"a: {plain}\n")[1]
    assert {each.partition(" ")[0] for each in wrong} <= {"GEN407", "GEN004"} and wrong


@pytest.mark.parametrize("word", ["y", "Yes", "no", "N", "on", "OFF"])
def test_words_that_are_true_in_operations_alone(word: str) -> None:
    """Kustomize 5.5 and 5.8 take them for text in objects, and for truth in what goes through JSON."""
    assert told(f"a: {word}\n") == ([{"a": word}], [])
    assert told(f"- {{op: add, path: /a, value: {word}}}\n")[1] == ["GEN407 1:30"]
    raw = f"a: {word}\n".encode()
    documents, found = outcome(read_documents("kustomization.yaml", raw, objects=False))
    assert (documents, [each.code for each in found]) == ([], ["GEN407"])


@pytest.mark.parametrize("key", ["<<", "'<<'", '"<<"'])
def test_a_merge_key_is_one_in_quotes_too(key: str) -> None:
    """Kustomize drops it, and what it holds."""
    assert told(f"{HEAD}data: {{{key}: a}}\n")[1] == ["GEN005 4:8"]


DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "a", "labels": {"b": "c"}},
    "spec": {
        "replicas": 1,
        "template": {
            "spec": {
                "containers": [
                    {"name": "one", "env": [{"name": "A", "value": "1"}], "args": ["x", "y"]},
                    {"name": "two", "ports": [{"containerPort": 1}]},
                ]
            }
        },
    },
}


def pod(patch: Any) -> dict[str, Any]:
    return {"metadata": {"name": "a"}, "spec": {"template": {"spec": patch}}}


@pytest.mark.parametrize(
    "patch, key, value",
    [
        ({"containers": [{"name": "two"}]}, "names", ["two", "one"]),
        ({"containers": [{"name": "three"}]}, "names", ["three", "one", "two"]),
        ({"containers": [{"name": "one", "$patch": "delete"}]}, "names", ["two"]),
        ({"containers": [{"name": "one", "args": ["z"]}]}, "args", ["z"]),
        ({"containers": [{"name": "one", "args": None}]}, "args", None),
        (
            {"containers": [{"name": "one", "env": [{"name": "B", "value": "2"}]}]},
            "env",
            [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
        ),
        (
            {"containers": [{"name": "one", "env": [{"name": "A", "value": "2"}]}]},
            "env",
            [{"name": "A", "value": "2"}],
        ),
        ({"tolerations": [{"key": "a"}]}, "names", ["one", "two"]),
    ],
)
def test_what_a_merge_makes(patch: Any, key: str, value: Any) -> None:
    containers = merged(DEPLOYMENT, pod(patch))["spec"]["template"]["spec"]["containers"]
    first = next((each for each in containers if each["name"] == "one"), {})
    assert value == ([each["name"] for each in containers] if key == "names" else first.get(key))


@pytest.mark.parametrize(
    "patch",
    [
        {"$patch": "delete"},
        pod({"containers": [{"args": ["a"]}]}),
        pod({"containers": [{"name": "one"}, {"name": "one"}]}),
        pod({"containers": {"name": "one"}}),
        pod({"containers": [{"name": "one", "$patch": "replace"}]}),
        pod({"$retainKeys": ["containers"]}),
        pod({"containers": [{"name": "two", "ports": [{"containerPort": 1, "protocol": "TCP"}]}]}),
        pod({"hostname": {"a": None}}),
        pod([]),
        {"metadata": {"name": "a", "labels": {"b": None}}},
        {"metadata": {"name": "a", "finalizers": ["b"]}},
        {"metadata": {"name": 7, "labels": {"b": 7}}},
    ],
)
def test_merges_that_nobody_can_tell(patch: Any) -> None:
    with pytest.raises(UnclearError):
        merged(DEPLOYMENT, patch)


ARGS = "/spec/template/spec/containers/0/args"


@pytest.mark.parametrize(
    "operation, args",
    [
        ({"op": "add", "path": f"{ARGS}/-", "value": "z"}, ["x", "y", "z"]),
        ({"op": "add", "path": f"{ARGS}/0", "value": "z"}, ["z", "x", "y"]),
        ({"op": "add", "path": f"{ARGS}/2", "value": "z"}, ["x", "y", "z"]),
        ({"op": "replace", "path": f"{ARGS}/1", "value": "z"}, ["x", "z"]),
        ({"op": "remove", "path": f"{ARGS}/0"}, ["y"]),
        ({"op": "copy", "from": f"{ARGS}/0", "path": f"{ARGS}/-"}, ["x", "y", "x"]),
        ({"op": "move", "from": f"{ARGS}/0", "path": f"{ARGS}/-"}, ["y", "x"]),
        ({"op": "test", "path": f"{ARGS}/0", "value": "x"}, ["x", "y"]),
        ({"op": "add", "path": "/metadata/labels/a~1b~0c", "value": "z"}, ["x", "y"]),
    ],
)
def test_what_operations_make(operation: dict[str, Any], args: list[str]) -> None:
    made = operated(DEPLOYMENT, [operation])
    assert made["spec"]["template"]["spec"]["containers"][0]["args"] == args
    assert DEPLOYMENT["metadata"]["labels"] == {"b": "c"}  # what is written stays


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": f"{ARGS}/3", "value": "z"},
        {"op": "add", "path": f"{ARGS}/-1", "value": "z"},
        {"op": "add", "path": f"{ARGS}/01", "value": "z"},
        {"op": "add", "path": "/spec/none/a", "value": "z"},
        {"op": "add", "path": f"{ARGS}/0/a", "value": "z"},
        {"op": "add", "path": "/spec/paused"},
        {"op": "replace", "path": f"{ARGS}/-", "value": "z"},
        {"op": "replace", "path": "/spec/paused", "value": True},
        {"op": "remove", "path": "/spec/paused"},
        {"op": "copy", "from": "/spec/paused", "path": "/spec/a"},
        {"op": "test", "path": f"{ARGS}/0", "value": "y"},
        {"op": "test", "path": "/metadata/annotations", "value": {}},
    ],
)
def test_operations_that_cannot_be_done(operation: dict[str, Any]) -> None:
    with pytest.raises(UnclearError, match="operation 2"):
        operated(DEPLOYMENT, [{"op": "test", "path": "/kind", "value": "Deployment"}, operation])
