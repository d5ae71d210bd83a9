"""What merges and operations make of objects, table by table, and what nobody could tell."""

from __future__ import annotations

from typing import Any

import pytest

from generator.manifests.merge import UnclearError, directives, is_text_map, merged, misshapen
from generator.manifests.operate import operated

Object = dict[str, Any]
POD_KINDS = {
    ("v1", "Pod"): ("spec",),
    ("v1", "ReplicationController"): ("spec", "template", "spec"),
    ("apps/v1", "DaemonSet"): ("spec", "template", "spec"),
    ("apps/v1", "Deployment"): ("spec", "template", "spec"),
    ("apps/v1", "ReplicaSet"): ("spec", "template", "spec"),
    ("apps/v1", "StatefulSet"): ("spec", "template", "spec"),
    ("batch/v1", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
    ("batch/v1", "Job"): ("spec", "template", "spec"),
}


def thing(version: str, kind: str, route: tuple[str, ...] = (), value: Any = None) -> Object:
    """An object with a value at a route."""
    made = value
    for key in reversed(route):
        made = {key: made}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, **(made or {})}


def at(document: Any, route: tuple[str, ...]) -> Any:
    for key in route:
        document = document[key]
    return document


# Lists of a pod whose entries are known by a key: what is there, what is merged, what comes out.
KNOWN = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("volumes", "name"),
    ("imagePullSecrets", "name"),
    ("hostAliases", "ip"),
]
INSIDE = [("env", "name"), ("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")]
GROUPS = ("containers", "initContainers", "ephemeralContainers")


@pytest.mark.parametrize("kind", POD_KINDS)
def test_lists_of_pods_are_merged_by_their_keys(kind: tuple[str, str]) -> None:
    route = POD_KINDS[kind]
    old = {name: [{key: "x", "o": 1}, {key: "y", "o": 1}] for name, key in KNOWN}
    new = {name: [{key: "y", "n": 2}, {key: "z"}] for name, key in KNOWN}
    made = at(merged(thing(*kind, route, old), thing(*kind, route, new)), route)
    for name, key in KNOWN:
        assert made[name] == [{key: "y", "o": 1, "n": 2}, {key: "z"}, {key: "x", "o": 1}], name
    for group in GROUPS:
        for name, key in INSIDE:
            old = {group: [{"name": "c", name: [{key: "x"}, {key: "y", "o": 1}]}]}
            new = {group: [{"name": "c", name: [{key: "y", "n": 2}]}]}
            made = at(merged(thing(*kind, route, old), thing(*kind, route, new)), route)
            assert made[group][0][name] == [{key: "y", "o": 1, "n": 2}, {key: "x"}], (group, name)


def pod(spec: Object) -> Object:
    return thing("v1", "Pod", ("spec",), spec)


def ports(*said: Object, group: str = "containers") -> Object:
    return pod({group: [{"name": "c", "ports": list(said)}]})


P1, P2 = {"containerPort": 1}, {"containerPort": 2}
TCP, UDP = {**P1, "protocol": "TCP"}, {**P1, "protocol": "UDP"}


@pytest.mark.parametrize(
    "old, new, made",
    [
        ([P1, P2], [{**P2, "name": "b"}], [{**P2, "name": "b"}, P1]),
        ([TCP, UDP], [{**UDP, "name": "b"}], [TCP, {**UDP, "name": "b"}]),
        ([TCP], [UDP], [UDP, TCP]),
        ([TCP, UDP], [{**TCP, "$patch": "delete"}], [UDP]),
        ([P1], [{**P2, "$patch": "delete"}], [P1]),
    ],
)
def test_ports_are_known_by_number_and_protocol(
    old: list[Object], new: list[Object], made: list[Object]
) -> None:
    result = merged(ports(*old), ports(*new))
    assert result["spec"]["containers"][0]["ports"] == made
    service = thing("v1", "Service", ("spec",), {"ports": [{"port": 1, "a": 1}, {"port": 2}]})
    patch = thing("v1", "Service", ("spec",), {"ports": [{"port": 1, "b": 2}]})
    assert merged(service, patch)["spec"]["ports"] == [{"port": 1, "a": 1, "b": 2}, {"port": 2}]


