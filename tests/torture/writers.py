"""Writers of one configuration repository: all at once, killed at any time, and beside the usual loop."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from generator.edits.deploy import Deploy
from generator.edits.edit import Edit
from generator.edits.state import State
from generator.io.environment import clean
from generator.io.git import Repository
from generator.io.landing import Asked, Landing
from generator.io.origin import of_url
from generator.io.revision import read_commit
from generator.io.scratch import Scratch
from tests.conftest import write
from tests.torture.world import MEMORY, child, git, kill, wait

WHO = "x <x@localhost>"


class House:
    """A bare remote with a configuration, and edits for it: of the same files and of others, none of the same key."""

    def __init__(self, more: dict[str, str] | None = None) -> None:
        self.folder = Path(
            tempfile.mkdtemp(prefix="gen-writers-", dir=MEMORY if MEMORY.is_dir() else None)
        )
        self.remote, source = self.folder / "remote.git", self.folder / "source"
        git(self.folder, "init", "-q", "--bare", "-b", "main", str(self.remote))
        git(self.folder, "init", "-q", "-b", "main", str(source))
        write(source, more or {})
        git(source, "add", "-A")
        git(source, "commit", "-q", "-m", "first")
        git(source, "push", "-q", str(self.remote), "main")
        self.first = git(self.remote, "rev-parse", "main")

    def reset(self) -> None:
        git(self.remote, "update-ref", "refs/heads/main", self.first)
        for ref in git(self.remote, "for-each-ref", "--format=%(refname)", "refs/gen").split():
            git(self.remote, "update-ref", "-d", ref)

    def land(self, edit: Edit, url: str = "", patience: float = 300) -> int:
        """As `gen … --push` does; the number of pushes."""
        with (
            tempfile.TemporaryDirectory(dir=self.folder) as folder,
            closing(Scratch(Path(folder), of_url(url or str(self.remote), Path()))) as scratch,
        ):
            Landing(scratch, edit, Asked(None, WHO, WHO, patience), lambda _: None).run()
            return scratch.pushes

    def start(self, edit: Edit, gate: int) -> int:
        return child(lambda: (clean(), os.read(gate, 1), self.land(edit)))

    def wrong(self, edits: Sequence[Edit]) -> list[str]:
        """What is not as it must be when all have landed: each once, in one line, a valid whole, and nothing left over."""
        said = git(self.remote, "log", "--format=%P|%s", f"{self.first}..main").splitlines()
        subjects = [line.partition("|")[2] for line in said]
        wanted = [edit.subject for edit in edits]
        wrong = [] if sorted(subjects) == sorted(wanted) else [f"landed: {sorted(subjects)}"]
        wrong += [f"a merge: {line}" for line in said if " " in line.partition("|")[0]]
        State(read_commit(Repository(self.remote), "main")).validate()
        if left := git(self.remote, "for-each-ref", "--format=%(refname)", "refs/gen"):
            wrong.append(f"left over: {left}")
        git(self.remote, "fsck", "--strict", "--no-dangling")
        return wrong

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def edits(count: int) -> list[Edit]:
    """Two of one file, and a branch for each of the others."""
    some: list[Edit] = [Deploy("test", {"web": "w0"}), Deploy("test", {"api": "a0"})]
    return [*some, *(Deploy(f"test/b{number}", {"web": "v1"}) for number in range(count))][:count]


def racing(count: int, rounds: int, seed: int) -> list[str]:
    """All at once: each lands once."""
    house, wrong = House(), list[str]()
    try:
        for _ in range(rounds):
            house.reset()
            gate, opened = os.pipe()
            processes = [house.start(edit, gate) for edit in edits(count)]
            os.write(opened, b"x" * count)
            codes = [wait(process) for process in processes]
            os.close(gate), os.close(opened)
            wrong += [f"a writer of {count}: exit {code}" for code in codes if code]
            wrong += house.wrong(edits(count))
    finally:
        house.close()
    return wrong


def killed(count: int, rounds: int, seed: int) -> list[str]:
    """Half of them lose their power at some time; what is run again afterwards changes nothing that has landed."""
    dice, house, wrong = random.Random(seed), House(), list[str]()
    try:
        for _ in range(rounds):
            house.reset()
            gate, opened = os.pipe()
            processes = [house.start(edit, gate) for edit in edits(count)]
            os.write(opened, b"x" * count)
            for process in dice.sample(processes, count // 2):
                time.sleep(dice.uniform(0, 1.5 / count))
                kill(process)
                processes.remove(process)
            wrong += [f"a writer that lived: exit {code}" for p in processes if (code := wait(p))]
            os.close(gate), os.close(opened)
            State(read_commit(Repository(house.remote), "main")).validate()
            for lock in house.remote.rglob("*.lock"):  # of pushes that were killed at the server
                lock.unlink()
            for edit in edits(count):
                house.land(edit)
            house.land(Deploy("test", {"web": "last"}))  # and does what the dead left
            wrong += house.wrong([*edits(count), Deploy("test", {"web": "last"})])
    finally:
        house.close()
    return wrong
