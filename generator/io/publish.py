"""The output branch as a small database: a publish is one commit, fast-forward, with a lease, or
nothing.

Trees are compared, not commits: no commit if nothing differs. Only files that gen's own lists name
are deleted. A rejected push is never rebased; the new tip is read and everything is decided again.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from generator import __version__
from generator.io.answers import NOTHING, told
from generator.io.git import Blob, GitFailed, Repository, redact
from generator.io.guards import (
    Publication,
    Receipt,
    by_hand,
    guard,
    guard_clusters,
    guard_tenants,
    unblocked,
)
from generator.io.keeps import KeptLane
from generator.io.push import Wanted, push, sweep
from generator.io.remote import Remote, followed, reachable, read_remote
from generator.io.signing import bare, identity, signed
from generator.io.tags import refspecs
from generator.io.tip import Tip, newest, read_tip
from generator.vocabulary import names
from generator.vocabulary.files import FileSet
from generator.vocabulary.refusal import Refusal

INPUTS = ("environments", "overlays")
ATTEMPTS = 8


def publish(
    repository: Repository,
    render: Callable[[Tip], tuple[FileSet, tuple[KeptLane, ...]]],
    settings: Publication,
    say: Callable[[str], None] = lambda _: None,
) -> Receipt:
    """Brings the output branch to what `render` gives for the source commit on top of a tip, with
    the lanes that it keeps."""
    source = _source(repository, settings)
    remote = read_remote(repository, settings.remote)
    reachable(repository, remote, settings.branch)
    _merged(repository, remote.first, source, settings.only_from)
    for attempt in range(1, ATTEMPTS + 1):
        say("fetching the output branch")
        tip = read_tip(repository, remote.first, settings.branch)
        newest(repository, tip, source, settings.adopt)
        files, kept = render(tip)
        receipt = _decided(repository, tip, files, settings, source)
        receipt = replace(receipt, attempts=attempt, message=_message(repository, receipt, kept))
        if settings.dry_run:
            return receipt
        say("writing the commit")
        commit = str(tip.commit)
        if receipt.differs:
            commit = _commit(repository, tip, files, receipt, settings)
        say("pushing")
        if _brought(repository, remote.first, remote, receipt, commit):
            _still_there(repository, remote, receipt, commit)
            say("asking the other places")
            _others(repository, remote, files, receipt, commit)
            return _swept(repository, remote, tip, replace(receipt, commit=commit))
        if attempt < ATTEMPTS:
            # Publishers that were rejected together try again apart.
            pause = random.uniform(0.5, 1)  # noqa: S311 no secret
            time.sleep(pause * min(0.1 * 2**attempt, 2))
    raise Refusal(
        f"{settings.branch} moved {ATTEMPTS} times while this was published",
        "run it again when fewer runs publish at once",
        exit_code=4,
    )


def _brought(
    repository: Repository, place: str, remote: Remote, receipt: Receipt, commit: str
) -> bool:
    """Whether a place holds the commit and the tags."""
    if not receipt.tags and receipt.tip == commit:
        return True
    wanted = Wanted(receipt.branch, commit, receipt.tip, receipt.tags, receipt.attempts)
    return push(repository, place, remote.called(place), wanted)


def _still_there(repository: Repository, remote: Remote, receipt: Receipt, commit: str) -> None:
    """A tag that nothing named may have been taken away by another publish until now."""
    if not receipt.reused:
        return
    there = repository.remote_refs(remote.first, f"{names.tags(receipt.branch)}*")
    gone = tuple(tag for tag in receipt.reused if tag not in there)
    again = replace(receipt, tags=gone, tip=commit, attempts=1)
    _brought(repository, remote.first, remote, again, commit)


def _others(
    repository: Repository, remote: Remote, files: FileSet, receipt: Receipt, commit: str
) -> None:
    """Brings the remote's other places to what its first one holds, and waits for the mirror."""
    for place in remote.others:
        try:
            arrived = _same(repository, place, remote, files, receipt, commit)
        except GitFailed as failed:
            raise GitFailed(
                f"published to {remote.called(remote.first)}, but not to {remote.called(place)}: "
                f"{failed}",
                f"{failed.next_step.removesuffix(f'; {NOTHING}')}, then publish again: that brings "
                "it what it lacks",
            ) from failed
        if not arrived:
            raise Refusal(
                f"published to {remote.called(remote.first)}, but {remote.called(place)} moved "
                "meanwhile",
                "publish again; who else writes to it?",
            )
    followed(repository, remote, receipt.branch, commit)


def _same(
    repository: Repository,
    place: str,
    remote: Remote,
    files: FileSet,
    receipt: Receipt,
    commit: str,
) -> bool:
    tip = read_tip(repository, place, receipt.branch)
    if tip.commit is not None and not repository.is_ancestor(tip.commit, commit):
        raise Refusal(
            f"published to {remote.called(remote.first)}, but {remote.called(place)} holds "
            f"{tip.commit[:10]}, which was never published there",
            "see who writes to it; bring it to the same commit by hand, then publish again",
            exit_code=4,
        )
    there = _differences(tip, files, receipt.branch, receipt.remote, receipt.source)
    is_signed = not bare(repository, [commit])
    tags, *_ = refspecs(repository, tip, files, there.paths, is_signed)
    return _brought(repository, place, remote, replace(there, tags=tuple(tags)), commit)


