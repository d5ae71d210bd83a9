"""The only place that runs git: a handful of plumbing commands on the user's clone.

git is called directly, not through a library: a library hands it the whole environment and joins
options and arguments, and both have been ways in. Here no word from a repository is ever an option,
hooks and the configuration of machine and user do not apply (the clone's own does: CI puts its
credentials there), nothing prompts, and what git says is stripped of credentials before anybody
sees it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from generator.io.environment import cleaned
from generator.vocabulary import names
from generator.vocabulary.files import blob_id
from generator.vocabulary.refusal import Refusal

# A pack comes whole or not at all (fetch.unpackLimit); of loose objects a killed fetch leaves some.
PROTECTED = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.writeCommitGraph=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "advice.detachedHead=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
    "fetch.unpackLimit=1",
)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+@")  # to the last @: a password may hold one
_CHANGE = re.compile(rb"\x01([0-9]+)\x01|:[0-7]{6} [0-7]{6} ([0-9a-f]+) [0-9a-f]+ [A-Z]\0")
_LINK = "160000"  # a commit of another repository
_FORMS = ("sha1", "sha256")
REMOTE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
TIP = "refs/gen/tip"  # the output branch as it was fetched last


class GitFailed(Refusal):
    """git said no; the message is git's own, without credentials, in lines."""

    told = ""  # what it wrote to its standard output

    @property
    def whole(self) -> str:
        """All that it said."""
        return f"{self}\n{self.told}"


@dataclass(frozen=True, slots=True)
class Blob:
    """An entry of a tree."""

    mode: str
    id: str


def redact(text: str) -> str:
    """Text without user names, passwords and tokens of URLs."""
    return _CREDENTIALS.sub("***@", text)


