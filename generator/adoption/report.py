"""What was taken, what was left out and why: as text for people, and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from generator.adoption.adopt import Adopted
from generator.adoption.group import Left
from generator.adoption.items import Item
from generator.vocabulary.plural import some

SHOWN = 8  # names in one line
MOST_LINES = 40


def text(made: Adopted, objects: int, written: Iterable[str], kept: Iterable[str]) -> Iterator[str]:
    """The report, line by line."""
    written, kept = list(written), list(kept)
    count = sum(map(len, made.taken.values()))
    yield f"taken: {count} of {objects} objects, as {len(made.taken)} services"
    if made.taken:
        yield f"  {some(sorted(made.taken), SHOWN)}"
    if kept:
        yield f"kept as they are: {some(kept, SHOWN)}"
    yield f"written: {len(written)} files"
    lines = list(_left(made.left))
    if lines:
        yield f"left out: {len(made.left)} objects"
        yield from (f"  {line}" for line in lines[:MOST_LINES])
        if len(lines) > MOST_LINES:
            yield f"  … and {len(lines) - MOST_LINES} lines more; --format json has all"


def _left(left: Iterable[Left]) -> Iterator[str]:
    """Objects of one kind that are left for one reason, in one line."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one in left:
        alike.setdefault((one.item.kind, one.why), []).append(one.item.name)
    for (kind, why), names in alike.items():
        yield f"{kind} {some(names, SHOWN)}: {why}"


def data(made: Adopted, written: Iterable[str], kept: Iterable[str]) -> dict[str, Any]:
    """`docs/reference/json.md` tells the fields; findings are added by who places them."""
    return {
        "version": 1,
        "written": sorted(written),
        "kept": sorted(kept),
        "services": {
            name: {"objects": [_object(item) for item in items]}
            for name, items in sorted(made.taken.items())
        },
        "environments": {
            one.name: {"namespace": one.namespace, "hosts": one.hosts, "runs": one.runs}
            for one in made.environments
        },
        "left": [_object(one.item) | {"why": one.why} for one in made.left],
    }


def _object(item: Item) -> dict[str, Any]:
    return {
        "apiVersion": item.api_version,
        "kind": item.kind,
        "name": item.name,
        "namespace": item.namespace or None,
        "path": item.path,
        "line": item.line,
    }
