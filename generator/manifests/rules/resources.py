"""Names of resources: of containers, and of quotas, which spell them otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.manifests.problem import shown
from generator.manifests.rules.rule import Wrong, choice
from generator.manifests.rules.syntax import amount, label_key
from generator.vocabulary.nodes import mapping

_CONTAINER = ("cpu", "memory", "ephemeral-storage")
_QUOTA = (
    *_CONTAINER,
    *(f"{what}.{name}" for what in ("requests", "limits") for name in _CONTAINER),
    "requests.storage",
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
)


def container_resources(value: Any) -> Iterator[Wrong]:
    """`requests` and `limits` of a container; those of a claim have the same type until 1.28."""
    for key in ("limits", "requests"):
        named = _resources(mapping(value, key), _CONTAINER, ("hugepages-",), "of a container")
        for route, message, hint in named:
            yield (key, *route), message, hint


def quota_resources(value: Any) -> Iterator[Wrong]:
    """`hard` of a quota; counts of any kind have a `/`."""
    yield from _resources(
        value, _QUOTA, ("hugepages-", "requests.hugepages-"), "that a quota knows"
    )


def _resources(
    value: Any, known: tuple[str, ...], families: tuple[str, ...], whose: str
) -> Iterator[Wrong]:
    for name, item in mapping(value).items():
        if "/" not in name and name not in known and not name.startswith(families):
            yield (
                (name,),
                f"names `{shown(name)}`, which is not a resource {whose}",
                choice(name, known),
            )
        elif "/" in name:
            for _, message, hint in label_key(name):
                yield (name,), f"has a key that {message}", hint
        if (worth := amount(item)) is not None and worth < 0:
            yield (name,), f"has a negative amount of {shown(name)}", "write 0 or more"
