"""Databases, caches and buckets: which ones a request's versions write, and who shares them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from generator.plan import stores
from generator.plan.plan import Plan
from generator.plan.stores import Kept, Writer
from generator.views import reach
from generator.views.difference import CHANGES, COMES, GOES, Change
from generator.views.explain import Hop
from generator.vocabulary.plural import some

SHOWN = 6  # writers in one line


class Written(NamedTuple):
    """A store with all that write it: those of some hops, and others."""

    kept: Kept
    here: tuple[Writer, ...]
    others: tuple[Writer, ...]


class Sharing(NamedTuple):
    """A store with all that write it, the lanes whose requests come to one of them, and the tenants
    that take such a lane."""

    kept: Kept
    writers: tuple[Writer, ...]
    lanes: tuple[str, ...]
    tenants: tuple[str, ...]


def of_hops(plan: Plan, hops: Iterable[Hop]) -> list[Written]:
    """The stores that the versions behind some hops write."""
    here = {(hop.service, hop.target) for hop in hops if hop.target is not None}
    told = []
    for kept, those in stores.writers(plan).items():
        if mine := tuple(writer for writer in those if writer in here):
            told.append(Written(kept, mine, tuple(one for one in those if one not in here)))
    return told


def sharing(plan: Plan, name: str) -> list[Sharing]:
    """Who shares each of the stores of a name."""
    found = {kept: those for kept, those in stores.writers(plan).items() if kept.name == name}
    lanes: dict[Kept, list[str]] = {kept: [] for kept in found}
    for lane in plan.lanes if found else ():
        answering = reach.answers(plan, lane)
        for kept, those in found.items():
            if any(unit in answering.get(service, ()) for service, unit in those):
                lanes[kept].append(lane)
    return [
        Sharing(kept, those, tuple(lanes[kept]), tuple(_takers(plan, {*lanes[kept]})))
        for kept, those in found.items()
    ]


def _takers(plan: Plan, lanes: set[str]) -> Iterator[str]:
    for name, tenant in plan.tenants.items():
        if any(lane in lanes for lane, weight in tenant.choices if weight):
            yield name


def named(plan: Plan) -> set[str]:
    """The names of all stores."""
    return {store.name for service in plan.services.values() for store in service.stores}


def changes(old: Plan | None, new: Plan) -> Iterator[Change]:
    """Stores that more or fewer write than before, those that come and those that go."""
    was, now = (stores.writers(plan) if plan else {} for plan in (old, new))
    for kept in sorted(was.keys() | now.keys(), key=lambda kept: kept.order):
        before, after = was.get(kept, ()), now.get(kept, ())
        if not before:
            yield Change(str(kept), COMES, f"written by {_listed(after)}")
        elif not after:
            yield Change(str(kept), GOES, "nobody writes it any more")
        elif told := "; ".join(_moved(before, after)):
            yield Change(str(kept), CHANGES, told)


def _moved(before: tuple[Writer, ...], after: tuple[Writer, ...]) -> Iterator[str]:
    if come := [one for one in after if one not in before]:
        stay = [one for one in after if one in before]
        beside = f", beside {_listed(stay)}" if stay else ""
        yield f"written by {_listed(come)} too{beside}"
    if gone := [one for one in before if one not in after]:
        yield f"no longer by {_listed(gone)}"


def _listed(those: Iterable[Writer]) -> str:
    return some([stores.words(one) for one in those], SHOWN)


def told(written: Written) -> str:
    """A store of some hops in words."""
    others = f", and so do {_listed(written.others)}" if written.others else ", and nobody else"
    return f"{_listed(written.here)} writes {written.kept}{others}"


def _kept_json(kept: Kept) -> dict[str, Any]:
    unit = str(kept.unit) if kept.unit else None
    return {"store": kept.name, "unit": unit, "own": kept.own}


def _writers_json(those: Iterable[Writer]) -> list[dict[str, str]]:
    return [{"service": service, "unit": str(unit)} for service, unit in those]


def of_hops_json(plan: Plan, hops: Iterable[Hop]) -> list[dict[str, Any]]:
    return [
        _kept_json(one.kept)
        | {"writtenBy": _writers_json(one.here), "sharedWith": _writers_json(one.others)}
        for one in of_hops(plan, hops)
    ]


def as_json(plan: Plan, name: str) -> dict[str, Any]:
    found = [
        _kept_json(one.kept)
        | {
            "writtenBy": _writers_json(one.writers),
            "lanes": list(one.lanes),
            "tenants": list(one.tenants),
        }
        for one in sharing(plan, name)
    ]
    return {"version": 1, "store": name, "stores": found}
