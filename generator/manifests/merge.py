"""Patches that merge, as Kustomize merges them into objects of Kubernetes.

Maps are merged by key, a null takes a key away, and lists are replaced as a whole but for those of
which an entry is known by a key of its own: `x-kubernetes-patch-merge-key` of Kubernetes' OpenAPI,
as the schema in Kustomize has it. What could come out in two ways is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.vocabulary.nodes import listed, mapping

Lists = Mapping[str, tuple[str, ...]]  # field → keys by which an entry of its list is known

_CONTAINER: Lists = {
    "env": ("name",),
    "ports": ("containerPort", "protocol"),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
}
_EPHEMERAL = {key: keys for key, keys in _CONTAINER.items() if key != "ports"}
_POD: Lists = {
    "containers": ("name",),
    "ephemeralContainers": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "volumes": ("name",),
}
_INSIDE: Mapping[str, Lists] = {
    "containers": _CONTAINER,
    "initContainers": _CONTAINER,
    "ephemeralContainers": _EPHEMERAL,
}
POD_SPECS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("v1", "Pod"): ("spec",),
    ("v1", "ReplicationController"): ("spec", "template", "spec"),
    ("apps/v1", "DaemonSet"): ("spec", "template", "spec"),
    ("apps/v1", "Deployment"): ("spec", "template", "spec"),
    ("apps/v1", "ReplicaSet"): ("spec", "template", "spec"),
    ("apps/v1", "StatefulSet"): ("spec", "template", "spec"),
    ("batch/v1", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
    ("batch/v1", "Job"): ("spec", "template", "spec"),
}
_OTHERS: Mapping[tuple[str, str], tuple[tuple[str, ...], Lists]] = {
    ("v1", "Service"): (("spec",), {"ports": ("port", "protocol")}),
    ("v1", "ServiceAccount"): ((), {"secrets": ("name",)}),
}
_TEXTS = ("serviceAccountName", "serviceName")  # names that Kustomize follows
_UNTOUCHED = ("finalizers", "ownerReferences")
_DELETED = object()


class UnclearError(Exception):
    """What a patch makes of an object cannot be told, or Kustomize fails over it. `index` is that
    of the operation."""

    def __init__(self, why: str, index: int | None = None) -> None:
        super().__init__(why)
        self.index = index


def merged(document: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The object that a patch makes of a document; `UnclearError` says why there is none."""
    made = _map(document, patch, _Where(document["apiVersion"], document["kind"]))
    if made is _DELETED:
        raise UnclearError("the patch deletes the whole object")
    _identity(document, made)
    _once(made, _Where(document["apiVersion"], document["kind"]))
    return dict(made)


def _identity(document: Mapping[str, Any], made: dict[str, Any]) -> None:
    """Kustomize gives an object its kind, name and namespace back."""
    made["kind"] = document["kind"]
    metadata = made["metadata"] = dict(made["metadata"])
    for key in ("name", "namespace"):
        if key in document["metadata"]:
            metadata[key] = document["metadata"][key]
        else:
            metadata.pop(key, None)


def _once(node: Any, where: _Where) -> None:
    """Kustomize merges entries of one key wherever it goes: through the whole object."""
    for key, value in node.items():
        there = where.below(key)
        if value is None:
            raise UnclearError(f"`{key[:40]}` is null in the object")
        if isinstance(value, dict):
            _once(value, there)
        elif isinstance(value, list) and (keys := there.keys()):
            for entry in _by_key(value, _said(keys, value)).values():
                _once(entry, there)


class _Where:
    """A place in an object: which of its lists are known by keys."""

    def __init__(self, api_version: str, kind: str, route: tuple[str, ...] = ()) -> None:
        self._of = (api_version, kind)
        self._route = route

    def below(self, key: str) -> _Where:
        return _Where(*self._of, (*self._route, key))

    def without(self) -> Any:
        """What a null leaves here."""
        if self._route[:1] == ("metadata",):
            raise UnclearError(f"Kustomize writes `{self._route[-1][:40]}: null` as a text here")
        return _DELETED

    def keys(self) -> tuple[str, ...]:
        """The keys of the entries, if this is a list that is merged."""
        *above, field = self._route
        route = tuple(above)
        if route == ("metadata",) and field in _UNTOUCHED:
            raise UnclearError(f"`metadata.{field}` is not a patch's to change")
        pod = POD_SPECS.get(self._of)
        if pod is not None and route == pod:
            return _POD.get(field, ())
        if pod is not None and route[:-1] == pod and route[-1] in _INSIDE:
            return _INSIDE[route[-1]].get(field, ())
        where, lists = _OTHERS.get(self._of, ((), {}))
        return lists.get(field, ()) if self._of in _OTHERS and route == where else ()


def _map(document: Mapping[str, Any], patch: Mapping[str, Any], where: _Where) -> Any:
    if (said := _directive(patch)) == "delete":
        return _DELETED
    if said is not None:
        raise UnclearError(f"gen does not follow `$patch: {said[:40]}`")
    result = dict(document)
    for key, value in patch.items():
        if key.startswith("$"):
            raise UnclearError(f"gen does not follow `{key[:40]}`")
        made = _value(result.get(key), value, where.below(key))
        if made is _DELETED:
            result.pop(key, None)
        else:
            result[key] = made
    return result


