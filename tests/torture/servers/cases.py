"""What publishers meet, and what must hold then: the right exit code, words and next step; the branch is the old one or
the new one; and the next publish goes through once the reason is gone."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.command.main import run
from generator.io.terminal import Terminal
from generator.io.tip import OLDER
from generator.vocabulary.refusal import Refusal
from tests.torture.servers.server import Server
from tests.torture.servers.site import Site
from tests.torture.world import child, git, wait

Act = Callable[[Any, Site], object]
PUBLISHES = 5


def nothing(server: Any, site: Site) -> None:
    """Needs no act."""


@dataclass(frozen=True)
class Delivers:
    """A server that cannot do something, or keeps something: every publish goes through all the same. `warned` is what
    the last one says besides; `kept`: tags that nothing names stay."""

    name: str
    on: Act = nothing
    warned: str = ""
    kept: bool = False

    def wrong(self, server: Server, site: Site) -> list[str]:
        self.on(server, site)
        found, first = [], set[str]()
        for number in range(1, PUBLISHES + 1):
            if number > 1:
                site.edit()
            if code := site.gen("publish"):
                return [*found, f"publish {number}: exit {code}: {site.said}"]
            warned = site.said
            first = first or site.tags()
            if not site.holds():
                found.append(f"publish {number}: the branch is not what the commit compiles to")
        if not re.search(self.warned, warned) or (not self.warned and "warning" in warned):
            found.append(f"it says {warned}")
        if first <= site.tags() and not self.kept:
            found.append("no tag went, though nothing names the first ones")
        if self.kept and not first <= site.tags():
            found.append("a tag went on a server that keeps them")
        return found + site.wrong()


@dataclass(frozen=True)
class Refuses:
    """A server that refuses, until `off`: exit `code`, `says` in what is told, `step` in its next step."""

    name: str
    on: Act
    says: str
    step: str
    off: Act
    code: int = 1

    def wrong(self, server: Server, site: Site) -> list[str]:
        if site.gen("publish"):
            return [f"the first publish: {site.said}"]
        found = site.wrong()
        self.on(server, site)
        site.edit()
        before = site.tip()
        if (code := site.gen("publish")) != self.code:
            found.append(f"exit {code}, not {self.code}: {site.said}")
        what, _, step = site.said.partition("help: ")
        if not re.search(self.says, what.split("\n")[0]) or not re.search(self.step, step):
            found.append(f"it says {site.said}")
        if site.tip() != before:
            found.append("the branch moved")
        found += site.broken()
        self.off(server, site)
        if code := site.gen("publish"):
            return [*found, f"the next publish: exit {code}: {site.said}"]
        return found + site.wrong()


@dataclass(frozen=True)
class Races:
    """Several publish at once, each another commit of one history: the newest is there in the end, and who was too late
    is told so."""

    publishers: int

    @property
    def name(self) -> str:
        return f"{self.publishers} publishers race"

    def wrong(self, server: Server, site: Site) -> list[str]:
        if site.gen("publish"):
            return [f"the first publish: {site.said}"]
        commits = [self._next(site) for _ in range(self.publishers)]
        clones = [self._at(site, commit) for commit in commits]
        started = [child(lambda clone=clone: _published(clone)) for clone in clones]  # type: ignore[misc]
        codes = [wait(process) for process in started]
        found = [f"exit {code}" for code in codes if code not in (0, OLDER)]
        if codes[-1]:
            found.append(f"the newest source was not published: exit {codes[-1]}")
        return found + site.wrong()

    def _next(self, site: Site) -> str:
        site.edit()
        return git(site.clone, "rev-parse", "HEAD")

    def _at(self, site: Site, commit: str) -> Path:
        """A clone that knows all commits, and is at one."""
        copy = site.folder / commit
        shutil.copytree(site.clone, copy)
        git(copy, "checkout", "-q", "--detach", commit)
        return copy


def _published(clone: Path) -> None:
    out = io.StringIO()
    if code := run(["-C", str(clone), "publish"], Terminal(out, out)):
        raise Refusal(out.getvalue(), "", exit_code=code)


@dataclass(frozen=True)
class Lost:
    """The answer to a push is lost on the way. Where the server was done, it is a publish; where it was not, gen says that
    nobody can tell, and the next run goes on from what is there."""

    name: str
    on: Act
    arrives: bool
    off: Act

    def wrong(self, server: Server, site: Site) -> list[str]:
        if site.gen("publish"):
            return [f"the first publish: {site.said}"]
        self.on(server, site)
        site.edit()
        code, found = site.gen("publish"), []
        if self.arrives and code:
            found.append(f"it arrived, and the exit code is {code}: {site.said}")
        if not self.arrives and (code != 1 or "nobody can tell" not in site.said):
            found.append(f"nobody knows, and it says (exit {code}) {site.said}")
        self.off(server, site)
        if code := site.gen("publish"):
            return [*found, f"the next publish: exit {code}: {site.said}"]
        return found + site.wrong()


Case = Delivers | Refuses | Races | Lost


def hooked(kind: str, text: str) -> tuple[Act, Act]:
    """Puts a hook into the repository, and takes it away."""
    return (
        lambda server, site: server.hook(site.name, kind, text),
        lambda server, site: server.hook(site.name, kind, None),
    )


def configured(key: str, value: str) -> tuple[Act, Act]:
    """The same with a setting of it."""
    return (
        lambda server, site: server.setting(site.name, key, value),
        lambda server, site: server.setting(site.name, key, None),
    )


def signs(kind: str) -> Act:
    """What a person does who is told that commits must be signed."""

    def act(server: Server, site: Site) -> None:
        text = f"name: shop\nargocd: {{repository: https://git.example.com/shop.git}}\npublish: {{sign: {kind}}}\n"
        site.edit({"environments/platform.yaml": text})

    return act


def each(cases: Sequence[Case], server: Server) -> Iterator[tuple[str, list[str]]]:
    """(case, what is wrong)."""
    for index, case in enumerate(cases):
        yield case.name, _one(case, server, f"shop-{index}")


def _one(case: Case, server: Server, name: str) -> list[str]:
    site = Site(server, name)
    try:
        return case.wrong(server, site)
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
    finally:
        site.close()
