"""One repository on one server, and a clone that publishes to it."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from generator.command.main import run
from generator.io.terminal import Terminal
from tests.conftest import Files, compiled, write
from tests.torture.servers.server import Server
from tests.torture.world import BRANCH, git


class Site:
    """`server` has an empty repository `name`; `clone` is its only writer, commit by commit."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        self.url = server.project(name)
        self.folder = Path(tempfile.mkdtemp(prefix="gen-site-", dir="/tmp"))
        self.clone = self.folder / "clone"
        self.changes: Files = {}
        git(self.folder, "init", "-q", "-b", "main", str(self.clone))
        git(self.clone, "remote", "add", "origin", self.url)
        for key, value in server.settings.items():
            git(self.clone, "config", key, value)
        self.said = ""
        self.number = 0
        self.edit()

    def edit(self, more: Files | None = None) -> None:
        """A merge: one more tenant, and another version in a branch, so that pins of both move."""
        self.number += 1
        self.changes |= {
            f"environments/tenants/t{self.number}.yaml": (
                f"match: [{{header: {{x-tenant: t{self.number}}}}}]\nlane: test\n"
            ),
            "environments/test/branches/login.yaml": f"runs:\n  api: {{tag: b{self.number}}}\n",
            **(more or {}),
        }
        write(self.clone, self.changes)
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", f"merge {self.number}")

    def gen(self, *words: str) -> int:
        """Exit code of a command in the clone; `said` is all that it said."""
        out = io.StringIO()
        code = run(["-C", str(self.clone), *words], Terminal(out, out))
        self.said = out.getvalue()
        return code

    def tip(self) -> str:
        return self.server.git(self.name, "for-each-ref", "--format=%(objectname)", BRANCH)

    def tags(self) -> set[str]:
        listed = self.server.git(self.name, "for-each-ref", "--format=%(refname)", "refs/tags/gen/")
        return set(listed.split())

    def holds(self) -> bool:
        """Whether the branch holds what the clone's commit compiles to, byte for byte."""
        if not self.tip():
            return False
        listed = self.server.git(self.name, "ls-tree", "-r", "--full-tree", BRANCH).splitlines()
        there = {line.partition("\t")[2]: line.split()[2] for line in listed}
        files = compiled(self.changes).files
        return there == {path: files.id(path) for path in files}

    def wrong(self) -> list[str]:
        """What does not hold after a publish that went through."""
        found = [] if self.holds() else ["the branch is not what the commit compiles to"]
        if self.gen("verify"):
            found.append(f"verify says {self.said}")
        return found + self.broken()

    def broken(self) -> list[str]:
        """What git's own check says, and a password that was told."""
        said = self.server.git(
            self.name, "fsck", "--no-dangling", "--no-progress", "--connectivity-only"
        )
        return [f"fsck says {said}"] if said else []

    def go_to(self, url: str) -> None:
        git(self.clone, "remote", "set-url", "origin", url)

    def set(self, key: str, value: str) -> None:
        git(self.clone, "config", key, value)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
