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
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from generator.vocabulary import names
from generator.vocabulary.refusal import Refusal

_KEPT = frozenset({"GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_CAINFO"})
_CONFIG = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false", "protocol.ext.allow=never", "submodule.recurse=false",
           "gc.auto=0", "maintenance.auto=false", "fetch.writeCommitGraph=false", "push.gpgSign=false", "push.followTags=false", "push.recurseSubmodules=no", "advice.detachedHead=false",
           "core.attributesFile=/dev/null", "core.excludesFile=/dev/null", "http.lowSpeedLimit=1", "http.lowSpeedTime=60",
           "fetch.unpackLimit=1")  # a pack comes whole or not at all; of loose objects a killed fetch leaves some
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+@")  # to the last @: a password may hold one
REMOTE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
TIP = "refs/gen/tip"  # the output branch as it was fetched last
BRANCH = r"(?!.*(?:\.\.|//|\.lock(?:/|$)|/\.))[A-Za-z0-9][A-Za-z0-9._/-]{0,99}(?<![./])"


class GitFailed(Refusal):
    """git said no; the message is git's own, without credentials."""

    told = ""  # what it wrote to its standard output


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
        top = next((folder for folder in (root.resolve(), *root.resolve().parents) if (folder / ".git").exists()), root.resolve())
        self._options = [word for setting in (*_CONFIG, f"safe.directory={top}") for word in ("-c", setting)]
        if not root.is_dir():
            raise Refusal(f"there is no folder {root}", "name a clone with -C")
        try:
            shallow, form, objects = self.text("rev-parse", "--is-shallow-repository", "--show-object-format", "--git-path", "objects").split("\n")
        except GitFailed as failed:
            if "not a git repository" not in str(failed):
                raise
            raise Refusal(f"{root} is not in a git repository", "clone the configuration repository, or `git init` here") from None
        self.shallow = shallow == "true"
        self._objects = (root / objects).resolve()
        self._known: set[str] = set()
        if form != "sha1":
            raise Refusal(f"{root} is a repository of {form[:20]} hashes, which gen does not know", "use one of sha1 hashes")

    def git(self, *arguments: str, stdin: bytes = b"", expect: tuple[int, ...] = (0,)) -> bytes:
        """Standard output of one git command; `GitFailed` if its exit code is not expected."""
        return self.try_git(*arguments, stdin=stdin, expect=expect)[1]

    def try_git(self, *arguments: str, stdin: bytes = b"", expect: tuple[int, ...] = (0,), where: Mapping[str, str] = MappingProxyType({})) -> tuple[int, bytes]:
        try:
            done = subprocess.run(["git", "--no-optional-locks", *self._options, *arguments], cwd=self.root, input=stdin, capture_output=True, env=environment() | where, check=False)
        except FileNotFoundError:
            raise Refusal("git is not installed", "install git") from None
        if done.returncode not in expect:
            said = redact(done.stderr.decode("utf-8", "replace").strip()) or f"exit code {done.returncode}"
            failed = GitFailed(f"git {arguments[0]}: {said[-2000:]}", "mend what git says, and run the command again; nothing was published")
            failed.told = done.stdout.decode("utf-8", "replace")
            raise failed
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
            raise Refusal(f"there is no remote `{redact(name)[:100]}`", f"known: {', '.join(remotes)}" if remotes else "add one: `git remote add origin URL`")
        return name

    def remote_tip(self, remote: str, branch: str) -> str | None:
        """The commit that a remote's branch points to, or None if there is no such branch."""
        return self.remote_refs(remote, f"refs/heads/{branch}").get(f"refs/heads/{branch}")

    def remote_refs(self, remote: str, *patterns: str) -> dict[str, str]:
        """Full names of a remote's refs that end as patterns of gen's own say, and the objects that they name."""
        lines = self.git("ls-remote", "--quiet", "--refs", "--", remote, *patterns).decode("utf-8", "surrogateescape").split("\n")  # names may hold what Python takes for blanks and line ends
        return {name: target for target, _, name in (line.partition("\t") for line in lines) if name.isascii() and name}

    def fetch(self, remote: str, branch: str) -> None:
        """Brings one branch's commits here; no ref is written, so no lock that was left over is in the way."""
        self.git("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--refmap=", "--", remote, f"refs/heads/{branch}")

    def keep(self, commit: str) -> None:
        """Makes the next fetch short; if it cannot be noted, nothing is lost."""
        self.try_git("update-ref", TIP, commit, expect=(0, 1, 128))

    def write(self, stream: bytes) -> str:
        """The commit `:1` of a fast-import stream. Its objects come here; the ref that fast-import insists on stays in a
        scratch folder, so that no killed run leaves a ref or a lock in the clone."""
        shared = self.try_git("config", "--get", "core.sharedRepository", expect=(0, 1))[1].decode("utf-8", "replace").strip()
        with tempfile.TemporaryDirectory(prefix="gen-") as name:
            scratch = Path(name)
            (scratch / "objects").mkdir()
            (scratch / "refs").mkdir()
            (scratch / "HEAD").write_text("ref: refs/heads/none\n")
            (scratch / "config").write_text("[core]\nrepositoryFormatVersion = 0\nbare = true\n" + (f"sharedRepository = {shared}\n" if shared.isalnum() else ""))
            where = {"GIT_DIR": name, "GIT_OBJECT_DIRECTORY": str(self._objects)}
            return self.try_git("fast-import", "--quiet", "--force", "--done", "--date-format=now", stdin=stream, where=where)[1].decode().strip()

    def has(self, commit: str) -> bool:
        if commit not in self._known and names.matches(r"[0-9a-f]{40}", commit) and self.try_git("cat-file", "-e", f"{commit}^{{commit}}", expect=(0, 1, 128))[0] == 0:
            self._known.add(commit)
        return commit in self._known

    def is_ancestor(self, older: str, newer: str) -> bool:
        return self.try_git("merge-base", "--is-ancestor", older, newer, expect=(0, 1))[0] == 0

    def tree(self, commit: str, *folders: str) -> dict[str, Blob]:
        """Path → entry of all files of a commit, or of those below folders of it."""
        out = self.git("ls-tree", "-r", "-z", "--full-tree", commit, "--", *folders)
        entries = (line.partition("\t") for line in out.decode("utf-8", "surrogateescape").split("\0") if line)
        return {path: Blob(*head.split(" ")[::2]) for head, _, path in entries}

    def ids(self, names: list[str]) -> list[str | None]:
        """The objects that names of gen's own making (`commit:path`) stand for, in order; None for what is not here."""
        out = self.git("cat-file", "--batch-check=%(objectname)", stdin="\n".join(names).encode() + b"\n") if names else b""
        return [None if line.endswith(" missing") else line for line in out.decode().splitlines()]

    def sizes(self, ids: list[str]) -> list[int]:
        """Sizes of blobs, in order."""
        out = self.git("cat-file", "--batch-check=%(objectsize)", stdin="\n".join(ids).encode() + b"\n") if ids else b""
        return [int(line) for line in out.split()]

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
        "GIT_ATTR_NOSYSTEM": "1",
        "LC_ALL": "C",
    }
