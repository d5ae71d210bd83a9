"""ConfigMaps, claims and limits."""

from __future__ import annotations

from collections.abc import Iterator

from generator.manifests.problem import Problem, shown
from generator.manifests.rules.rule import Object, Rule, conflict, given, refused
from generator.manifests.rules.syntax import amount
from generator.vocabulary.nodes import mapping, numbered, text


def _map(value: Object) -> Iterator[Problem]:
    for key in mapping(value, "data").keys() & mapping(value, "binaryData").keys():
        message = f"`{shown(key)}` is in both `data` and `binaryData`"
        yield conflict(message, "keep one of the two", "binaryData", key)


def _claim(value: Object) -> Iterator[Problem]:
    storage = mapping(value, "resources", "requests").get("storage")
    if storage is None:
        message = "a claim says how much it wants: `resources.requests.storage` is missing"
        yield conflict(message, "add it, such as 1Gi")
    elif (worth := amount(storage)) is not None and worth <= 0:
        message = "a claim wants more than nothing"
        yield refused(message, "write an amount", "resources", "requests", "storage")
    modes = value.get("accessModes")
    if isinstance(modes, list) and "ReadWriteOncePod" in modes and len(modes) > 1:
        message = "`ReadWriteOncePod` stands alone"
        yield conflict(message, "delete the others", "accessModes")


def _limit(value: Object) -> Iterator[Problem]:
    """Min ≤ defaultRequest ≤ default ≤ max, name by name."""
    order = ("min", "defaultRequest", "default", "max")
    for low, high in ((a, b) for at, a in enumerate(order) for b in order[at + 1 :]):
        for name, item in mapping(value, low).items():
            less, more = amount(item), amount(mapping(value, high).get(name))
            if less is not None and more is not None and less > more:
                message = f"`{low}` of {shown(name)} is above its `{high}`"
                yield conflict(message, "lower it, or raise the other", low, name)
    if text(value, "type") == "Pod":
        for key in ("default", "defaultRequest"):
            if given(value, key):
                yield conflict(f"a limit of pods takes no `{key}`", "delete it", key)


def _limits(value: Object) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, item in numbered(value, "limits"):
        kind = text(item, "type")
        if kind and kind in seen:
            yield conflict(f"two limits of the type {shown(kind)}", "join them", "limits", index)
        seen.add(kind)


RULES: tuple[tuple[str, Rule], ...] = (
    ("core.v1.ConfigMap", _map),
    ("core.v1.PersistentVolumeClaimSpec", _claim),
    ("core.v1.LimitRangeItem", _limit),
    ("core.v1.LimitRangeSpec", _limits),
)
