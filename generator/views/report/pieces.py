"""All that the page shows, in pieces, so that what it costs to show a change follows the change.

Each piece says what it reads; where that is as it was, nothing of it is made again. Long lists are
cut where a name says so by itself: one more or one less moves no other cut."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from generator.compiler.compile import Compiled
from generator.plan.plan import Plan
from generator.plan.tenants import Tenant
from generator.plan.units import Lane
from generator.views.listing import Users, rows
from generator.views.report.data import About, calls, counted, files, head, matrix, tenant_files
from generator.views.report.page import as_json, packed
from generator.views.report.simulation import frame, lane, tenants

TENANTS, LANES = 256, 32  # in a piece, about


class Piece(NamedTuple):
    """A part of the tree that the page shows; `reads` is None where to make it is to know it."""

    name: str
    reads: object
    make: Callable[[], Mapping[str, Any]]


class Kept(NamedTuple):
    """What became of a piece."""

    reads: object
    text: str
    packed: str


class Pieces:
    """The pieces of the last state."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def take(self, pieces: Iterable[Piece]) -> dict[str, str]:
        """Those of a state, of which most are as they were: packed, by name and in order."""
        before = self._kept
        self._kept = {piece.name: _kept(piece, before.get(piece.name)) for piece in pieces}
        return self._packed()

    def change(self, piece: Piece) -> dict[str, str]:
        """The same with another in the place of one."""
        self._kept[piece.name] = _kept(piece, self._kept.get(piece.name))
        return self._packed()

    def _packed(self) -> dict[str, str]:
        return {name: one.packed for name, one in self._kept.items()}


def _kept(piece: Piece, before: Kept | None) -> Kept:
    if before and piece.reads is not None and piece.reads == before.reads:
        return before
    text = as_json(piece.make())
    if before and text == before.text:
        return before._replace(reads=piece.reads)
    return Kept(piece.reads, text, packed(text))


def pieces(compiled: Compiled, about: About) -> Iterator[Piece]:
    """All of a state."""
    plan, users = compiled.plan, Users(compiled.plan)
    yield beginning(compiled, about)
    yield Piece("rows", None, lambda: _rows(compiled, users))
    services = compiled.resolved.project.keys.said
    yield Piece("services", services, lambda: {"services": list(rows(compiled, "services"))})
    yield Piece("files", None, lambda: {"files": files(compiled)})
    yield Piece("calls", plan.services, lambda: {"calls": calls(plan)})
    yield Piece("matrix", compiled.shape, lambda: {"matrix": matrix(plan)})
    yield Piece("plan", None, lambda: {"plan": frame(plan)})
    yield from _lanes(plan)
    yield from _tenants(compiled)


def beginning(compiled: Compiled, about: About) -> Piece:
    """What is said of the whole, and what differs."""
    return Piece("head", None, lambda: head(compiled.plan, about))


def _rows(compiled: Compiled, users: Users) -> dict[str, Any]:
    kinds = ("environments", "branches", "lanes")
    return {kind: [*map(counted, rows(compiled, kind, users=users))] for kind in kinds}


def _lanes(plan: Plan) -> Iterator[Piece]:
    around = list(plan.services), plan.extends
    for name, some in _cut("lanes", sorted(plan.lanes), LANES):
        lanes = [plan.lanes[one] for one in some]
        reads = [(one, plan.answers[one.name], plan.slept.get(one.name)) for one in lanes]
        made = partial(_of_lanes, plan, lanes)
        yield Piece(name, (around, reads), made)


def _of_lanes(plan: Plan, lanes: Iterable[Lane]) -> dict[str, Any]:
    return {"plan": {"lanes": {one.name: lane(plan, one) for one in lanes}}}


def _tenants(compiled: Compiled) -> Iterator[Piece]:
    known = compiled.plan.tenants
    for name, some in _cut("tenants", known, TENANTS):
        listed, paths = [known[one] for one in some], tenant_files(compiled, some)
        yield Piece(name, (listed, paths), partial(_of_tenants, listed, paths))


def _of_tenants(listed: Sequence[Tenant], paths: Sequence[str]) -> dict[str, Any]:
    return {"files": {"tenant": paths}, "plan": {"tenants": tenants(listed)}}


def _cut(kind: str, names: Iterable[str], size: int) -> Iterator[tuple[str, list[str]]]:
    """Names in their order, in parts of about a size. A part is called by its first name, in
    letters that are nothing else anywhere."""
    part: list[str] = []
    first = ""
    for name in names:
        if part and not zlib.crc32(name.encode()) % size:
            yield f"{kind}-{first}", part
            part, first = [], hashlib.sha256(name.encode()).hexdigest()[:16]
        part.append(name)
    yield f"{kind}-{first}", part
