"""The only place that runs git: a handful of plumbing commands on the user's clone.

git is called directly, not through a library: a library hands it the whole environment and joins options and
arguments, and both have been ways in. Here no word from a repository is ever an option, hooks and the configuration
of machine and user do not apply (the clone's own does: CI puts its credentials there), nothing prompts, and what git
says is stripped of credentials before anybody sees it.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from generator.vocabulary import names
from generator.vocabulary.refusal import Refusal

_KEPT = frozenset({"GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_CAINFO", "GIT_TRACE"})
_CONFIG = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false", "protocol.ext.allow=never", "submodule.recurse=false",
           "gc.auto=0", "maintenance.auto=false", "fetch.writeCommitGraph=false", "push.gpgSign=false", "push.followTags=false", "advice.detachedHead=false")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
REMOTE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
TIP = "refs/gen/tip"  # keeps the output branch's commits from being collected
BRANCH = r"(?!.*(?:\.\.|//|\.lock(?:/|$)|/\.))[A-Za-z0-9][A-Za-z0-9._/-]{0,99}(?<![./])"


class GitFailed(Refusal):
    """git said no; the message is git's own, without credentials."""


@dataclass(frozen=True, slots=True)
class Blob:
    """An entry of a tree."""

    mode: str
    id: str


def redact(text: str) -> str:
    """Text without user names, passwords and tokens of URLs."""
    return _CREDENTIALS.sub("***@", text)


class Repository:
    """A clone on disk, reached by plumbing: its index, work tree, HEAD and branches are never touched."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if not root.is_dir():
            raise Refusal(f"there is no folder {root}", "name a clone with -C")
        try:
            self.git("rev-parse", "--git-dir")
        except GitFailed:
            raise Refusal(f"{root} is not in a git repository", "clone the configuration repository, or `git init` here") from None

    def git(self, *arguments: str, stdin: bytes = b"", expect: tuple[int, ...] = (0,)) -> bytes:
        """Standard output of one git command; `GitFailed` if its exit code is not expected."""
        return self.try_git(*arguments, stdin=stdin, expect=expect)[1]

    def try_git(self, *arguments: str, stdin: bytes = b"", expect: tuple[int, ...] = (0,)) -> tuple[int, bytes]:
        options = [word for setting in (*_CONFIG, f"safe.directory={self.root.resolve()}") for word in ("-c", setting)]
        try:
            done = subprocess.run(["git", "--no-optional-locks", *options, *arguments], cwd=self.root, input=stdin, capture_output=True, env=environment(), check=False)
        except FileNotFoundError:
            raise Refusal("git is not installed", "install git") from None
        if done.returncode not in expect:
            said = redact(done.stderr.decode("utf-8", "replace").strip()) or f"exit code {done.returncode}"
            raise GitFailed(f"git {arguments[0]}: {said[-2000:]}", "mend what git says, and run the command again; nothing was published")
        return done.returncode, done.stdout

    def text(self, *arguments: str) -> str:
        return self.git(*arguments).decode("utf-8", "replace").strip()

    def head(self) -> str:
        """The commit that is checked out."""
        code, out = self.try_git("rev-parse", "--verify", "--quiet", "HEAD^{commit}", expect=(0, 1, 128))
        if code:
            raise Refusal("this repository has no commit yet", "commit the configuration first")
        return out.decode().strip()

    def current_branch(self) -> str | None:
        code, out = self.try_git("symbolic-ref", "--quiet", "--short", "HEAD", expect=(0, 1))
        return None if code else out.decode("utf-8", "replace").strip()

    def uncommitted(self, *folders: str) -> list[str]:
        """Paths below the folders that differ from the commit, untracked and ignored ones too."""
        out = self.git("status", "--porcelain", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames", "--", *folders)
        return [entry[3:] for entry in out.decode("utf-8", "replace").split("\0") if entry]

    def remote(self, name: str) -> str:
        """A configured remote's name, checked; never a URL, never an option."""
        remotes = self.text("remote").split()
        if not names.matches(REMOTE, name) or name not in remotes:
            raise Refusal(f"there is no remote `{name[:100]}`", f"known: {', '.join(remotes)}" if remotes else "add one: `git remote add origin URL`")
        return name

    def remote_tip(self, remote: str, branch: str) -> str | None:
        """The commit that a remote's branch points to, or None if there is no such branch."""
        out = self.text("ls-remote", "--quiet", "--", remote, f"refs/heads/{branch}")
        return next((line.split()[0] for line in out.splitlines() if line.split()[1] == f"refs/heads/{branch}"), None)

    def fetch(self, remote: str, branch: str) -> None:
        """Brings one branch's commits here. No ref is written, so that a killed fetch leaves no lock behind."""
        self.git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--", remote, f"refs/heads/{branch}")

    def keep(self, commit: str) -> None:
        """Remembers a commit of the output branch, so that the next fetch brings only what is new; as well as it goes."""
        if self.try_git("rev-parse", "--verify", "--quiet", TIP, expect=(0, 1, 128))[1].strip() != commit.encode():
            self.try_git("update-ref", TIP, commit, expect=(0, 1, 128))

    def forget(self, ref: str) -> None:
        """Takes a private ref away. Its file is unlinked: git would lock all packed refs for that, and if it were killed
        then, nobody could delete a ref in this clone until a person took the lock away."""
        self.root.joinpath(self.text("rev-parse", "--git-path", ref)).unlink(missing_ok=True)
        if self.try_git("rev-parse", "--verify", "--quiet", ref, expect=(0, 1, 128))[0] == 0:
            self.git("update-ref", "-d", ref)

    def has(self, commit: str) -> bool:
        return names.matches(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", commit) and self.try_git("cat-file", "-e", f"{commit}^{{commit}}", expect=(0, 1, 128))[0] == 0

    def is_ancestor(self, older: str, newer: str) -> bool:
        return self.try_git("merge-base", "--is-ancestor", older, newer, expect=(0, 1))[0] == 0

    def tree(self, commit: str) -> dict[str, Blob]:
        """Path → entry of all files of a commit."""
        out = self.git("ls-tree", "-r", "-z", "--full-tree", commit)
        entries = (line.partition("\t") for line in out.decode("utf-8", "surrogateescape").split("\0") if line)
        return {path: Blob(*head.split(" ")[::2]) for head, _, path in entries}

    def blobs(self, ids: list[str]) -> list[bytes]:
        """Contents, in order."""
        out, contents, at = self.git("cat-file", "--batch", stdin="\n".join(ids).encode() + b"\n") if ids else b"", [], 0
        for _ in ids:
            end = out.index(b"\n", at)
            size = int(out[at:end].split()[2])
            contents.append(out[end + 1 : end + 1 + size])
            at = end + size + 2
        return contents


def environment() -> dict[str, str]:
    """The process's variables without those that would lead git elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }
