"""A scratch clone of a configuration repository: bare, shallow, thrown away.

GitPython fetches, pushes and reads its history. Nothing is ever checked out, so nothing that the
repository holds (hooks, filters, modules, links) is run or followed. The settings of gen's own git
hold here too, and of the user's clone those by which it reaches its remote.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from git import RemoteProgress, Repo
from git.exc import GitCommandError, GitCommandNotFound, UnsafeProtocolError
from git.remote import PushInfo

from generator.io.environment import cleaned
from generator.io.git import PROTECTED, GitFailed, Repository, redact
from generator.io.origin import Origin
from generator.io.signing import Signer
from generator.vocabulary import names
from generator.vocabulary.refusal import Refusal

logging.getLogger("git").setLevel(logging.CRITICAL)  # what git said, gen tells itself

PENDING = "refs/gen/pending/"
TIP, OUT, HEAD = "refs/gen/tip", "refs/gen/out", "refs/gen/head"
TRAILER = "Gen-Edit"
# A table of refs is bound to one form of names, and which the remote has is not known yet.
LOOSE_REFS = {"GIT_DEFAULT_REF_FORMAT": "files"}
_LONG = 64  # letters of a name by SHA-256
_AUTHOR = re.compile(rb"^author (.*>) [0-9]+ [+-][0-9]{4}$", re.MULTILINE)
_ID = r"[0-9a-f]{12}-[0-9a-f]{16}"
_ANY = re.compile(rf"{PENDING}(?P<branch>.+)/(?P<id>{_ID})")


@dataclass(frozen=True, slots=True)
class Look:
    """What a remote said: the branch's commit, and the edits that wait for it (id → object)."""

    branch: str
    tip: str
    pending: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """A commit to be: `author` is `Name <address>`."""

    files: Mapping[str, bytes | None]
    author: str
    message: str


