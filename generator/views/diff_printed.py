"""What another target makes of the same plan: how much is printed, and what it does otherwise
though no answer changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.targets.target import Target
from generator.views.diff_objects import place
from generator.views.difference import CHANGES, COMES, GOES, Change
from generator.views.side import Side

_OBJECT = re.compile(rb"^kind: ", re.MULTILINE)


def printed(old: Side, new: Side) -> Iterator[Change]:
    """Nothing where both are printed for one target."""
    if old.target is None or new.target is None or old.target == new.target:
        return
    yield Change("target", CHANGES, f"{old.target} → {new.target}")
    was, now = _amount(old), _amount(new)
    for name, one, other in zip(("objects", "bytes of them"), was, now, strict=True):
        yield Change(name, CHANGES, f"{one:,} → {other:,}")
    yield from _otherwise(old.target, new.target)


def _amount(side: Side) -> tuple[int, int]:
    """How many objects gen prints as they are, and their bytes. What Kustomize makes of bases is
    the same on every target."""
    objects = size = 0
    for path in side.files:
        if place(path) is not None:
            content = side.content(path)
            objects, size = objects + len(_OBJECT.findall(content)), size + len(content)
    return objects, size


def _otherwise(old: Target, new: Target) -> Iterator[Change]:
    for kind, these, those in ((GOES, old, new), (COMES, new, old)):
        for name in these.otherwise:
            if name not in those.otherwise:
                yield Change(name, kind)
