"""The push: tags, branch, and what may go, as far as a server takes them together.

A tag is named by its content, so one that comes too early harms nobody, and one that stays too long
costs a ref. So where a server takes it, the branch comes with its tags in one atomic push; where it
does not (no atomic pushes, few refs at a time), tags come first, then the branch. Deletions follow
when the branch has arrived, and are clean-up: if a server keeps its tags, nothing fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from generator.io import answers
from generator.io.git import GitFailed, Repository

BATCH = 1000  # refs in one push: command lines have an end
SWEEP = (5, 45, 50, 100)  # deletions in each push of one publish; a server may run a hook for each
UNKNOWN = (
    "nobody can tell whether the commit arrived, or arrives still; run the command again when the "
    "remote answers: it goes on from what is there"
)
LOCKED = 3  # attempts at a branch that somebody else holds locked


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to stand at a place: `branch` at `commit`, where it stands at `tip` now, and `tags`
    there as well. `attempt` counts how often it was tried."""

    branch: str
    commit: str
    tip: str | None
    tags: tuple[str, ...]
    attempt: int = 1

    @property
    def head(self) -> str:
        return f"refs/heads/{self.branch}"

    @property
    def lease(self) -> str:
        return f"--force-with-lease={self.head}:{self.tip or ''}"


def push(repository: Repository, place: str, called: str, wanted: Wanted) -> bool:
    """Whether it went through; False if somebody else's push came first, or is under way."""
    try:
        _together(repository, place, wanted)
    except GitFailed as failed:
        return _arrived(repository, place, called, wanted, failed)
    return True


def _together(repository: Repository, place: str, wanted: Wanted) -> None:
    *early, last = [*_batches(wanted.tags, BATCH)] or [()]
    try:
        for tags in early:
            _send(repository, place, wanted, tags)
        _send(repository, place, wanted, last, "--atomic", wanted.lease, branch=True)
    except GitFailed as failed:
        most = answers.most_refs(failed)
        if most is None and not answers.lacks_atomic(failed):
            raise
        for tags in _batches(wanted.tags, most or BATCH):
            _send(repository, place, wanted, tags)
        _send(repository, place, wanted, (), wanted.lease, branch=True)


def _batches(tags: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(tags), size):
        yield tags[start : start + size]


def _send(
    repository: Repository,
    place: str,
    wanted: Wanted,
    tags: Sequence[str],
    *options: str,
    branch: bool = False,
) -> None:
    refs = [f"{wanted.commit}:{wanted.head}"] if branch else []
    refs += [f"+{wanted.commit}:{tag}" for tag in tags]
    if refs:
        _git(repository, place, *options, refs=refs)


def _git(repository: Repository, place: str, *options: str, refs: Sequence[str]) -> None:
    """One push. A remote that mirrors everything takes refs by name as well."""
    where = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"remote.{place}.mirror",
        "GIT_CONFIG_VALUE_0": "false",
    }
    words = ("push", "--quiet", "--porcelain", "--no-verify", *options, "--", place, *refs)
    repository.try_git(*words, where=where)


def _arrived(
    repository: Repository, place: str, called: str, wanted: Wanted, failed: GitFailed
) -> bool:
    """Whether a push that failed arrived all the same, or (False) may be tried again."""
    try:
        now = repository.remote_tip(place, wanted.branch)
    except GitFailed as silent:
        raise GitFailed(f"{failed}\nsince then {called} does not answer", UNKNOWN) from silent
    if now == wanted.commit != wanted.tip:  # it arrived, and only the answer was lost
        return True
    if now != wanted.tip:
        return False
    if not answers.passing(failed):
        explained = answers.explained(failed, called, wanted.branch)
        raise GitFailed(str(explained), UNKNOWN) if answers.lost(failed) else explained
    if wanted.attempt >= LOCKED:
        raise GitFailed(
            str(failed),
            f"somebody else's push holds {wanted.branch} locked; if there is none, a push that was "
            f"killed left the lock, and who runs {called} takes it away; nothing was published",
        ) from failed
    return False


def sweep(repository: Repository, place: str, tags: Mapping[str, str]) -> GitFailed | None:
    """Deletes tags where they still name these objects; why some stayed, if a server keeps them.

    What was moved meanwhile is needed again, and stays.
    """
    names, at = sorted(tags), 0
    for size in SWEEP:
        some = names[at : at + size]
        at += size
        if not some:
            return None
        try:
            _delete(repository, place, {name: tags[name] for name in some})
        except GitFailed as failed:
            if not answers.passing(failed):
                return failed
    return None


def _delete(repository: Repository, place: str, tags: Mapping[str, str]) -> None:
    """In one step where a server can: it then writes its list of refs once, and not for each."""
    leases = [f"--force-with-lease={name}:{target}" for name, target in tags.items()]
    refs = [f":{name}" for name in tags]
    try:
        _git(repository, place, "--atomic", *leases, refs=refs)
    except GitFailed as failed:
        most = answers.most_refs(failed)
        if most is None and not answers.lacks_atomic(failed):
            raise
        for start in range(0, len(refs), most or BATCH):
            some = slice(start, start + (most or BATCH))
            _git(repository, place, *leases[some], refs=refs[some])
