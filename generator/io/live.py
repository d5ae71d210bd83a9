"""What is saved below a folder, looked at again and again, as the live page shows it.

Looking is asking each file for its stamp, and opening what has another one: by the reader of a
compile, so that what is seen is what a compile reads. That finds changes on network disks, in
containers and through links of machines too, where the notices of systems do not come, and is the
same on all of them; it takes 2 ms for a hundred files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from generator import __version__
from generator.compiler.compile import Compiled, compile_sources
from generator.io import report
from generator.io.cache import Saved
from generator.io.git import Repository
from generator.io.revision import commit_of, read_commit
from generator.io.stamps import Seen, settled
from generator.io.standing import commit as described
from generator.io.terminal import clean
from generator.io.tree import OnDisk, read_sources
from generator.views.diff import diff
from generator.views.difference import Difference
from generator.views.reach import Reached
from generator.views.report.data import About, changes
from generator.views.report.pieces import Pieces, beginning, pieces
from generator.vocabulary.findings import Finding, Findings, errors
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import Sources

CALM = 0.04  # seconds in which nothing changes: an editor has written all that it writes
PATIENCE = 0.4  # seconds, if somebody never stops writing
COMMITS = 2.0  # seconds between two looks at the commit that is compared with
DEAR = 0.1  # seconds of comparing, from which on a state is shown before
SOON, RARELY = 0.08, 1.0  # seconds between looks while somebody sees the page, or nobody does
MOST = 200  # findings that a page shows of a state
LONGEST = 200  # characters of a commit's first line
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class State:
    """What is saved: `told` in words for the page, `shown` what it shows of the last valid state,
    packed in pieces by name (none if there was none), `fresh` those that the state before had not.
    `found` are its findings, of `sources`."""

    number: int
    told: dict[str, Any]
    shown: Mapping[str, str]
    fresh: frozenset[str]
    found: tuple[Finding, ...]
    sources: Sources | None


@dataclass(frozen=True, slots=True)
class Base:
    """What is compared with: a commit, its first line, and, once it is `known`, what it means; None
    where it holds nothing valid."""

    commit: str = ""
    subject: str = ""
    compiled: Compiled | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class Behind:
    """A valid state whose differences are not told yet, and the one before."""

    before: Compiled | None
    compiled: Compiled
    about: About


class Live:
    """The states of a folder. `revision` names the commit that each is compared with; it may move.
    Where none is given it is HEAD, if there is one."""

    def __init__(self, root: Path, saved: Saved, revision: str | None) -> None:
        self._root, self._revision = root, revision
        self._memory = saved.memory
        self._seen: Seen = {}
        self._texts: dict[str, bytes] = {}  # blob → what it holds
        self._repository = _repository(root, wanted=revision is not None)
        self._base, self._asked = Base(), 0.0
        self._last: object = None
        self._good: tuple[float, Compiled] | None = None
        self._left: Compiled | None = None  # what the next compile builds upon
        self._behind: Behind | None = None
        self._dear = True  # whether comparing takes a while
        self._pieces, self._reached = Pieces(), Reached()
        self._compared_with: tuple[str, Difference | None] | None = None
        self._state = State(0, {}, {}, NOTHING, (), None)

    def look(self) -> State | None:
        """The state, if it is another one than at the last look."""
        if self._left is not None:  # while nobody waits
            self._memory, self._left = self._left.memory(), None
        sources = self._read()
        self._moved(now=self._held(sources) != self._last)
        held = self._held(sources)
        if held == self._last:
            return None
        sources = self._calm(sources)
        begun = time.monotonic()
        try:
            self._whole(sources)
            state = self._made(sources, begun)
        except Refusal as refusal:  # a file that changed meanwhile: the next look finds more
            self._last = None
            return self._refused(refusal)
        self._last = self._held(sources)
        return state

    def _held(self, sources: Sources) -> object:
        return sources.ids, sources.refused, self._base.commit

    def _read(self) -> Sources:
        sources = read_sources(self._root, self._seen)
        if isinstance(files := sources.files, OnDisk):
            there = files.seen.items()
            self._seen = {path: mark for path, mark in there if settled(mark[0], files.when)}
        return sources

    def _calm(self, sources: Sources) -> Sources:
        """What is there once nobody writes: half a file is nobody's mistake."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            time.sleep(CALM)
            again = self._read()
            if self._held(again) == self._held(sources):
                break
            sources = again
        return sources

    def _whole(self, sources: Sources) -> None:
        """Brings all texts of a state, which is asked for them when its files are others again."""
        files = sources.files
        if isinstance(files, OnDisk):
            known = self._texts
            files.read |= {
                path: known[blob] for path, (_, blob) in files.seen.items() if blob in known
            }
            self._texts = {blob: files[path] for path, (_, blob) in files.seen.items()}

    def _moved(self, *, now: bool) -> None:
        """Brings what is compared with up to date, now and then."""
        if self._repository is None or (not now and time.monotonic() < self._asked + COMMITS):
            return
        self._asked = time.monotonic()
        try:
            commit = commit_of(self._repository, self._revision or "HEAD")
            if commit != self._base.commit:
                subject = clean(described(self._repository, commit).subject)[:LONGEST]
                self._base = Base(commit, subject)
        except Refusal:  # in the middle of a rebase, say: the one before stays
            if self._revision is not None and not self._base.commit:
                raise

    def _known(self, beside: Compiled) -> Base:
        """What is compared with, compiled upon what stands beside it: little of it is another."""
        base, repository = self._base, self._repository
        if repository is None or not base.commit or base.known:
            return base
        beside.files.ids()  # so that what is printed is remembered
        compiled = None
        try:
            made = compile_sources(read_commit(repository, base.commit), memory=beside.memory())
            compiled = None if isinstance(made, Findings) else made
        except Refusal:  # more than gen reads, say
            if self._revision is not None:
                raise
        self._base = replace(base, compiled=compiled, known=True)
        return self._base

    def _made(self, sources: Sources, begun: float) -> State:
        compiled = compile_sources(sources, memory=self._memory)
        took = time.monotonic() - begun
        if isinstance(compiled, Findings):
            return self._broken(errors(compiled.found), sources, took)
        about = self._about(compiled.warnings, sources)
        self._behind = Behind(self._good and self._good[1], compiled, about)
        self._good, self._left = (time.time(), compiled), compiled
        shown = self._pieces.take(pieces(compiled, self._told_before(about)))
        told = self._told(took) | {"more": True}
        state = State(0, told, shown, NOTHING, compiled.warnings, sources)
        return self._next(state) if self._dear else self._compared(state)

    def _told_before(self, about: About) -> About:
        """With what differed before, until it is known what differs now."""
        known = self._compared_with
        return about if known is None else replace(about, since=known[0], difference=known[1])

    def compare(self) -> State | None:
        """The same state with what differs, where that takes a while and was not told with it."""
        return None if self._behind is None else self._compared(self._state)

    def _compared(self, state: State) -> State:
        """What differs from the state before, and from the commit."""
        behind, begun = self._behind, time.monotonic()
        if behind is None:
            return state
        self._behind = None
        compiled, base, reached = behind.compiled, self._known(behind.compiled), self._reached
        latest = None if behind.before is None else diff(behind.before, compiled, reached)
        whole = None if base.compiled is None else diff(base.compiled, compiled, reached)
        about = replace(behind.about, since=base.commit, difference=whole)
        self._compared_with = base.commit, whole
        shown = self._pieces.change(beginning(compiled, about))
        told = state.told | {"more": False, "changes": changes("", latest)}
        self._dear = time.monotonic() - begun > DEAR
        return self._next(replace(state, told=told, shown=shown))

    def _about(self, warnings: tuple[Finding, ...], sources: Sources) -> About:
        base = self._base
        beside = f"beside {base.subject}" if base.commit else "in no commit yet"
        when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        subject = f"Files as they are saved, {beside}"
        return About(base.commit, subject, when, __version__, None, _findings(warnings, sources))

    def _broken(self, found: Sequence[Finding], sources: Sources, took: float) -> State:
        self._behind = None
        told = self._told(took) | {
            "valid": False,
            "findings": _findings(found[:MOST], sources),
            "total": len(found),
        }
        return self._next(State(0, told, self._state.shown, NOTHING, tuple(found), sources))

    def _refused(self, refusal: Refusal) -> State | None:
        """Something that is no finding; said once."""
        note = f"{refusal}; {refusal.next_step}" if refusal.next_step else str(refusal)
        if self._state.told.get("note") == note:
            return None
        told = self._told(0.0) | {"valid": False, "note": note}
        return self._next(State(0, told, self._state.shown, NOTHING, (), None))

    def _told(self, took: float) -> dict[str, Any]:
        return {
            "valid": True,
            "when": round(time.time() * 1000),
            "took": round(took, 3),
            "shown": None if self._good is None else round(self._good[0] * 1000),
            "findings": [],
            "total": 0,
            "note": None,
            "changes": None,
            "more": False,
        }

    def _next(self, state: State) -> State:
        number, known = self._state.number + 1, self._state.shown
        fresh = frozenset(name for name, one in state.shown.items() if known.get(name) != one)
        told = {**state.told, "number": number}
        self._state = replace(state, number=number, told=told, fresh=fresh)
        return self._state


def _repository(root: Path, *, wanted: bool) -> Repository | None:
    """The clone that a folder is in; without one there is nothing to compare with."""
    try:
        return Repository(root)
    except Refusal:
        if wanted or not root.is_dir():
            raise
        return None


def _findings(found: Iterable[Finding], sources: Sources) -> list[Any]:
    told: list[Any] = json.loads(report.as_json(report.spots(found, sources), sources))["findings"]
    return told


def watch(live: Live, heard: Callable[[State], None], looked_at: Callable[[float], bool]) -> None:
    """Looks until it is interrupted. A look is let rest three times as long as it took, so that it
    takes a quarter of a processor at most; `looked_at` waits so many seconds, and tells whether
    anybody sees the page."""
    seen = True
    while True:
        begun = time.monotonic()
        state = live.look()
        took = time.monotonic() - begun
        if state is not None:
            heard(state)
            while more := live.compare():
                heard(more)
            took = 0.0
        rest = min(max(took * 3, SOON), RARELY)
        seen = looked_at(rest if seen else RARELY)
