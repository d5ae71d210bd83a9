"""The output branch as a small database: a publish is one commit, fast-forward, with a lease, or nothing.

Trees are compared, not commits: no commit if nothing differs. Only files that gen's own lists name are deleted.
A rejected push is never rebased; the new tip is read and everything is decided again.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from generator import __version__
from generator.edge.git import BRANCH, Blob, GitFailed, Repository
from generator.edge.guards import Publication, Receipt, by_hand, guard, guard_tenants
from generator.edge.keeps import Kept
from generator.edge.pins import refspecs
from generator.edge.tip import Tip, newest, read_tip
from generator.vocabulary import names
from generator.vocabulary.files import FileSet
from generator.vocabulary.refusal import Refusal

INPUTS = ("environments", "overlays")
ATTEMPTS = 8
LOCKED = 3  # attempts at a branch that somebody else holds locked
_LOCK = re.compile(r"cannot lock ref|failed to update ref|\.lock'|failed to lock")


def publish(repository: Repository, render: Callable[[Tip], tuple[FileSet, tuple[Kept, ...]]], settings: Publication, say: Callable[[str], None] = lambda stage: None) -> Receipt:
    """Brings the output branch to what `render` gives for the source commit on top of a tip, with the lanes that it keeps."""
    source = _source(repository, settings)
    remote = repository.remote(settings.remote)
    _merged(repository, remote, source, settings.only_from)
    for attempt in range(1, ATTEMPTS + 1):
        say("fetching the output branch")
        tip = read_tip(repository, remote, settings.branch)
        newest(repository, tip, source, settings.adopt)
        files, kept = render(tip)
        receipt = _differences(tip, files, settings, source, attempt)
        guard(tip, files, receipt, settings)
        guard_tenants(repository, tip, source, settings)
        tags, stale = refspecs(repository, tip, files, receipt.paths)
        adopted = tuple(path for found in by_hand(tip, files) for path in found)
        receipt = replace(receipt, adopted=adopted, message=_message(repository, receipt, kept), tags=tuple(tags), stale=tuple(stale) if receipt.differs else ())
        if settings.dry_run or not receipt.differs and not tags:
            return receipt
        say("writing the commit")
        commit = _commit(repository, tip, files, receipt) if receipt.differs else str(tip.commit)
        say("pushing")
        refs = [*(f"+{commit}:{name}" for name in receipt.tags), *(f":{name}" for name in receipt.stale)]
        if _push(repository, remote, settings.branch, tip, commit, refs, attempt):
            return replace(receipt, commit=commit if receipt.differs else None)
        if attempt < ATTEMPTS:
            time.sleep(random.uniform(0.5, 1) * min(0.1 * 2**attempt, 2))
    raise Refusal(f"{settings.branch} moved {ATTEMPTS} times while this was published", "run it again when fewer runs publish at once", exit_code=4)


def _source(repository: Repository, settings: Publication) -> str:
    if not names.matches(BRANCH, settings.branch):
        raise Refusal(f"`{settings.branch[:100]}` is no branch that gen writes to", "use letters, digits, '.', '_', '-' and '/'", exit_code=2)
    if repository.current_branch() == settings.branch:
        raise Refusal(f"{settings.branch} is checked out here: it is the source, not the output", "name the output branch in platform.yaml (argocd.branch) or with --branch", exit_code=4)
    return settings.source or committed(repository)


def _merged(repository: Repository, remote: str, source: str, branch: str | None) -> None:
    """Refuses a commit that is not on the branch that is published from: somebody's own, or not yet merged."""
    if branch is None or (tip := repository.remote_tip(remote, branch)) == source:
        return
    if tip is None:
        raise Refusal(f"there is no branch {branch} at {remote}, and guards.source says that it is published", "push it, or name another in platform.yaml", exit_code=4)
    if not repository.has(tip):
        repository.fetch(remote, branch)
    if not repository.is_ancestor(source, tip):
        step = "bring the history: `git fetch --unshallow`" if repository.shallow else f"merge it to {branch} and push; guards.source in platform.yaml names the branch that is published"
        raise Refusal(f"{source[:10]} is not on {branch} at {remote}", step, exit_code=4)


