"""Small repositories in memory to publish from and to, and processes that can be killed while they do."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from generator.io.git import Repository
from generator.io.guards import Publication, Receipt
from generator.io.publish import publish
from generator.vocabulary.files import FileSet
from generator.vocabulary.refusal import Refusal
from tests.conftest import compiled, write

BRANCH = "refs/heads/deploy"
WHO = {
    "GIT_AUTHOR_NAME": "x",
    "GIT_AUTHOR_EMAIL": "x@localhost",
    "GIT_COMMITTER_NAME": "x",
    "GIT_COMMITTER_EMAIL": "x@localhost",
}
MEMORY = Path("/dev/shm")  # killed processes leave no disk to wait for
LOST = 9  # exit code of a child that met what it should not have


def git(where: Path, *words: str, check: bool = True, stdin: str = "") -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_")
    } | WHO
    done = subprocess.run(
        ["git", *words],
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        input=stdin,
    )
    if check and done.returncode:
        raise RuntimeError(f"git {' '.join(words)}: {done.stderr}")
    return done.stdout.strip()


class World:
    """A bare remote, and clones whose HEADs are the commits 0 … n-1 of one line of history; `files[i]` is what commit i
    compiles to. All clones know all commits."""

    def __init__(self, commits: int) -> None:
        self.folder = Path(
            tempfile.mkdtemp(prefix="gen-torture-", dir=MEMORY if MEMORY.is_dir() else None)
        )
        self.remote = self.folder / "remote.git"
        git(self.folder, "init", "-q", "--bare", str(self.remote))
        source = self.folder / "source"
        source.mkdir()
        git(source, "init", "-q", "-b", "main")
        git(source, "remote", "add", "origin", str(self.remote))
        self.files: list[FileSet] = []
        self.commits: list[str] = []
        for index in range(commits):
            changes = {
                "environments/test/branches/login.yaml": f"runs:\n  api: {{tag: b{index}}}\n"
            }
            changes |= {
                f"environments/tenants/t{index}.yaml": f"match: [{{header: {{x-tenant: t{index}}}}}]\nlane: test/login\n"
            }
            write(source, changes)
            git(source, "add", "-A")
            git(source, "commit", "-q", "-m", f"commit {index}")
            self.commits.append(git(source, "rev-parse", "HEAD"))
            self.files.append(compiled(changes).files)
        self.clones = [self._clone(source, index) for index in range(commits)]
        self.trees = [self._tree(index) for index in range(commits)]
        self.reset(None)

    def _clone(self, source: Path, index: int) -> Path:
        clone = self.folder / f"clone-{index}"
        shutil.copytree(source, clone)
        git(clone, "checkout", "-q", "-B", "main", self.commits[index])
        return clone

    def _tree(self, index: int) -> str:
        """The tree that the output branch must have for a commit."""
        self.reset(None)
        self.publish(index)
        return git(self.remote, "rev-parse", f"{BRANCH}^{{tree}}")

    def publish(self, index: int, **settings: object) -> Receipt:
        """Publishes commit `index`, as `gen publish` does in its clone."""
        return publish(
            Repository(self.clones[index]),
            lambda tip: (self.files[index], ()),
            Publication("deploy", **settings),
        )  # type: ignore[arg-type]

    def tip(self) -> str | None:
        return git(self.remote, "rev-parse", "--verify", "--quiet", BRANCH, check=False) or None

    def tree(self) -> str | None:
        return (
            git(self.remote, "rev-parse", "--verify", "--quiet", f"{BRANCH}^{{tree}}", check=False)
            or None
        )

    def reset(self, commit: str | None) -> None:
        """Puts the output branch, and the tags that its Applications name, where a case begins."""
        wanted = (
            {
                BRANCH,
                *git(
                    self.remote,
                    "grep",
                    "-h",
                    "-o",
                    'refs/tags/gen/[^" ]*',
                    commit,
                    "--",
                    "argocd/applications",
                    check=False,
                ).split(),
            }
            if commit
            else set()
        )
        there = set(
            git(
                self.remote, "for-each-ref", "--format=%(refname)", BRANCH, "refs/tags/gen/"
            ).split()
        )
        lines = [
            *(f"delete {ref}" for ref in there - wanted),
            *(f"update {ref} {commit}" for ref in wanted),
        ]
        git(
            self.remote,
            "-c",
            "core.hooksPath=/dev/null",
            "update-ref",
            "--stdin",
            stdin="".join(f"{line}\n" for line in lines),
        )

    def save(self) -> None:
        """Keeps the remote and the clones as they are."""
        self.saved = self.folder / "saved"
        for place in (self.remote, *self.clones):
            shutil.copytree(place, self.saved / place.name)

    def renew(self) -> list[str]:
        """Puts them back, and tells what was not sound. Each publish leaves a pack in its clone, as it does where clones live
        for one run, and after hundreds of rounds all of git's time would go into looking through packs."""
        said = self.sound()
        for place in (self.remote, *self.clones):
            shutil.rmtree(place)
            shutil.copytree(self.saved / place.name, place)
        return said

    def unpinned(self, cut_short: bool = False) -> list[str]:
        """What is wrong with the Applications on the branch: the revision that one names is missing, or holds something
        else in its folder than the branch does. A server whose own update of refs was `cut_short` may lack some: git moves
        them one by one, the branch first."""
        if (tip := self.tip()) is None:
            return []
        lines = git(
            self.remote,
            "grep",
            "-h",
            "-E",
            "^    (targetRevision|path): ",
            tip,
            "--",
            "argocd/applications",
        ).splitlines()
        words = [line.split(": ")[1].strip('"') for line in lines]
        asked = [
            (revision, folder)
            for revision, folder in zip(words[::2], words[1::2], strict=True)
            if folder.startswith("overlays/")
        ]
        names = [
            *(f"{revision}:{folder}" for revision, folder in asked),
            *(f"{tip}:{folder}" for _, folder in asked),
        ]
        found = git(
            self.remote,
            "cat-file",
            "--batch-check=%(objectname)",
            stdin="".join(f"{name}\n" for name in names),
        ).splitlines()
        held, meant = found[: len(asked)], found[len(asked) :]
        lost = [
            name
            for name, one, other in zip(names, held, meant, strict=False)
            if one != other and not (cut_short and one.endswith(" missing"))
        ]
        return [f"Applications name what is not there: {lost}"] if lost or not asked else []

    def sound(self, *places: Path) -> list[str]:
        """What git's own check says of repositories; nothing if all is well."""
        said = []
        for place in places or (self.remote, *self.clones):
            done = subprocess.run(
                ["git", "fsck", "--no-dangling", "--no-progress", "--connectivity-only"],
                cwd=place,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                said.append(f"git fsck in {place.name}: {done.stderr.strip()[:300]}")
        return said

    def forget(self, index: int) -> None:
        """Takes from a clone what it knows of the output branch."""
        for ref in git(
            self.clones[index], "for-each-ref", "--format=%(refname)", "refs/gen/"
        ).split():
            git(self.clones[index], "update-ref", "-d", ref)
        git(self.clones[index], "prune", "--expire=now")

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def child(work: Callable[[], object], prepare: Callable[[], None] = lambda: None) -> int:
    """Starts `work` in a process group of its own, and answers its number. It ends with 0, or with a refusal's code."""
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    code = LOST
    try:
        os.setsid()
        prepare()
        work()
        code = 0
    except Refusal as refusal:
        code = refusal.exit_code
    finally:
        os._exit(code)


def wait(process: int) -> int:
    """Exit code of a child; negative if a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def kill(process: int) -> None:
    """Ends a child and all that it started, as a machine that loses its power."""
    for end in (
        lambda: os.killpg(process, signal.SIGKILL),
        lambda: os.kill(process, signal.SIGKILL),
    ):
        with contextlib.suppress(ProcessLookupError):
            end()
    wait(process)


def patience(check: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
