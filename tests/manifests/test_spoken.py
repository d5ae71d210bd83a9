"""What objects of kinds beyond Kubernetes' own say of others."""

from __future__ import annotations

from typing import Any

import pytest

from generator.manifests.spoken import accounts, made, nameless, names


def thing(spec: Any, kind: str = "Queue", version: str = "example.com/v1") -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, "spec": spec}


@pytest.mark.parametrize(
    "spec, routes",
    [
        ({"secretName": "x"}, [("secretName",)]),
        ({"secretNames": ["x", "y"]}, [("secretNames", 0), ("secretNames", 1)]),
        ({"secretRef": "x"}, [("secretRef",)]),
        ({"refs": "x", "storeRefs": ["x"]}, [("storeRefs", 0)]),
        ({"ref": {"name": "x", "key": "y"}}, [("ref", "name")]),
        ({"matchLabels": {"name": "x"}, "labels": {"name": "x"}}, []),
        ({"annotations": {"name": "x"}, "selector": {"name": "x"}}, []),
        ({"labels": [{"name": "x"}]}, [("labels", 0, "name")]),
        ({"serviceAccountRef": "x"}, [("serviceAccountRef",)]),
        ({"serviceAccount": "x"}, [("serviceAccount",)]),
        ({"name": 7}, []),
    ],
)
def test_what_may_be_a_name(spec: Any, routes: list[tuple[str | int, ...]]) -> None:
    assert [route for _, route in names(thing(spec))] == [("spec", *route) for route in routes]
    assert not list(names(thing(spec, "Deployment", "apps/v1")))


def test_only_what_people_say_is_read() -> None:
    document = thing({}) | {"status": {"name": "x"}, "secretName": "y"}
    assert list(names(document)) == [("y", ("secretName",))]


@pytest.mark.parametrize(
    "spec, found",
    [
        ({"serviceAccountName": "x"}, ["x"]),
        ({"serviceAccountRef": {"name": "x"}}, ["x"]),
        ({"serviceAccount": {"a": {"name": "x"}}}, []),
        ({"secretName": "x"}, []),
    ],
)
def test_whose_accounts_are_named(spec: Any, found: list[str]) -> None:
    assert [name for name, _ in accounts(thing(spec))] == found
    own = thing(None, "ServiceAccount", "v1")
    assert list(accounts(own)) == [("a", ("metadata", "name"))]


@pytest.mark.parametrize(
    "kind, version, spec, name",
    [
        ("ExternalSecret", "external-secrets.io/v1", {"target": {"name": "x"}}, "x"),
        ("ExternalSecret", "external-secrets.io/v1", {"target": {"name": "a"}}, None),
        ("ExternalSecret", "external-secrets.io/v1", {"target": {"name": ""}}, None),
        ("ExternalSecret", "external-secrets.io/v1", {}, None),
        ("SealedSecret", "bitnami.com/v1", {"template": {"metadata": {"name": "x"}}}, "x"),
        ("Certificate", "cert-manager.io/v1", {"secretName": "x"}, "x"),
        ("Certificate", "example.com/v1", {"secretName": "x"}, None),
    ],
)
def test_a_secret_that_a_controller_makes(
    kind: str, version: str, spec: Any, name: str | None
) -> None:
    assert made(thing(spec, kind, version)) == name


@pytest.mark.parametrize(
    "node, path, routes",
    [
        ({"a": "x"}, ["a"], []),
        ({"a": None}, ["a", "b"], []),
        ({}, ["a"], []),
        ({"a": {"name": "x"}}, ["a"], []),
        ({"a": {}}, ["a"], [("a",)]),
        ({"a": "x"}, ["a", "b"], [("a",)]),
        ({"a": ["x", {"name": "x"}, {}]}, ["a"], [("a", 2)]),
        ({"a": [{"b": "x"}, "x"]}, ["a", "b"], [("a", 1)]),
    ],
)
def test_where_no_name_can_be(
    node: Any, path: list[str], routes: list[tuple[str | int, ...]]
) -> None:
    assert list(nameless(node, path)) == routes