def _swept(repository: Repository, remote: Remote, tip: Tip, receipt: Receipt) -> Receipt:
    """Takes away the tags that nothing names any longer, and says why if they stay."""
    commit = receipt.commit if receipt.differs else None
    stale = {name: tip.tags[name] for name in receipt.stale}
    if stale and repository.remote_tip(remote.first, receipt.branch) != receipt.commit:
        return replace(receipt, commit=commit)  # a newer publish may need them
    failed = sweep(repository, remote.first, stale)
    for place in remote.others:
        sweep(repository, place, stale)
    left = str(failed) if failed is not None else ""
    return replace(receipt, commit=commit, left=left)


def _source(repository: Repository, settings: Publication) -> str:
    if not names.matches(names.GIT_BRANCH, settings.branch):
        raise Refusal(
            f"`{settings.branch[:100]}` is not a branch that gen writes to",
            "use letters, digits, '.', '_', '-' and '/'",
            exit_code=2,
        )
    if repository.current_branch() == settings.branch:
        raise Refusal(
            f"{settings.branch} is checked out here: it is the source, not the output",
            "name the output branch in platform.yaml (argocd.branch) or with --branch",
            exit_code=4,
        )
    return settings.source or committed(repository)


def _merged(repository: Repository, remote: str, source: str, branch: str | None) -> None:
    """Refuses a commit that is not on the branch that is published from: somebody's own, or not yet
    merged."""
    if branch is None:
        return
    with told(redact(remote), branch):
        tip = repository.remote_tip(remote, branch)
    if tip == source:
        return
    if tip is None:
        raise Refusal(
            f"there is no branch {branch} at {remote}, and guards.source says that it is published",
            "push it, or name another in platform.yaml",
            exit_code=4,
        )
    if not repository.has(tip):
        repository.fetch(remote, branch)
    if not repository.is_ancestor(source, tip):
        step = (
            "bring the history: `git fetch --unshallow`"
            if repository.shallow
            else (
                f"merge it to {branch} and push; guards.source in platform.yaml names the branch "
                "that is published"
            )
        )
        raise Refusal(f"{source[:10]} is not on {branch} at {remote}", step, exit_code=4)


def committed(repository: Repository) -> str:
    """The commit that is checked out, if the folders of the input hold nothing else."""
    source = repository.head()
    # Names with a dot in front (of editors and systems) are not input.
    if dirty := [
        path
        for path in repository.uncommitted(*INPUTS)
        if not path.rstrip("/").rpartition("/")[2].startswith(".")
    ]:
        more = f" and {len(dirty) - 1:,} more differ" if len(dirty) > 1 else " differs"
        raise Refusal(
            f"{dirty[0]}{more} from the commit {source[:10]}, which would be named as the source",
            "commit or undo the changes first",
            exit_code=4,
        )
    return source


def _decided(
    repository: Repository, tip: Tip, files: FileSet, settings: Publication, source: str
) -> Receipt:
    """What is to be written on top of a tip, if nobody has to agree first."""
    receipt = _differences(tip, files, settings.branch, settings.remote, source)
    guard(tip, files, receipt, settings)
    guard_clusters(repository, tip, files, receipt, settings)
    guard_tenants(repository, tip, source, settings)
    wanted = settings.sign is not None
    tags, stale, reused = refspecs(repository, tip, files, receipt.paths, wanted)
    unblocked(tip, settings, tags)
    edited, foreign = by_hand(tip, files)
    return replace(
        receipt,
        adopted=(*edited, *foreign),
        tags=tuple(tags),
        stale=tuple(stale) if receipt.differs else (),
        reused=tuple(reused),
    )


def _differences(tip: Tip, files: FileSet, branch: str, remote: str, source: str) -> Receipt:
    here = {path: Blob("100644", files.id(path)) for path in files if path in tip.tree}
    return Receipt(
        branch,
        remote,
        source,
        tip.commit,
        None,
        added=tuple(path for path in files if path not in tip.tree),
        changed=tuple(path for path, blob in here.items() if tip.tree[path] != blob),
        deleted=tuple(sorted(path for path in tip.owned if path not in files and path in tip.tree)),
        attempts=0,
    )


def _commit(
    repository: Repository, tip: Tip, files: FileSet, receipt: Receipt, settings: Publication
) -> str:
    """One commit: only what changed is sent, and nothing is checked out."""
    message, who = receipt.message.encode(), identity(repository, settings.author)
    stream = [
        b"commit refs/heads/next\nmark :1\ncommitter %s now\ndata %d\n%s"
        % (who.encode(), len(message), message)
    ]
    stream.append(b"from %s\n" % tip.commit.encode() if tip.commit else b"")
    stream += [b"D %s\n" % _path(path) for path in receipt.deleted]
    for path in (*receipt.added, *receipt.changed):
        stream.append(
            b"M 100644 inline %s\ndata %d\n%s\n" % (_path(path), len(files[path]), files[path])
        )
    commit = repository.write(b"".join(stream) + b"get-mark :1\ndone\n")
    return signed(repository, commit, settings.sign, who)


def _path(path: str) -> bytes:
    if not all(names.matches(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*", part) for part in path.split("/")):
        raise ValueError(f"{path!r} is not a path that gen writes")
    return path.encode()


def _message(repository: Repository, receipt: Receipt, kept: Iterable[KeptLane]) -> str:
    told = repository.text("rev-list", "--max-count=1", "--format=%s", receipt.source)
    subject = re.sub(r"[^ -~]+", " ", told.partition("\n")[2]).strip()[:60] or "no subject"
    lanes = "".join(f"{each}\n" for each in kept)
    return (
        f"Publish {receipt.source[:10]}: {subject}\n\n{receipt.counts}\n\n{lanes}"
        f"Gen-Source: {receipt.source}\nGen-Version: {__version__}\n"
    )