def test_lists_that_are_replaced() -> None:
    for old, new in (
        (ports(P1, group="ephemeralContainers"), ports(P2, group="ephemeralContainers")),
        (thing("a/v1", "B", ("spec",), {"ports": [P1]}), thing("a/v1", "B", ("spec",), {"ports": [P2]})),
        (pod({"tolerations": [P1]}), pod({"tolerations": [P2]})),
        (thing("v1", "ServiceAccount", ("imagePullSecrets",), None) | {"imagePullSecrets": [P1]}, {"imagePullSecrets": [P2]}),
    ):  # fmt: skip
        made = merged(old, {**new, "metadata": {"name": "a"}})
        assert str(P2) in str(made) and str(P1) not in str(made)
    accounts = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}
    made = merged({**accounts, "secrets": [{"name": "x"}]}, {"secrets": [{"name": "y"}]})
    assert made["secrets"] == [{"name": "y"}, {"name": "x"}]


SPREAD = {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}


@pytest.mark.parametrize(
    "old, new, spec",
    [
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": 1}, {"b": None}, {"a": 1}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": {"b": 1}}, {"a": {"$patch": "delete"}}, {}),
        ({}, {"a": {"$patch": "delete"}}, {}),
        ({}, {"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 1}]}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": [1, 2]}, {"a": []}, {"a": []}),
        ({"volumes": [{"name": "a"}]}, {"volumes": []}, {"volumes": [{"name": "a"}]}),
        ({"a": 1}, {"a": "b"}, {"a": "b"}),
        ({"a": True}, {"a": 2}, {"a": 2}),
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        (
            {"topologySpreadConstraints": [SPREAD]},
            {"topologySpreadConstraints": [{**SPREAD, "maxSkew": 2}]},
            {"topologySpreadConstraints": [{**SPREAD, "maxSkew": 2}]},
        ),
    ],
)
def test_what_a_merge_makes_of_a_pod(old: Object, new: Object, spec: Object) -> None:
    assert merged(pod(old), pod(new))["spec"] == spec


def test_an_object_keeps_by_what_it_is_known() -> None:
    old = thing("v1", "Pod") | {"metadata": {"name": "a", "namespace": "n"}, "spec": {}}
    new = {"kind": "Other", "metadata": {"name": "b", "namespace": "m", "labels": {"a": "b"}}}
    made = merged(old, new)
    assert (made["kind"], made["metadata"]) == (
        "Pod",
        {"name": "a", "namespace": "n", "labels": {"a": "b"}},
    )
    made = merged(thing("v1", "Pod"), {"metadata": {"namespace": "m"}})
    assert made["metadata"] == {"name": "a"}


