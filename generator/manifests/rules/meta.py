"""Metadata of objects, and label selectors."""

from __future__ import annotations

from collections.abc import Iterator

from generator.manifests.problem import SERVERS, Problem
from generator.manifests.rules.rule import Object, Rule, conflict, given, refused
from generator.vocabulary.nodes import mapping, text

MOST_ANNOTATIONS = 256 * 1024  # bytes
_OF_SERVER = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
)


def _metadata(value: Object) -> Iterator[Problem]:
    for key in _OF_SERVER:
        if given(value, key) and value[key] != 0:
            message = f"`{key}` is set by the server"
            yield Problem(SERVERS, (key,), message, "delete it", on_key=True)
    size = sum(
        len(key.encode()) + len(str(item).encode())
        for key, item in mapping(value, "annotations").items()
    )
    if size > MOST_ANNOTATIONS:
        message = f"the annotations have {size:,} bytes; {MOST_ANNOTATIONS:,} are allowed"
        yield refused(message, "put what is that large into a ConfigMap", "annotations")


def _requirement(value: Object) -> Iterator[Problem]:
    """`matchExpressions` of a label selector."""
    operator = text(value, "operator")
    if operator in ("In", "NotIn") and not given(value, "values"):
        yield conflict(f"`{operator}` needs `values`", "list the values that are meant")
    if operator in ("Exists", "DoesNotExist") and given(value, "values"):
        yield conflict(f"`{operator}` takes no `values`", "delete them, or use In", "values")


def of_server(document: Object) -> Iterator[Problem]:
    """What only a server says of an object, at its top."""
    if given(document, "status") and document["status"] != {}:
        yield Problem(
            SERVERS, ("status",), "`status` is set by the server", "delete it", on_key=True
        )


RULES: tuple[tuple[str, Rule], ...] = (
    ("meta.v1.ObjectMeta", _metadata),
    ("meta.v1.LabelSelectorRequirement", _requirement),
)
