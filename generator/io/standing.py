"""How the output branch stands to a commit of the configuration: what was published, from which
commit, and what has come since."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from generator.io.git import Repository
from generator.io.keeps import SECONDS, KeptLane
from generator.io.publish import INPUTS
from generator.io.tip import Tip

_FORMAT = ("-z", "--no-show-signature", "--encoding=UTF-8", "--format=%H%x01%ct%x01%an%x01%s")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as people see it. `author` and `subject` are what they wrote."""

    id: str
    when: dt.datetime
    author: str
    subject: str


@dataclass(frozen=True, slots=True)
class Standing:
    """`state` is `nothing` (nothing is published), `unknown` (from a commit that this clone does
    not have, or cannot place), `current`, `pending`, `newer` (what is published comes after) or
    `apart` (neither comes after the other). `published` is gen's own last commit, `source` what it
    was made from, `pending` what of the configuration is not in it, newest first."""

    state: str
    published: Commit | None = None
    source: Commit | None = None
    pending: tuple[Commit, ...] = ()


def standing(repository: Repository, tip: Tip, asked: str) -> Standing:
    """How a tip of the output branch stands to a commit of the configuration."""
    if tip.source is None or tip.own is None:
        return Standing("nothing")
    published = commit(repository, tip.own)
    if not repository.has(tip.source):
        return Standing("unknown", published)
    source = commit(repository, tip.source)
    if repository.is_ancestor(asked, tip.source):
        return Standing("current" if asked == tip.source else "newer", published, source)
    pending = _log(repository, f"{tip.source}..{asked}", "--", *INPUTS)
    if not repository.is_ancestor(tip.source, asked):
        if repository.shallow:
            return Standing("unknown", published)
        return Standing("apart", published, source, pending)
    return Standing("pending" if pending else "current", published, source, pending)


def commit(repository: Repository, name: str) -> Commit:
    """One commit, by its full name."""
    return _log(repository, "--max-count=1", name)[0]


def until(kept: KeptLane) -> tuple[dt.datetime, dt.datetime]:
    """Since when a lane is kept, and from when on a publish lets go of it."""
    return _time(kept.since), _time(kept.since + SECONDS)


def _log(repository: Repository, *asked: str) -> tuple[Commit, ...]:
    out = repository.git("log", *_FORMAT, *asked).decode("utf-8", "replace")
    commits = []
    for line in filter(None, out.split("\0")):
        name, when, author, subject = line.split("\x01", 3)
        commits.append(Commit(name.strip(), _time(int(when)), author, subject))
    return tuple(commits)


def _time(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
