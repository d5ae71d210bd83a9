"""Who commits, and the signature of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from generator.io.git import GitFailed, Repository
from generator.vocabulary.refusal import Refusal

NOBODY = "gen <gen@localhost>"
KEY = "GEN_SIGNING_KEY"  # the name of a variable: user.signingKey where there is no clone
FORMATS = {"ssh": "ssh", "gpg": "openpgp"}  # of platform.yaml → of git's gpg.format
_UNFIT = re.compile(r"[<>\x00-\x1f\x7f\ud800-\udfff]")


def identity(repository: Repository, author: str | None) -> str:
    """`Name <address>`: what the platform says, else the clone's own configuration, else gen."""
    if author is not None:
        return author
    name = _UNFIT.sub("", repository.setting("user.name") or "").strip()
    address = _UNFIT.sub("", repository.setting("user.email") or "").strip()
    return f"{name} <{address}>" if name and address else NOBODY


def signed(repository: Repository, commit: str, kind: str | None, who: str) -> str:
    """The same commit with a signature of the clone's key (user.signingKey); git's fast-import
    writes none."""
    if kind is None:
        return commit
    parents = repository.text("rev-list", "--parents", "--max-count=1", commit).split()[1:]
    message = repository.git("cat-file", "commit", commit).partition(b"\n\n")[2]
    return Signer(repository, kind).commit(f"{commit}^{{tree}}", parents, message, who, who)


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes commits that a key of the clone signs (user.signingKey). `kind` is platform.yaml's word
    for the form, `settings` are variables that git gets as well."""

    repository: Repository
    kind: str
    settings: Mapping[str, str] = field(default_factory=dict)

    def commit(
        self, tree: str, parents: Iterable[str], message: bytes, author: str, committer: str
    ) -> str:
        where = dict(self.settings)
        for role, who in (("AUTHOR", author), ("COMMITTER", committer)):
            name, _, address = who[:-1].rpartition(" <")
            where |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": address}
        words = ["-c", f"gpg.format={FORMATS[self.kind]}", "commit-tree", "-S", tree]
        words += [word for parent in parents for word in ("-p", parent)]
        try:
            done = self.repository.try_git(*words, stdin=message, where=where)
        except GitFailed as failed:
            raise Refusal(
                f"the commit cannot be signed with {self.kind}\n{failed}",
                "name a key that needs no passphrase here: `git config user.signingKey KEY` in the "
                f"clone, or in {KEY} where there is none (for ssh the file of the private key); "
                "nothing was published",
            ) from None
        return done[1].decode().strip()


def bare(repository: Repository, commits: Iterable[str]) -> set[str]:
    """Commits that are here and carry no signature, good or bad."""
    asked = sorted(set(commits))
    ids = repository.ids([f"{commit}^{{commit}}" for commit in asked])
    known = [commit for commit, one in zip(asked, ids, strict=True) if one == commit]
    heads = (content.partition(b"\n\n")[0] for content in repository.blobs(known))
    return {commit for commit, head in zip(known, heads, strict=True) if b"\ngpgsig " not in head}


def unsigned(repository: Repository, commits: Collection[str], kind: str) -> list[str]:
    """Commits without a good signature by a key that this clone trusts."""
    if kind == "ssh" and not repository.setting("gpg.ssh.allowedSignersFile"):
        raise Refusal(
            "commits are signed with ssh, and this clone does not say whose keys count",
            "name the file with them: `git config gpg.ssh.allowedSignersFile FILE` in the clone",
        )
    return [commit for commit in sorted(commits) if not _good(repository, commit)]


def _good(repository: Repository, commit: str) -> bool:
    return repository.try_git("verify-commit", commit, expect=(0, 1, 128))[0] == 0