@pytest.mark.parametrize(
    "old, new, words",
    [
        ({}, {"$patch": "delete", "metadata": {}}, "deletes the whole object"),
        ({}, {"$patch": "merge"}, "follow `$patch: merge`"),
        ({}, {"$other": 1}, "follow `$other`"),
        ({"spec": {}}, {"spec": {"$setElementOrder/a": []}}, "follow `$setElementOrder/a`"),
        ({"spec": {"a": None}}, {"spec": {"b": 1}}, "`a` is null in the object"),
        ({"metadata": {"name": "a", "labels": {}}}, {"metadata": {"labels": {"a": None}}}, "`a: null` as a text"),
        ({}, {"metadata": {"finalizers": ["a"]}}, "not a patch's"),
        ({"metadata": {"name": "a", "finalizers": ["a"]}}, {"metadata": {"finalizers": ["b"]}}, "not a patch's"),
        ({"metadata": {"name": "a", "ownerReferences": [{}]}}, {"metadata": {"ownerReferences": [{}]}}, "not a patch's"),
        ({"spec": {"a": {}}}, {"spec": {"a": []}}, "a list, a mapping or a text"),
        ({"spec": {"a": []}}, {"spec": {"a": 1}}, "a list, a mapping or a text"),
        ({"spec": {"a": "b"}}, {"spec": {"a": 1}}, "a text would become 1"),
        ({"spec": {}}, {"spec": {"a": {"b": None}}}, "`b` takes something away"),
        ({"spec": {}}, {"spec": {"a": {"$b": 1}}}, "`$b` takes something away"),
        ({"spec": {}}, {"spec": {"a": [{"b": None}]}}, "`b` takes something away"),
        ({"spec": {}}, {"spec": {"a": [None]}}, "an entry of a list is null"),
        ({"spec": {"a": [1]}}, {"spec": {"a": [None]}}, "an entry of a list is null"),
        ({"spec": {"volumes": [{"name": "a"}]}}, {"spec": {"volumes": [{"name": "a", "$patch": "delete"}]}}, "leaves an empty list"),
        ({"spec": {"volumes": [{"name": "a"}]}}, {"spec": {"volumes": [{"nam": "a"}]}}, "has no `name`"),
        ({"spec": {"volumes": [{"name": "a"}]}}, {"spec": {"volumes": [{"name": ""}]}}, "has no `name`"),
        ({"spec": {"volumes": [{"name": "a"}]}}, {"spec": {"volumes": ["a"]}}, "has no `name`"),
        ({"spec": {"volumes": [{"name": "a"}, {"name": "a"}]}}, {"spec": {"b": 1}}, "the same `name`"),
        (ports(TCP), ports(P2), "some entries say `protocol`"),
    ],
)  # fmt: skip
def test_merges_that_nobody_can_tell(old: Object, new: Object, words: str) -> None:
    document = {**thing("v1", "Pod"), **old}
    with pytest.raises(UnclearError) as error:
        merged(document, new)
    assert words in str(error.value)
    assert error.value.index is None


@pytest.mark.parametrize(
    "document, route",
    [
        (pod({"containers": [{"name": "a"}]}), None),
        (pod({"containers": {"name": "a"}}), None),
        (pod({"containers": ["a"]}), ("spec", "containers", 0)),
        (pod({"containers": [{"name": "a", "env": [1]}]}), ("spec", "containers", 0, "env", 0)),
        (pod({"tolerations": "a"}), None),
        (pod({"serviceAccountName": 1}), ("spec", "serviceAccountName")),
        (pod({"serviceAccountName": None}), None),
        (thing("v1", "Pod", ("spec",), "a"), ("spec",)),
        (thing("apps/v1", "Deployment", ("spec", "template"), []), ("spec", "template")),
        (thing("apps/v1", "Deployment", ("spec", "template"), {}), None),
        (thing("apps/v1", "StatefulSet", ("spec", "serviceName"), []), ("spec", "serviceName")),
        (thing("v1", "Service", ("spec",), []), ("spec",)),
        (thing("v1", "Service", ("spec", "ports"), "a"), ("spec", "ports")),
        (thing("example.com/v1", "Pod", ("spec",), "a"), None),
        ({**thing("v1", "Pod"), "metadata": {"name": "a", "finalizers": "a"}}, None),
    ],
)
def test_where_kustomize_goes_through_what_is_no_list(document: Object, route: Any) -> None:
    assert misshapen(document) == route


def test_words_of_patches() -> None:
    assert list(directives({"$a": {"$b": 1}, "c": [{"$d": 1}, 2]})) == ["$a", "$b", "$d"]
    assert is_text_map({"a": "b"}) and not is_text_map({"a": 1}) and not is_text_map(["a"])


