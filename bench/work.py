"""What is measured: the floor, and the commands of a day in a city."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.city import Size, city, rules, tenant, write

TOP = Path(__file__).parent.parent
GEN = (sys.executable, "-m", "generator")
WHO = ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0")
Spent = tuple[float, float]


@dataclass(frozen=True)
class Facts:
    inputs: int
    outputs: int
    bytes: int
    changed: int  # files of the output, by one tenant


def spent(command: tuple[str, ...], env: Mapping[str, str] | None = None, expect: tuple[int, ...] = (0,)) -> tuple[float, float, float]:
    """(processor s, clock s, most memory MB) of a fresh process and those it starts."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
    said = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in expect:
        sys.exit(f"{' '.join(command)}: {said.decode(errors='replace')}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024


class Job:
    """A city with its clone and remote, and what is done there."""

    def __init__(self, place: Path, size: Size) -> None:
        self.place, self.root = place, place / "city"
        self.files = city(size)
        write(self.root, self.files)
        (self.root / ".gitignore").write_text("/build*/\n")
        git(place, "init", "-q", "--bare", "-b", "main", "remote.git")
        git(self.root, "init", "-q", "-b", "main")
        git(self.root, "remote", "add", "origin", "../remote.git")
        self.commit()
        self.turn = 0
        spent((*GEN, "-C", str(self.root), "build", "--out", str(self.root / "build-floor")), self.env(-1))
        self.out = {str(path.relative_to(self.root / "build-floor")): path.read_bytes() for path in (self.root / "build-floor").rglob("*") if path.is_file()}

    def env(self, number: int) -> dict[str, str]:
        """Each round has a cache of its own."""
        return {"XDG_CACHE_HOME": str(self.place / f"cache{number}"), "XDG_STATE_HOME": str(self.place / "state")}

    def commit(self) -> None:
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", "the city")

    def edit(self) -> None:
        """A tenant takes another lane, and what was written before is a moment old, as it is when people work."""
        self.turn += 1
        time.sleep(0.1)
        (self.root / tenant(self.turn)).write_text(rules(self.turn, f"env-{self.turn % 2:02}"))
        time.sleep(0.1)

    def edit_and_commit(self) -> None:
        self.edit()
        self.commit()

    def floor(self) -> dict[str, Spent]:
        """libyaml over the input, `git fast-import` of the output, and hashing it."""
        inputs = [text.encode() for path, text in self.files.items() if path.startswith("environments/")]
        parse = lap(lambda: [yaml.load(raw, yaml.CSafeLoader) for raw in inputs])
        stream = [b"commit refs/heads/x\ncommitter x <x> 0 +0000\ndata 1\nx\n"]
        stream += [b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content) for path, content in sorted(self.out.items())]
        whole, into = self.place / "stream", self.place / f"floor{time.monotonic_ns()}.git"
        whole.write_bytes(b"".join(stream))
        git(self.place, "init", "-q", "--bare", str(into))
        cpu, wall, _ = spent(("sh", "-c", f"exec git -C {into} fast-import --quiet < {whole}"))
        return {"floor: parse": parse, "floor: import": (cpu, wall)}

    def commands(self, number: int) -> Iterator[tuple[str, tuple[str, ...], Callable[[], None]]]:
        """(name, command, what comes before) in the order of a day."""
        def nothing() -> None: ...

        root, out = ("-C", str(self.root)), str(self.root / f"build{number}")
        yield "build, no cache", ("--no-cache", *root, "build", "--out", out + "-new"), nothing
        yield "build, cold", (*root, "build", "--out", out), nothing
        yield "build, nothing changed", (*root, "build", "--out", out), nothing
        yield "build, one tenant", (*root, "build", "--out", out), self.edit
        yield "validate, no cache", ("--no-cache", *root, "validate"), nothing
        yield "validate, one tenant", (*root, "validate"), self.edit
        yield "diff, one tenant", (*root, "diff"), nothing
        yield "explain", (*root, "explain", "--tenant", "tenant-00007"), nothing
        yield "publish, first", (*root, "publish", "--branch", f"deploy{number}"), self.commit
        yield "publish, nothing changed", (*root, "publish", "--branch", f"deploy{number}"), nothing
        yield "publish, one tenant", (*root, "publish", "--branch", f"deploy{number}"), self.edit_and_commit

    def facts(self) -> Facts:
        changed = git(self.place / "remote.git", "diff", "--name-only", "deploy0^", "deploy0").splitlines()
        return Facts(len(self.files), len(self.out), sum(map(len, self.out.values())), len(changed))


def gen(root: Path, *arguments: str) -> None:
    subprocess.run([*GEN, "-C", str(root), *arguments], cwd=TOP, check=True, capture_output=True)


def lap(what: Callable[[], object]) -> Spent:
    cpu, wall = time.process_time(), time.perf_counter()
    what()
    return time.process_time() - cpu, time.perf_counter() - wall


def git(where: Path, *arguments: str) -> str:
    return subprocess.run(["git", *WHO, *arguments], cwd=where, check=True, capture_output=True, text=True).stdout