class Scratch:
    """One clone, in a folder of its own."""

    def __init__(self, folder: Path, origin: Origin) -> None:
        self.origin = origin
        self.pushes = 0
        try:
            self.repo = Repo.init(folder, bare=True, expand_vars=False, env=LOOSE_REFS)
        except GitCommandNotFound:
            raise Refusal("git is not installed", "install git") from None
        self.repo.git.set_persistent_git_options(c=list(PROTECTED))
        self.repo.git.update_environment(**{**cleaned(os.environ), **origin.environment})
        try:
            self.remote = self.repo.create_remote("origin", origin.url)
        except UnsafeProtocolError:
            raise Refusal(
                f"{origin.called} is reached by a protocol that runs commands",
                "give a URL of https, ssh, git or file",
                exit_code=2,
            ) from None
        self.repository = Repository(folder)
        self.signer: Signer | None = None
        self._deep = False
        self.lying: Mapping[str, str] = {}  # edits that wait, as they were fetched

    def close(self) -> None:
        self.repo.close()

    def look(self, branch: str | None) -> Look:
        """Asks the remote; without a branch, for the one that it calls its own."""
        head = "HEAD" if branch is None else f"refs/heads/{branch}"
        with self._heard("ls-remote"):
            out = str(self.repo.git.ls_remote("--symref", "--", "origin", head, f"{PENDING}*"))
        refs: dict[str, str] = {}
        for line in out.split("\n"):
            target, _, name = line.partition("\t")
            if name == "HEAD" and target.startswith("ref: refs/heads/"):
                branch = target.removeprefix("ref: refs/heads/")
            else:
                refs[name] = target
        if len(refs.get(head, "")) == _LONG:
            self._rename()
        if branch is None or head not in refs:
            raise Refusal(
                f"there is no branch {branch or ''} at {self.origin.called}".replace("  ", " "),
                "name one with --branch",
            )
        if not names.matches(names.GIT_BRANCH, branch):
            raise Refusal(f"gen writes to no branch of the name {branch[:100]}", "name another")
        return Look(branch, refs[head], _pending(refs, branch))

    def _rename(self) -> None:
        """Names objects as the remote does: nothing is here yet."""
        if self.repository.form == "sha1":
            self.repo.git.config("core.repositoryFormatVersion", "1")
            self.repo.git.config("extensions.objectFormat", "sha256")
            self.repository = Repository(self.repository.root)

    def fetch(self, branch: str, waiting: bool) -> str:
        """Brings the branch, and (if asked) the edits that wait for it; the commit that the branch
        is at."""
        refs = [f"+refs/heads/{branch}:{TIP}"]
        if waiting:
            refs.append(f"+{PENDING}{branch}/*:{PENDING}{branch}/*")
        how: dict[str, Any] = {"prune": True} if self._deep else {"depth": 1}
        with self._heard("fetch"):
            self.remote.fetch(refs, no_tags=True, recurse_submodules="no", **how)
        self._deep = True
        if waiting:
            self.lying = self._lying(branch)
        return self.repository.text("rev-parse", "--verify", f"{TIP}^{{commit}}")

    def tip(self, branch: str) -> str | None:
        """The commit that a branch is at, without bringing it."""
        ref = f"refs/heads/{branch}"
        with self._heard("ls-remote"):
            out = str(self.repo.git.ls_remote("--", "origin", ref))
        found = (line.partition("\t") for line in out.split("\n"))
        return next((target for target, _, name in found if name == ref), None)

    def bring(self, branch: str, ref: str, *how: str) -> str:
        """Brings a branch to a ref of this clone's; the commit that it is at."""
        with self._heard("fetch"):
            words = ("--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", *how)
            self.repo.git.fetch(*words, "--", "origin", f"+refs/heads/{branch}:{ref}")
        return self.repository.text("rev-parse", "--verify", f"{ref}^{{commit}}")

    def proposed(self, head: str) -> tuple[str, str] | None:
        """The commit at a branch of gen's own, and its text; None without one."""
        if self.tip(head) is None:
            return None
        commit = self.bring(head, HEAD, "--depth=1")
        return commit, self.repository.git("cat-file", "commit", commit).decode("utf-8", "replace")

    def propose(self, head: str, commit: str, before: str | None) -> None:
        """Puts a branch of gen's own where a pull request is to begin, if it is still where it
        was."""
        self.repository.git("update-ref", OUT, commit)
        ref = f"refs/heads/{head}"
        self._push([f"{OUT}:{ref}"], [f"{ref}:{before or ''}"])

    def _lying(self, branch: str) -> dict[str, str]:
        told = self.repository.text(
            "for-each-ref", "--format=%(objectname)%09%(refname)", PENDING
        ).split("\n")
        lines = [line.partition("\t") for line in told if line]
        return _pending({name: target for target, _, name in lines}, branch)

    def landed(self, base: str, tip: str, edit: str) -> str | None:
        """The commit between two that an edit became."""
        form = f"--format=%H %(trailers:key={TRAILER},valueonly,separator=%x20)"
        for line in str(self.repo.git.log(form, f"{base}..{tip}", "--")).splitlines():
            commit, *parents = line.split()
            if edit in parents:
                return commit
        return None

    def signed(self, kind: str | None) -> None:
        """Has all that is committed from now on signed, as platform.yaml says."""
        settings = self.origin.environment
        self.signer = Signer(self.repository, kind, settings) if kind else None

    def commits(self, tip: str, steps: Sequence[Step], committer: str) -> str:
        """A commit for each step, one on the other."""
        stream, below = [], tip
        for mark, step in enumerate(steps, 1):
            message = step.message.encode()
            stream.append(f"commit refs/heads/next\nmark :{mark}\n".encode())
            stream.append(f"author {step.author} now\ncommitter {committer} now\n".encode())
            stream.append(b"data %d\n%s\nfrom %s\n" % (len(message), message, below.encode()))
            stream += [self._file(path, raw) for path, raw in step.files.items()]
            below = f":{mark}"
        stream += [b"get-mark :%d\n" % mark for mark in range(1, len(steps) + 1)]
        made = self.repository.write(b"".join(stream) + b"done\n").split()
        if self.signer is None:
            return made[-1]
        for commit, step in zip(made, steps, strict=True):  # the same, each with a signature
            tree, message = f"{commit}^{{tree}}", step.message.encode()
            tip = self.signer.commit(tree, [tip], message, step.author, committer)
        return tip

    def _file(self, path: str, raw: bytes | None) -> bytes:
        if not names.matches(r"[A-Za-z0-9_][A-Za-z0-9_. -]*(/[A-Za-z0-9_][A-Za-z0-9_. -]*)*", path):
            raise Refusal(f"gen writes no file of the name {path[:200]}", "rename it by hand")
        whole = f"{self.origin.prefix}{path}".replace("\\", "\\\\").replace('"', '\\"').encode()
        if raw is None:
            return b'D "%s"\n' % whole
        return b'M 100644 inline "%s"\ndata %d\n%s\n' % (whole, len(raw), raw)

    def push(self, look: Look, commit: str) -> None:
        """The branch, if it is still where it was."""
        self.repository.git("update-ref", OUT, commit)
        head = f"refs/heads/{look.branch}"
        self._push([f"{OUT}:{head}"], [f"{head}:{look.tip}"])

    def submit(self, branch: str, edit: str, text: str, author: str) -> None:
        """Lays an edit down beside the branch, as the message of a commit without files."""
        if self.signer:
            tree = self.repository.git("mktree").decode().strip()
            commit = self.signer.commit(tree, [], text.encode(), author, author)
        else:
            message = text.encode()
            head = f"commit refs/heads/next\nmark :1\nauthor {author} now\ncommitter {author} now\n"
            told = b"%sdata %d\n%s\nget-mark :1\ndone\n" % (head.encode(), len(message), message)
            commit = self.repository.write(told)
        ref = f"{PENDING}{branch}/{edit}"
        self.repository.git("update-ref", ref, commit)
        self.lying = {**self.lying, edit: commit}
        self._push([f"{ref}:{ref}"], [f"{ref}:"])

    def withdraw(self, branch: str, edits: Mapping[str, str]) -> None:
        """Takes edits away where they still are what they were; what stays harms nobody."""
        refs = {f"{PENDING}{branch}/{edit}": target for edit, target in edits.items()}
        if refs:
            with contextlib.suppress(GitFailed):
                self._push([f":{ref}" for ref in refs], [f"{r}:{t}" for r, t in refs.items()])

    def waiting(self) -> Iterator[tuple[str, str, str]]:
        """(id, author, text) of the edits that were fetched, in the order of asking."""
        edits = sorted(self.lying)
        contents = self.repository.blobs([self.lying[edit] for edit in edits])
        for edit, content in zip(edits, contents, strict=True):
            head, _, message = content.partition(b"\n\n")
            author = _AUTHOR.search(head)
            with contextlib.suppress(UnicodeDecodeError):
                if author is not None:  # else it is no commit
                    yield edit, author[1].decode(), message.decode()

    def _push(self, refs: list[str], leases: list[str]) -> None:
        self.pushes += 1
        heard = RemoteProgress()
        try:
            told = self.remote.push(
                refs, progress=heard, no_verify=True, force_with_lease=leases, follow_tags=False
            )
        except GitCommandError as error:
            raise _failed("push", heard, [], str(error.stderr or "")) from None
        refused = [info for info in told if info.flags & PushInfo.ERROR]
        if told.error is not None or refused:
            raise _failed("push", heard, refused, "")

    @contextlib.contextmanager
    def _heard(self, what: str) -> Iterator[None]:
        try:
            yield
        except GitCommandError as error:
            raise _failed(what, RemoteProgress(), [], str(error.stderr or error)) from None


def _pending(refs: Mapping[str, str], branch: str) -> dict[str, str]:
    pending = {}
    for name, target in refs.items():
        match = _ANY.fullmatch(name)
        if match and match["branch"] == branch:
            pending[match["id"]] = target
    return pending


def _failed(what: str, heard: RemoteProgress, refused: Sequence[PushInfo], error: str) -> GitFailed:
    """What git said, in lines."""
    lines = [*heard.other_lines, *heard.error_lines]
    lines += [f"{info.remote_ref_string}: {info.summary.strip()}" for info in refused]
    said = "\n".join([*lines, error.strip()]).strip()
    return GitFailed(
        f"git {what}: {redact(said)[-2000:] or 'failed'}",
        "fix what git reports, and run the command again; nothing was pushed",
    )
