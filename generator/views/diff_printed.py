"""What another target makes of the same plan: how much is printed, and what it does otherwise
though no answer changes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from generator.plan import clusters
from generator.views.diff_objects import place
from generator.views.difference import CHANGES, COMES, GOES, Change
from generator.views.side import Side

_OBJECT = re.compile(rb"^kind: ", re.MULTILINE)


def printed(old: Side, new: Side) -> Iterator[Change]:
    """Nothing where both are printed for one target, cluster by cluster."""
    both = [name for name in new.printed_for if name in old.printed_for]
    changed = [name for name in both if old.printed_for[name] != new.printed_for[name]]
    if not changed:
        return
    yield from _turned(old, new, changed, alone=len(changed) < len(both))
    was, now = _amount(old), _amount(new)
    for name, one, other in zip(("objects", "bytes of them"), was, now, strict=True):
        yield Change(name, CHANGES, f"{one:,} → {other:,}")
    yield from _otherwise(_lines(old, changed), _lines(new, changed))


def _turned(old: Side, new: Side, changed: list[str], *, alone: bool) -> Iterator[Change]:
    """Each cluster that turns from one target to another; all together where they do alike."""
    turns = {name: f"{old.printed_for[name]} → {new.printed_for[name]}" for name in changed}
    if len({*turns.values()}) == 1 and not alone:
        yield Change("target", CHANGES, turns[changed[0]])
        return
    for name, what in turns.items():
        yield Change(f"target of {clusters.named(name)}", CHANGES, what)


def _amount(side: Side) -> tuple[int, int]:
    """How many objects gen prints as they are, and their bytes. What Kustomize makes of bases is
    the same on every target."""
    objects = size = 0
    for path in side.files:
        if place(path) is not None:
            content = side.content(path)
            objects, size = objects + len(_OBJECT.findall(content)), size + len(content)
    return objects, size


def _lines(side: Side, changed: list[str]) -> dict[str, None]:
    """What the targets of those clusters do otherwise than the default."""
    return dict.fromkeys(line for name in changed for line in side.printed_for[name].otherwise)


def _otherwise(old: Collection[str], new: Collection[str]) -> Iterator[Change]:
    for kind, these, those in ((GOES, old, new), (COMES, new, old)):
        for name in these:
            if name not in those:
                yield Change(name, kind)
