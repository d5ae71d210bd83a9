"""What adopting changes: each object that was brought, and what would be applied in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.adoption import strip
from generator.adoption.cut import changed, whole
from generator.adoption.items import Item
from generator.manifests.images import without_version
from generator.manifests.workloads import SERVERS
from generator.vocabulary.nodes import below, listed
from generator.vocabulary.plural import some
from generator.vocabulary.source import Route

Object = Mapping[str, Any]
Identity = tuple[str, str, str]  # group, kind, name
MISSING = "…"  # what stands for a value that is not there
MOST_NAMED = 4
_LONGEST = 80
_HIDDEN = "(hidden)"
_POD, _KNOWS = ("spec", "template"), ("spec", "selector")
# The first of these that a route begins with, or ends with, says what kind of difference it is.
_BEGINS: tuple[tuple[Route, str], ...] = (
    (("metadata", "labels"), "label"),
    (("metadata", "annotations"), "annotation"),
    (("metadata", "namespace"), "namespace"),
    (("spec", "selector"), "selector"),
    (("spec", "template", "metadata"), "pod label"),
    (("spec", "jobTemplate"), "pod label"),
    (("spec", "replicas"), "replicas"),
    (("spec", "ports"), "port"),
)
_ENDS = {
    "image": "version",
    "serviceAccountName": "account",
    "automountServiceAccountToken": "account",
    "imagePullSecrets": "account",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that would be another after adopting. `kind` is `added` or `missing` for a whole
    object; else what `before` and `after` are, at a route."""

    kind: str
    object: Identity
    route: Route = ()
    before: Any = None
    after: Any = None


def differences(
    items: Iterable[Item], applied: Iterable[Object], namespace: str
) -> Iterator[Difference]:
    """What the applied objects change of those that were brought, in the order of both."""
    there = {_identity(thing): thing for thing in applied}
    seen = set[Identity]()
    for item in items:
        identity = (item.group, item.kind, item.name)
        seen.add(identity)
        if identity not in there:
            yield Difference("missing", identity)
            continue
        # gen says the account by itself, and another one is a difference all the same.
        gone = (route for route in strip.foreign(item) if route[-1] != "serviceAccountName")
        before = changed(item.data, whole(item.data, gone), {})
        after = dict(there[identity])
        before["metadata"]["namespace"] = item.namespace or namespace
        for route, old, new in compared(_plain(before), _plain(after), ()):
            hidden = item.kind == "Secret" and route[0] in ("data", "stringData")
            values = (_HIDDEN, _HIDDEN) if hidden else (old, new)
            yield Difference(_kind(item.kind, route), identity, route, *values)
    for identity in there:
        if identity not in seen:
            yield Difference("added", identity)


def _plain(thing: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what says no more than its absence."""
    spec = thing.get("spec")
    if thing.get("kind") != "Service" or not isinstance(spec, dict):
        return dict(thing)
    said = {key: value for key, value in spec.items() if (key, value) != ("type", "ClusterIP")}
    said["ports"] = [_port(port) for port in listed(spec, "ports")]
    return {**thing, "spec": said}


def _port(port: Any) -> Any:
    if not isinstance(port, dict):
        return port
    said = {key: value for key, value in port.items() if (key, value) != ("protocol", "TCP")}
    return said if said.get("targetPort") != said.get("port") else said | {"targetPort": None}


def _identity(thing: Object) -> Identity:
    group = str(thing.get("apiVersion")).rpartition("/")[0]
    return group, str(thing.get("kind")), str((thing.get("metadata") or {}).get("name"))


def _kind(of: str, route: Route) -> str:
    last = next((part for part in reversed(route) if isinstance(part, str)), "")
    if "env" in route:
        return "variable"
    if kind := _ENDS.get(last):
        return kind
    if of == "CronJob" and "metadata" not in route:
        return "field"
    return next((kind for top, kind in _BEGINS if route[: len(top)] == top), "field")


def compared(before: Any, after: Any, route: Route) -> Iterator[tuple[Route, Any, Any]]:
    """(route, value before, value after) of each leaf that differs."""
    if _is_none(before) and isinstance(after, dict | list):
        before = type(after)()
    if _is_none(after) and isinstance(before, dict | list):
        after = type(before)()
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            old, new = before.get(key, MISSING), after.get(key, MISSING)
            yield from compared(old, new, (*route, key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, route)
    elif not _same(before, after):
        yield route, before, after


def _lists(before: list[Any], after: list[Any], route: Route) -> Iterator[tuple[Route, Any, Any]]:
    """Lists of what has names are compared by them, others by position."""
    old, new = _by_name(before), _by_name(after)
    if old is None or new is None:
        old, new = dict(enumerate(before)), dict(enumerate(after))
    for key in dict.fromkeys([*old, *new]):
        yield from compared(old.get(key, MISSING), new.get(key, MISSING), (*route, key))


def _by_name(items: list[Any]) -> dict[Any, Any] | None:
    names = [below(item, "name") for item in items]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        return None
    return dict(zip(names, items, strict=True))


def _same(before: Any, after: Any) -> bool:
    """A null, an empty mapping or list, and nothing at all are one to a cluster; so is a number,
    however it is written."""
    if _is_none(before) and _is_none(after):
        return True
    if isinstance(before, str) and isinstance(after, str) and "@sha256:" in before:
        name, _, digest = before.partition("@")
        return after == before or after == f"{without_version(name)}@{digest}"
    return bool(before == after) or (
        type(before) is not bool and str(before) == str(after) and not _both_text(before, after)
    )


def _is_none(value: Any) -> bool:
    return value is None or value is MISSING or value in ({}, [])


def _both_text(before: Any, after: Any) -> bool:
    return type(before) is str and type(after) is str


def restarting(differing: Iterable[Difference]) -> list[str]:
    """Workloads whose running pods would be replaced, as applying it in place would do."""
    changed = (one for one in differing if one.object[1] in SERVERS)
    return sorted({one.object[2] for one in changed if one.route[:2] in (_POD, _KNOWS)})


def restarts(workloads: list[str]) -> Iterator[str]:
    yield f"pods restart: {some(workloads, MOST_NAMED)}" if workloads else "no pod restarts"


def text(differing: Iterable[Difference]) -> Iterator[str]:
    """All differences; those that are alike in one line, with their objects."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for one in differing:
        where = ".".join(map(str, one.route))
        _, kind, name = one.object
        what = "" if one.kind in ("added", "missing") else _change(one)
        if where:
            name = f"{kind} {name}"
        alike.setdefault((one.kind, where or kind, what), []).append(name)
    for (kind, where, what), names in sorted(alike.items()):
        yield f"{kind}: {where}{what} ({some(names, MOST_NAMED)})"


def _change(one: Difference) -> str:
    name = one.object[2]
    return f": {_shown(one.before, name)} → {_shown(one.after, name)}"


def _shown(value: Any, name: str) -> str:
    if value == name:
        return "its name"
    said = str(value)
    return said if len(said) <= _LONGEST else said[:_LONGEST] + "…"


def data(differing: Iterable[Difference]) -> list[dict[str, Any]]:
    """The same, one by one. Values that are not there are null."""
    return [
        {
            "kind": one.kind,
            "object": {"group": one.object[0], "kind": one.object[1], "name": one.object[2]},
            "route": list(one.route),
            "before": None if one.before is MISSING else one.before,
            "after": None if one.after is MISSING else one.after,
        }
        for one in differing
    ]
