"""What is measured: the floor, and the commands of a day in a city."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.city import Size, city, rules, tenant, write

TOP = Path(__file__).parent.parent
GEN = (sys.executable, "-m", "generator")
GIT = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
GIT += ["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"]
# gen as it is installed: its modules are compiled once, not in each run, as PYTHONDONTWRITEBYTECODE
# would have it.
AS_INSTALLED = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}
Command = tuple[str, tuple[str, ...], Callable[[], None]]


@dataclass(frozen=True)
class Facts:
    inputs: int
    outputs: int
    bytes: int
    changed: int  # files of the output, by one tenant; 0 where nothing was published


def spent(
    command: tuple[str, ...], env: Mapping[str, str] | None = None, expect: tuple[int, ...] = (0,)
) -> tuple[float, float, float]:
    """(processor s, clock s, most memory MB) of a fresh process and those it starts."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=TOP,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**AS_INSTALLED, **(env or {})},
    )
    said = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in expect:
        sys.exit(f"{' '.join(command)}: {said.decode(errors='replace')}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024


class Job:
    """A city, what is done there, and the floor beside it. It holds no file in memory: a process
    counts as its own the most that the one which started it had."""

    def __init__(self, place: Path, size: Size, published: bool) -> None:
        self.place, self.root, self.published = place, place / "city", published
        files = city(size)
        write(self.root, files)
        self.inputs, self.turn = len(files), 0
        (self.root / ".gitignore").write_text("/build*/\n")
        if published:
            git(place, "init", "-q", "--bare", "-b", "main", "remote.git")
            git(self.root, "init", "-q", "-b", "main")
            git(self.root, "remote", "add", "origin", "../remote.git")
            self.commit()

    def env(self, number: int) -> dict[str, str]:
        """Each round has a cache of its own."""
        return {
            "XDG_CACHE_HOME": str(self.place / f"cache{number}"),
            "XDG_STATE_HOME": str(self.place / "state"),
        }

    def commit(self) -> None:
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", "the city")

    def edit(self) -> None:
        """A tenant takes another lane, and what was written before is a moment old, as it is when
        people work."""
        self.turn += 1
        time.sleep(0.1)
        (self.root / tenant(self.turn)).write_text(rules(self.turn, f"env-{self.turn % 2:02}"))
        time.sleep(0.1)

    def write(self, path: str, text: str) -> None:
        """A file, as people write it: a moment after what was written before."""
        time.sleep(0.1)
        (self.root / path).write_text(text)
        time.sleep(0.1)

    def change(self, path: str, pattern: str, instead: str) -> None:
        """A file in which one thing is another."""
        text, found = re.subn(pattern, instead, (self.root / path).read_text(), count=1)
        if not found:
            sys.exit(f"nothing in {path} is {pattern}")
        self.write(path, text)

    def leave(self, path: str) -> None:
        time.sleep(0.1)
        (self.root / path).unlink()
        time.sleep(0.1)

    def edits(self, number: int) -> Iterator[tuple[str, Callable[[], None]]]:
        """(what, how) of the edits that no tenant makes, in this round."""
        first = "environments/env-00/environment.yaml"
        tag, here = f"{{tag: x{number}}}", "environments/env-00/branches"
        branch = partial(self.write, f"{here}/new-{number}.yaml", f"runs:\n  service-000: {tag}\n")
        lane = partial(self.write, f"environments/lanes/new-{number}.yaml", "through: [env-00]\n")
        service, base = (
            f"environments/services/service-{11 + number % 9:03}.yaml",
            "overlays/base/service-005",
        )
        call = partial(self.change, service, r"calls: \[([^,]*), (.*)\]", r"calls: [\2]")
        yield "branch's tag", partial(self.change, f"{here}/branch-000.yaml", r"{tag: \w+}", tag)
        yield "environment's tag", partial(self.change, first, r"{tag: [\w.]+}", tag)
        yield "new branch", branch
        yield "branch gone", partial(self.leave, f"{here}/new-{number}.yaml")
        yield "lane", lane
        yield "one call less", call
        yield "base", partial(self.change, f"{base}/deployment.yaml", r"\Z", f"# {number}\n")

    def edit_and_commit(self) -> None:
        self.edit()
        self.commit()

    def floor(self, number: int) -> Iterator[tuple[str, float, float]]:
        """(name, processor s, clock s) of libyaml over the input, and of hashing and `git
        fast-import` of the output."""
        out, stream = str(self.root / f"build{number}-new"), str(self.place / "stream")
        into = self.place / f"floor{number}.git"
        for name, what, folder in (
            ("floor: parse", "parse", str(self.root / "environments")),
            ("floor: hash", "hash", out),
        ):
            cpu, wall = map(float, said(sys.executable, "-m", "bench.floor", what, folder).split())
            yield name, cpu, wall
        said(sys.executable, "-m", "bench.floor", "stream", out, stream)
        git(self.place, "init", "-q", "--bare", str(into))
        take = ("sh", "-c", f"exec git -C {into} fast-import --quiet < {stream}")
        cpu, wall, _ = spent(take)
        yield "floor: import", cpu, wall

    def commands(self, number: int) -> Iterator[Command]:
        """(name, command, what comes before) in the order of a day; where nothing is published,
        what tells of growth."""

        def nothing() -> None: ...

        root, out = ("-C", str(self.root)), str(self.root / f"build{number}")
        branch = f"deploy{number}"
        first = self.commit if self.published else nothing
        yield "build, no cache", ("--no-cache", *root, "build", "--out", out + "-new"), first
        yield "build, cold", (*root, "build", "--out", out), nothing
        if self.published:
            yield "build, nothing changed", (*root, "build", "--out", out), nothing
        yield "build, one tenant", (*root, "build", "--out", out), self.edit
        yield "validate, one tenant", (*root, "validate"), self.edit
        if not self.published:
            return
        yield "validate, no cache", ("--no-cache", *root, "validate"), nothing
        yield "diff, one tenant", (*root, "diff"), nothing
        yield "explain", (*root, "explain", "--tenant", "tenant-00007"), nothing
        yield "publish, first", (*root, "publish", "--branch", branch), self.commit
        yield "publish, nothing changed", (*root, "publish", "--branch", branch), nothing
        yield "publish, one tenant", (*root, "publish", "--branch", branch), self.edit_and_commit
        for what, how in self.edits(number):
            yield f"build, {what}", (*root, "build", "--out", out), how

    def facts(self) -> Facts:
        files = (path for path in (self.root / "build0-new").rglob("*") if path.is_file())
        out = [path.stat().st_size for path in files]
        changed: list[str] = []
        if self.published:
            names = ("diff", "--name-only", "deploy0^", "deploy0")
            changed = git(self.place / "remote.git", *names).splitlines()
        return Facts(self.inputs, len(out), sum(out), len(changed))


def gen(root: Path, *arguments: str) -> None:
    subprocess.run(
        [*GEN, "-C", str(root), *arguments],
        cwd=TOP,
        env=AS_INSTALLED,
        check=True,
        capture_output=True,
    )


def said(*command: str) -> str:
    return subprocess.run(
        command, cwd=TOP, env=AS_INSTALLED, check=True, capture_output=True, text=True
    ).stdout


def git(where: Path, *arguments: str) -> str:
    return subprocess.run(
        [*GIT, *arguments], cwd=where, check=True, capture_output=True, text=True
    ).stdout