def committed(repository: Repository) -> str:
    """The commit that is checked out, if the folders of the input hold nothing else."""
    source = repository.head()
    # Names with a dot in front (of editors and systems) are not input.
    if dirty := [path for path in repository.uncommitted(*INPUTS) if not path.rstrip("/").rpartition("/")[2].startswith(".")]:
        more = f" and {len(dirty) - 1} more" if len(dirty) > 1 else ""
        raise Refusal(f"{dirty[0]}{more} differ from the commit {source[:10]}, which would be named as the source", "commit or undo the changes first", exit_code=4)
    return source


def _differences(tip: Tip, files: FileSet, settings: Publication, source: str, attempt: int) -> Receipt:
    added = tuple(path for path in files if path not in tip.tree)
    changed = tuple(path for path in files if path in tip.tree and tip.tree[path] != Blob("100644", files.id(path)))
    deleted = tuple(sorted(path for path in tip.owned if path not in files and path in tip.tree))
    return Receipt(settings.branch, settings.remote, source, tip.commit, None, added, changed, deleted, attempt)


def _commit(repository: Repository, tip: Tip, files: FileSet, receipt: Receipt) -> str:
    """One commit: only what changed is sent, and nothing is checked out."""
    message = receipt.message.encode()
    stream = [b"commit refs/heads/next\nmark :1\ncommitter gen <gen@localhost> now\ndata %d\n%s" % (len(message), message)]
    stream.append(b"from %s\n" % tip.commit.encode() if tip.commit else b"")
    stream += [b"D %s\n" % _path(path) for path in receipt.deleted]
    for path in (*receipt.added, *receipt.changed):
        stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (_path(path), len(files[path]), files[path]))
    return repository.write(b"".join(stream) + b"get-mark :1\ndone\n")


def _path(path: str) -> bytes:
    if not all(names.matches(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*", part) for part in path.split("/")):
        raise ValueError(f"{path!r} is no path that gen writes")
    return path.encode()


def _message(repository: Repository, receipt: Receipt, kept: Iterable[Kept]) -> str:
    subject = repository.text("rev-list", "--max-count=1", "--format=%s", receipt.source).partition("\n")[2]
    subject = re.sub(r"[^ -~]+", " ", subject).strip()[:60] or "no subject"
    counts = f"{len(receipt.added)} added, {len(receipt.changed)} changed, {len(receipt.deleted)} deleted"
    lanes = "".join(f"{each}\n" for each in kept)
    return f"Publish {receipt.source[:10]}: {subject}\n\n{counts}\n\n{lanes}Gen-Source: {receipt.source}\nGen-Version: {__version__}\n"


def _push(repository: Repository, remote: str, branch: str, tip: Tip, commit: str, refs: list[str], attempt: int) -> bool:
    """Whether the push went through, all of it or nothing; False if somebody else's came first, or is under way."""
    lease = f"--force-with-lease=refs/heads/{branch}:{tip.commit or ''}"
    try:
        repository.git("push", "--quiet", "--porcelain", "--no-verify", "--atomic", lease, "--", remote, f"{commit}:refs/heads/{branch}", *refs)
    except GitFailed as failed:
        try:
            now = repository.remote_tip(remote, branch)
        except GitFailed as silent:
            raise GitFailed(f"{failed}; since then {remote} does not answer", "nobody can tell whether the commit arrived; run the command again when it does: it goes on from what is there") from silent
        if now == commit != tip.commit:  # it arrived, and only the answer was lost
            return True
        if now != tip.commit:
            return False
        if not _LOCK.search(f"{failed} {failed.told}"):
            raise
        if attempt >= LOCKED:
            raise GitFailed(str(failed), f"somebody else's push holds {branch} locked; if there is none, a push that was killed left the lock, and who runs {remote} takes it away; nothing was published") from failed
        return False
    return True