BASE = {"kind": "A", "metadata": {"name": "a", "labels": {}, "annotations": {}}, "spec": {"l": [1, {"m": 2}], "n": None}}  # fmt: skip


@pytest.mark.parametrize(
    "operation, spec",
    [
        ({"op": "add", "path": "/spec/o", "value": {}}, {"l": [1, {"m": 2}], "n": None, "o": {}}),
        ({"op": "add", "path": "/spec/n", "value": 3}, {"l": [1, {"m": 2}], "n": 3}),
        ({"op": "add", "path": "/spec/l/1/m", "value": 3}, {"l": [1, {"m": 3}], "n": None}),
        ({"op": "add", "path": "/spec/l/1", "value": 3}, {"l": [1, 3, {"m": 2}], "n": None}),
        ({"op": "replace", "path": "/spec/l/0", "value": 3}, {"l": [3, {"m": 2}], "n": None}),
        ({"op": "remove", "path": "/spec/l/1"}, {"l": [1], "n": None}),
        ({"op": "remove", "path": "/spec/l"}, {"n": None}),
        ({"op": "move", "from": "/spec/l/1/m", "path": "/spec/o"}, {"l": [1, {}], "n": None, "o": 2}),
        ({"op": "copy", "from": "/spec/l/1", "path": "/spec/l/-"}, {"l": [1, {"m": 2}, {"m": 2}], "n": None}),
        ({"op": "test", "path": "/spec/l/1", "value": {"m": 2}}, {"l": [1, {"m": 2}], "n": None}),
        ({"op": "copy", "from": "/metadata/name", "path": "/spec/o"}, {"l": [1, {"m": 2}], "n": None, "o": "a"}),
    ],
)  # fmt: skip
def test_what_an_operation_makes(operation: Object, spec: Object) -> None:
    assert operated(BASE, [operation])["spec"] == spec


@pytest.mark.parametrize(
    "operation, words",
    [
        ({"op": "copy", "from": "/spec/n", "path": "/spec/o"}, "there is no `n`"),
        ({"op": "replace", "path": "/spec/n", "value": 1}, "there is no `n`"),
        ({"op": "add", "path": "/spec/o", "value": None}, "it has no `value`"),
        ({"op": "add", "path": "/spec/l/5", "value": 1}, "the list has 2 entries"),
        ({"op": "add", "path": "/spec/l/0/a", "value": 1}, "nothing can be below"),
        ({"op": "replace", "path": "/spec/l/x", "value": 1}, "not an index"),
        ({"op": "test", "path": "/spec/l/0", "value": 2}, "the value is another"),
        ({"op": "test", "path": "/metadata", "value": 2}, "annotations of its own"),
        ({"op": "copy", "from": "/metadata/annotations/a", "path": "/spec/o"}, "annotations of its own"),
        ({"op": "move", "from": "/metadata/annotations", "path": "/spec/o"}, "annotations of its own"),
    ],
)  # fmt: skip
def test_an_operation_that_cannot_be_done(operation: Object, words: str) -> None:
    with pytest.raises(UnclearError) as error:
        operated(BASE, [{"op": "add", "path": "/spec/a", "value": 1}, operation])
    assert words in str(error.value)
    assert str(error.value).startswith(f"operation 2 ({operation['op']} {operation['path']}): ")
    assert error.value.index == 1


def test_a_copy_is_no_other_name_of_the_same() -> None:
    copied = {"op": "copy", "from": "/spec/l/1", "path": "/spec/o"}
    changed = {"op": "replace", "path": "/spec/o/m", "value": 3}
    assert operated(BASE, [copied, changed])["spec"]["l"] == [1, {"m": 2}]
    value = {"a": {"b": 1}}
    add = {"op": "add", "path": "/spec/o", "value": value}
    made = operated(BASE, [add, {"op": "replace", "path": "/spec/o/a/b", "value": 2}])
    assert made["spec"]["o"] == {"a": {"b": 2}} and value == {"a": {"b": 1}}