def _value(old: Any, new: Any, where: _Where) -> Any:
    if new is None:
        return where.without()
    if old is None:
        if isinstance(new, dict) and _directive(new) == "delete":
            return _DELETED
        return _added(new)
    if isinstance(new, dict) and isinstance(old, dict):
        return _map(old, new, where)
    if isinstance(new, list) and isinstance(old, list):
        return _list(old, new, where, where.keys())
    if isinstance(new, dict | list) or isinstance(old, dict | list):
        raise UnclearError("the patch has a list, a mapping or a text where the object has another")
    if isinstance(old, str) and not isinstance(new, str):
        raise UnclearError(f"a text would become {str(new)[:40]}, or stay one if it has quotes")
    return new


def _added(value: Any) -> Any:
    """What a patch brings where there was nothing: as it stands, if it says nothing but that."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key.startswith("$") or item is None:
                raise UnclearError(f"`{key[:40]}` takes something away that is not there")
            _added(item)
    elif isinstance(value, list):
        for item in value:
            if item is None:
                raise UnclearError("an entry of a list is null")
            _added(item)
    return value


def _list(old: list[Any], new: list[Any], where: _Where, keys: tuple[str, ...]) -> list[Any]:
    if not keys:
        return list(_added(new))
    if not new:
        return old
    keys = _said(keys, [*old, *new])
    olds = _by_key(old, keys)
    news = _by_key(new, keys)
    made = {
        key: entry
        for key, said in news.items()
        if (entry := _entry(olds.get(key), said, where)) is not _DELETED
    }
    left = {key: entry for key, entry in olds.items() if key not in news}
    if not made and not left:
        raise UnclearError("the patch leaves an empty list")
    if len(keys) == 1:  # what the patch names comes first
        return [*made.values(), *left.values()]
    brought = [entry for key, entry in made.items() if key not in olds]
    return brought + [made.get(key, entry) for key, entry in olds.items() if key in made | left]


def _entry(old: Any, new: Mapping[str, Any], where: _Where) -> Any:
    if old is not None:
        return _map(old, new, where)
    return _DELETED if _directive(new) == "delete" else _added(new)


def _said(keys: tuple[str, ...], entries: list[Any]) -> tuple[str, ...]:
    """The keys that all entries say: a second one may be left out by all, not by some."""
    if len(keys) == 1:
        return keys
    second = [isinstance(entry, dict) and keys[1] in entry for entry in entries]
    if any(second) and not all(second):
        raise UnclearError(f"some entries say `{keys[1]}` and some do not")
    return keys if all(second) else keys[:1]


def _by_key(entries: list[Any], keys: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, Any]]:
    keyed: dict[tuple[str, ...], dict[str, Any]] = {}
    for entry in entries:
        values = [entry.get(key) for key in keys] if isinstance(entry, dict) else [None]
        known = tuple(str(value) for value in values)
        if any(not isinstance(value, str | int) or value == "" for value in values):
            raise UnclearError(f"an entry of a list has no `{keys[0]}`")
        if known in keyed:
            raise UnclearError(f"two entries of a list have the same `{keys[0]}`")
        keyed[known] = entry
    return keyed


def misshapen(document: Mapping[str, Any]) -> tuple[str | int, ...] | None:
    """Where a list of pods, of their containers or of ports is not a list of mappings, or a name is
    not text: Kustomize goes through those of the kinds it knows, and fails."""
    known = (document["apiVersion"], document["kind"])
    node: Any = document
    for depth, key in enumerate(
        route := POD_SPECS.get(known, ("spec",) if known in _OTHERS else ())
    ):
        node = node.get(key)
        if node is None:
            break
        if not isinstance(node, dict):
            return route[: depth + 1]
    return next(_misshapen(document, _Where(*known), ()), None)


def _misshapen(
    node: Mapping[str, Any], where: _Where, route: tuple[str | int, ...]
) -> Iterator[tuple[str | int, ...]]:
    for key, value in node.items():
        there, below = where.below(key), (*route, key)
        if key in _TEXTS and not isinstance(value, str | None):
            yield below
        elif isinstance(value, dict):
            yield from _misshapen(value, there, below)
        elif key in _UNTOUCHED and route == ("metadata",):
            continue
        elif value is not None and there.keys():
            yield from _entries(value, there, below)


def _entries(
    value: Any, where: _Where, route: tuple[str | int, ...]
) -> Iterator[tuple[str | int, ...]]:
    if not isinstance(value, list):
        yield route
        return
    for index, item in enumerate(value):
        if isinstance(item, dict):
            yield from _misshapen(item, where, (*route, index))
        else:
            yield (*route, index)


def is_text_map(node: Any) -> bool:
    """Whether labels or annotations are what they must be."""
    return isinstance(node, dict) and all(isinstance(value, str) for value in node.values())


def _directive(patch: Mapping[str, Any]) -> str | None:
    said = patch.get("$patch")
    return None if said is None else str(said)


def directives(node: Any) -> Iterator[str]:
    """Keys of a patch that begin with `$`, however deep."""
    for key, value in mapping(node).items():
        if key.startswith("$"):
            yield key
        yield from directives(value)
    for item in listed(node):
        yield from directives(item)
