"""Units go to sleep and wake: those that somebody names, or all whose `sleeps` says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from generator.edits import schedule
from generator.edits.document import Document
from generator.edits.edit import STRICT, Change, Seen
from generator.edits.units import branch_file, environments
from generator.plan.units import Unit
from generator.vocabulary import layout, names
from generator.vocabulary.nearest import known
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.sleep import Sleep as Span

if TYPE_CHECKING:
    from generator.vocabulary.model import Branch, Environment

    Said = Environment | Branch


@dataclass(frozen=True, slots=True)
class _Named:
    """`units`: environments, or branches by their own names or those of their git branches. `now`:
    the moment it is, by which their schedules are looked at."""

    verb: ClassVar[str]
    to: ClassVar[bool]  # whether they sleep afterwards
    __pydantic_config__: ClassVar = STRICT

    units: tuple[str, ...]
    now: str

    @property
    def subject(self) -> str:
        return " ".join([self.verb, *self.units])

    @property
    def topic(self) -> str:
        return " ".join(["asleep", *sorted(self.units)])

    def change(self, seen: Seen) -> Change:
        """What is so already is no error. Where a schedule says otherwise, it is followed again
        from its next turn on."""
        now, files, notes = moment(self.now), dict[str, bytes](), list[str]()
        units = [_unit(seen, unit) for unit in self.units]
        for unit in units:
            said, path = _said(seen, unit)
            files[path] = _put(seen, path, said, self.to, now)
            over = Unit(unit.environment)
            if not self.to and unit != over and _said(seen, over)[0].asleep and over not in units:
                notes.append(f"{unit} still sleeps, since {over} does: gen wake {over}")
        return Change(files, notes=tuple(notes), unit=str(units[0]) if len(units) == 1 else "")


@dataclass(frozen=True, slots=True)
class Sleep(_Named):
    verb: ClassVar[str] = "sleep"
    to: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Wake(_Named):
    verb: ClassVar[str] = "wake"
    to: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Due:
    """All units whose `sleeps` says something else at a moment, `now`."""

    verb: ClassVar[str] = "due"
    __pydantic_config__: ClassVar = STRICT

    now: str

    @property
    def subject(self) -> str:
        return f"sleep and wake what is due at {self.now}"

    @property
    def topic(self) -> str:
        return "asleep due"

    def change(self, seen: Seen) -> Change:
        """What somebody woke, or sent to sleep, stays so until `resumes`."""
        now, files = moment(self.now), dict[str, bytes]()
        for said, path in _scheduled(seen):
            if said.resumes is None or moment(said.resumes) <= now:
                files[path] = _put(seen, path, said, schedule.sleeps(_spans(said), now), now)
        return Change(files)


def moment(text: str) -> dt.datetime:
    if not names.matches(names.MOMENT, text):
        raise Refusal(f"`{text[:40]}` is not a moment", "write 2027-01-31T07:00:00Z", exit_code=2)
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(f"no calendar has {text}", "write another moment", exit_code=2) from None


def written(now: dt.datetime) -> str:
    return now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _unit(seen: Seen, text: str) -> Unit:
    environment, _, branch = text.partition("/")
    known(environment, environments(seen), "environment")
    if not branch:
        return Unit(environment)
    path = branch_file(seen, environment, branch)
    if path is None:
        there = layout.of_kind(seen.sources.below(layout.ROOT), "branch")
        known(text, ("/".join(name) for name, _ in there), "unit")
        raise ValueError(text)
    return Unit(environment, path.rpartition("/")[2].removesuffix(".yaml"))


def _said(seen: Seen, unit: Unit) -> tuple[Said, str]:
    """What a unit's file says, and the file."""
    resolved = seen.compiled.resolved
    project, path = resolved.project, resolved.place_of_unit(unit).path
    if unit.branch is None:
        return project.environments[unit.environment], path
    return project.branches[unit.environment, unit.branch], path


def _scheduled(seen: Seen) -> Iterator[tuple[Said, str]]:
    for unit in sorted(seen.compiled.resolved.runs):
        said, path = _said(seen, unit)
        if said.sleeps:
            yield said, path


def _spans(said: Said) -> Sequence[Span]:
    if said.sleeps is None:
        return ()
    return said.sleeps if isinstance(said.sleeps, tuple) else (said.sleeps,)


def _put(seen: Seen, path: str, said: Said, to: bool, now: dt.datetime) -> bytes:
    """The file in which a unit sleeps, or does not."""
    document, spans = Document(path, seen.sources.files[path]), _spans(said)
    if said.asleep != to:
        document.set(("asleep",), to)
    otherwise = spans and schedule.sleeps(spans, now) != to
    again = schedule.turn(spans, now) if otherwise else None
    if again is not None:
        document.set(("resumes",), written(again))
    elif "resumes" in document.data and len(document.data) > 1:
        document.remove(("resumes",))
    return document.raw
