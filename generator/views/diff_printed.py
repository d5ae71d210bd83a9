"""What another target makes of the same plan: how much is printed, and what it does otherwise
though no answer changes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from generator.plan import clusters
from generator.targets.target import Target
from generator.views.diff_objects import place
from generator.views.difference import CHANGES, COMES, GOES, Change
from generator.views.side import Side

Place = tuple[str, str | None]  # a cluster, and an environment there; None: there is none
_OBJECT = re.compile(rb"^kind: ", re.MULTILINE)


def printed(old: Side, new: Side) -> Iterator[Change]:
    """Nothing where both are printed for one target, environment by environment."""
    was, now = (_targets(side) for side in (old, new))
    both = [name for name in now if name in was]
    changed = [name for name in both if was[name] != now[name]]
    if not changed:
        return
    turns = {name: f"{was[name]} → {now[name]}" for name in changed}
    for name, what in _turned(new, turns, both):
        yield Change(name, CHANGES, what)
    for name, one, other in zip(
        ("objects", "bytes of them"), _amount(old), _amount(new), strict=True
    ):
        yield Change(name, CHANGES, f"{one:,} → {other:,}")
    yield from _otherwise(*(_lines(map(side.__getitem__, changed)) for side in (was, now)))


def _targets(side: Side) -> dict[Place, Target]:
    """What each environment is printed for, and a cluster that has none."""
    found: dict[Place, Target] = {}
    if side.plan is None:
        return found
    for cluster in side.printed_for.clusters:
        for target, those in side.printed_for.at(side.plan, cluster).items():
            places: list[Place] = [(cluster, name) for name in those]
            found |= dict.fromkeys(places or [(cluster, None)], target)
    return found


def _turned(
    new: Side, turns: Mapping[Place, str], places: list[Place]
) -> Iterator[tuple[str, str]]:
    """Each environment that turns from one target to another; those of a cluster together where
    all do alike, and so all clusters."""
    if len(turns) == len(places) and len({*turns.values()}) == 1:
        yield "target", turns[places[0]]
        return
    for cluster in new.printed_for.clusters:
        here = [place for place in places if place[0] == cluster]
        turned = {place: turns[place] for place in here if place in turns}
        if turned and len(turned) == len(here) and len({*turned.values()}) == 1:
            yield f"target of {clusters.named(cluster)}", turned[here[0]]
            continue
        for (_, name), what in turned.items():
            yield f"target of {name}", what


def _amount(side: Side) -> tuple[int, int]:
    """How many objects gen prints as they are, and their bytes. What Kustomize makes of bases is
    the same on every target."""
    objects = size = 0
    for path in side.files:
        if place(path) is not None:
            content = side.content(path)
            objects, size = objects + len(_OBJECT.findall(content)), size + len(content)
    return objects, size


def _lines(targets: Iterable[Target]) -> dict[str, None]:
    """What targets do otherwise than the default."""
    return dict.fromkeys(line for target in targets for line in target.otherwise)


def _otherwise(old: Collection[str], new: Collection[str]) -> Iterator[Change]:
    for kind, these, those in ((GOES, old, new), (COMES, new, old)):
        for name in these:
            if name not in those:
                yield Change(name, kind)