class Repository:
    """A clone on disk, reached by plumbing: its index, work tree, HEAD and branches are never
    touched."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._options = [word for setting in PROTECTED for word in ("-c", setting)]
        if not root.is_dir():
            raise Refusal(f"there is no folder {root}", "name a clone with -C")
        shallow, form, objects = self._described()
        self.shallow = shallow == "true"
        self._objects = (root / objects).resolve()
        self._known: set[str] = set()
        if form not in _FORMS:
            raise Refusal(
                f"{root} is a repository of {form[:20]} hashes, which gen does not know",
                f"use one of {' or '.join(_FORMS)} hashes",
            )
        self.form = form
        self._named: dict[str, str] = {}  # blobs by what gen calls them, where git does otherwise

    def _described(self) -> list[str]:
        """Whether it is shallow, its kind of hashes, and where its objects lie."""
        asked = ("--is-shallow-repository", "--show-object-format", "--git-path", "objects")
        try:
            return self.text("rev-parse", *asked).split("\n")
        except GitFailed as failed:
            if "dubious ownership" in str(failed):
                return self._trusted(failed, asked)
            if "not a git repository" not in str(failed):
                raise
            raise Refusal(
                f"{self.root} is not in a git repository",
                "clone the configuration repository, or `git init` here",
            ) from None

    def _trusted(self, failed: GitFailed, asked: tuple[str, ...]) -> list[str]:
        """The same for a clone of another user, whose configuration could run commands: only where
        this user's own configuration of git says that it is safe."""
        for directory in _safe_directories():
            self._options += ["-c", f"safe.directory={directory}"]
        try:
            return self.text("rev-parse", *asked).split("\n")
        except GitFailed:
            raise Refusal(
                f"{self.root} belongs to another user, and git runs what that user configured\n"
                f"{failed}",
                "if you trust them: `git config --global --add safe.directory DIR`, as git says",
            ) from None

    def git(self, *arguments: str, stdin: bytes = b"", expect: tuple[int, ...] = (0,)) -> bytes:
        """Standard output of one git command; `GitFailed` if its exit code is not expected."""
        return self.try_git(*arguments, stdin=stdin, expect=expect)[1]

    def try_git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        expect: tuple[int, ...] = (0,),
        where: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[int, bytes]:
        """(exit code, standard output); `where` are variables that this command gets as well."""
        try:
            done = subprocess.run(
                ["git", "--no-optional-locks", *self._options, *arguments],
                cwd=self.root,
                input=stdin,
                capture_output=True,
                env={**cleaned(os.environ), **where},
                check=False,
            )
        except FileNotFoundError:
            raise Refusal("git is not installed", "install git") from None
        if done.returncode not in expect:
            said = redact(done.stderr.decode("utf-8", "replace").strip())
            said = said or f"exit code {done.returncode}"
            failed = GitFailed(
                f"git {arguments[0]}: {said[-2000:]}",
                "fix what git reports, and run the command again; nothing was published",
            )
            failed.told = done.stdout.decode("utf-8", "replace")
            raise failed
        return done.returncode, done.stdout

    def text(self, *arguments: str) -> str:
        return self.git(*arguments).decode("utf-8", "replace").strip()

    def head(self) -> str:
        """The commit that is checked out."""
        code, out = self.try_git(
            "rev-parse", "--verify", "--quiet", "HEAD^{commit}", expect=(0, 1, 128)
        )
        if code:
            raise Refusal("this repository has no commit yet", "commit the configuration first")
        return out.decode().strip()

    def current_branch(self) -> str | None:
        code, out = self.try_git("symbolic-ref", "--quiet", "--short", "HEAD", expect=(0, 1))
        return None if code else out.decode("utf-8", "replace").strip()

    def uncommitted(self, *folders: str) -> list[str]:
        """Paths below the folders that differ from the commit, untracked and ignored ones too."""
        out = self.git(
            "status",
            "--porcelain",
            "-z",
            "--untracked-files=all",
            "--ignored=matching",
            "--no-renames",
            "--",
            *folders,
        )
        return [entry[3:] for entry in out.decode("utf-8", "replace").split("\0") if entry]

    def remote(self, name: str) -> str:
        """A configured remote's name, checked; never a URL, never an option."""
        remotes = self.text("remote").split()
        if not names.matches(REMOTE, name) or name not in remotes:
            raise Refusal(
                f"there is no remote `{redact(name)[:100]}`",
                f"known: {', '.join(remotes)}"
                if remotes
                else "add one: `git remote add origin URL`",
            )
        return name

    def remote_tip(self, remote: str, branch: str) -> str | None:
        """The commit that a remote's branch points to, or None if there is no such branch."""
        return self.remote_refs(remote, f"refs/heads/{branch}").get(f"refs/heads/{branch}")

    def remote_refs(self, remote: str, *patterns: str) -> dict[str, str]:
        """Full names of a remote's refs that end as patterns of gen's own say, and the objects that
        they name."""
        out = self.git("ls-remote", "--quiet", "--refs", "--", remote, *patterns)
        refs = {}
        # Names may hold what Python takes for blanks and line ends.
        for line in out.decode("utf-8", "surrogateescape").split("\n"):
            target, _, name = line.partition("\t")
            if name and name.isascii():
                refs[name] = target
        return refs

    def fetch(self, remote: str, branch: str) -> None:
        """Brings one branch's commits here; no ref is written, so no lock that was left over is in
        the way."""
        self.git(
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--refmap=",
            "--",
            remote,
            f"refs/heads/{branch}",
        )

    def keep(self, commit: str) -> None:
        """Makes the next fetch short; if it cannot be noted, nothing is lost."""
        self.try_git("update-ref", TIP, commit, expect=(0, 1, 128))

    def write(self, stream: bytes) -> str:
        """The commit `:1` of a fast-import stream. Its objects come here; the ref that fast-import
        insists on stays in a scratch folder, so that no killed run leaves a ref or a lock in the
        clone."""
        shared = self.setting("core.sharedRepository") or ""
        version = _FORMS.index(self.form)
        config = f"[core]\nrepositoryFormatVersion = {version}\nbare = true\n"
        if shared.isalnum():
            config += f"sharedRepository = {shared}\n"
        if version:
            config += f"[extensions]\nobjectFormat = {self.form}\n"
        with tempfile.TemporaryDirectory(prefix="gen-") as name:
            scratch = Path(name)
            (scratch / "objects").mkdir()
            (scratch / "refs").mkdir()
            (scratch / "HEAD").write_text("ref: refs/heads/none\n")
            (scratch / "config").write_text(config)
            where = {"GIT_DIR": name, "GIT_OBJECT_DIRECTORY": str(self._objects)}
            command = ("fast-import", "--quiet", "--force", "--done", "--date-format=now")
            return self.try_git(*command, stdin=stream, where=where)[1].decode().strip()

    def setting(self, name: str) -> str | None:
        """What the clone's configuration says."""
        values = self.settings(name)
        return values[-1] if values else None

    def settings(self, name: str) -> list[str]:
        """All values of a setting that may stand more than once."""
        _, out = self.try_git("config", "-z", "--get-all", name, expect=(0, 1))
        return out.decode("utf-8", "surrogateescape").split("\0")[:-1]

    def has(self, commit: str) -> bool:
        if commit in self._known:
            return True
        if not names.matches(names.COMMIT, commit):
            return False
        code, _ = self.try_git("cat-file", "-e", f"{commit}^{{commit}}", expect=(0, 1, 128))
        if code == 0:
            self._known.add(commit)
        return code == 0

    def is_ancestor(self, older: str, newer: str) -> bool:
        return self.try_git("merge-base", "--is-ancestor", older, newer, expect=(0, 1))[0] == 0

    def history(self, commit: str) -> set[str]:
        """The commit and all before it."""
        return set(self.text("rev-list", commit).split())

    def replaced(
        self, commit: str, folder: str, since: int, least: int
    ) -> list[tuple[str, int, int]]:
        """(blob, when, how many changes ago) of files below a folder that a branch changed or
        deleted since a time (seconds since 1970), and in its `least` last changes; newest first."""
        words = ("log", "--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "-z")
        out = b""
        for limit in (f"--max-count={least}", f"--since={since}"):
            more = self.git(*words, "--format=%x01%ct%x01", limit, commit, "--", folder)
            out = max(out, more, key=len)  # each begins with the newest
        blobs, when, changes = [], 0, -1
        for time, blob in _CHANGE.findall(out):
            if time:
                when, changes = int(time), changes + 1
            elif blob.strip(b"0"):
                blobs.append((blob.decode(), when, changes))
        return blobs

    def tree(self, commit: str, *folders: str) -> dict[str, Blob]:
        """Path → entry of all files of a commit, or of those below folders of it."""
        out = self.git("ls-tree", "-r", "-z", "--full-tree", commit, "--", *folders)
        entries = (
            line.partition("\t")
            for line in out.decode("utf-8", "surrogateescape").split("\0")
            if line
        )
        return self._called({path: Blob(*head.split(" ")[::2]) for head, _, path in entries})

    def _called(self, tree: dict[str, Blob]) -> dict[str, Blob]:
        """The same by the ids that gen gives files, which are those of SHA-1 in every repository:
        its lists stand in the output, which is the same everywhere."""
        if self.form == "sha1":
            return tree
        here = sorted({entry.id for entry in tree.values() if entry.mode != _LINK})
        mine = dict(zip(here, map(blob_id, self.blobs(here)), strict=True))
        self._named |= {made: native for native, made in mine.items()}
        return {path: Blob(one.mode, mine.get(one.id, one.id)) for path, one in tree.items()}

    def ids(self, names: list[str]) -> list[str | None]:
        """The objects that names of gen's own making (`commit:path`) stand for, in order; None for
        what is not here."""
        lines = self._checked("objectname", names)
        return [None if line.endswith(" missing") else line for line in lines]

    def sizes(self, ids: list[str]) -> list[int]:
        """Sizes of blobs, in order."""
        native = [self._named.get(id_, id_) for id_ in ids]
        return [int(line) for line in self._checked("objectsize", native)]

    def _checked(self, what: str, names: list[str]) -> list[str]:
        if not names:
            return []
        asked = "".join(f"{name}\n" for name in names).encode()
        out = self.git("cat-file", f"--batch-check=%({what})", stdin=asked)
        return out.decode().splitlines()

    def blobs(self, ids: list[str]) -> list[bytes]:
        """Contents, in order."""
        if not ids:
            return []
        asked = "".join(f"{self._named.get(id_, id_)}\n" for id_ in ids)
        out = self.git("cat-file", "--batch", stdin=asked.encode())
        contents, at = [], 0
        for _ in ids:
            end = out.index(b"\n", at)
            size = int(out[at:end].split()[2])
            contents.append(out[end + 1 : end + 1 + size])
            at = end + size + 2
        return contents


def _safe_directories() -> list[str]:
    """What the machine's and the user's configuration says, which gen does not read otherwise."""
    done = subprocess.run(
        ["git", "config", "-z", "--get-all", "safe.directory"],
        cwd="/",
        capture_output=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        check=False,
    )
    return done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
