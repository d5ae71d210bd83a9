"""The output branch as a small database: a publish is one commit, fast-forward, with a lease, or nothing.

Trees are compared, not commits: no commit if nothing differs. Only files that gen's own lists name are deleted.
A rejected push is never rebased; the new tip is read and everything is decided again.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from generator import __version__
from generator.compiler.ownership import FOLDER, blob_id, parse
from generator.edge.git import BRANCH, Blob, GitFailed, Repository
from generator.edge.guards import Publication, Receipt, Tip, by_hand, guard
from generator.edge.tree import alive
from generator.vocabulary import names
from generator.vocabulary.refusal import Refusal

INPUTS = ("environments", "overlays")
ATTEMPTS = 6
OLDER = 5  # exit code where a newer source is already published
_NEXT = "refs/gen/next-"  # and the number of the process, so that two runs in one clone do not meet


def publish(repository: Repository, render: Callable[[], Mapping[str, bytes]], settings: Publication, say: Callable[[str], None] = lambda stage: None) -> Receipt:
    """Brings the output branch to what `render` gives for the commit that is checked out."""
    source = _source(repository, settings)
    remote = repository.remote(settings.remote)
    _sweep(repository)
    for attempt in range(1, ATTEMPTS + 1):
        say("fetching the output branch")
        tip = read_tip(repository, remote, settings.branch)
        _newest(repository, tip, source)
        files = render()
        receipt = _differences(tip, files, settings, source, attempt)
        guard(tip, files, receipt, settings)
        receipt = replace(receipt, adopted=tuple(path for found in by_hand(tip, files) for path in found), message=_message(repository, receipt))
        if settings.dry_run or not receipt.differs:
            return receipt
        say("writing the commit")
        commit = _commit(repository, tip, files, receipt)
        say("pushing")
        if _push(repository, remote, settings.branch, tip, commit):
            return replace(receipt, commit=commit)
        time.sleep(random.uniform(0.05, 0.2) * 2**attempt)
    raise Refusal(f"{settings.branch} moved {ATTEMPTS} times while this was published", "run it again when fewer runs publish at once", exit_code=4)


def _source(repository: Repository, settings: Publication) -> str:
    if not names.matches(BRANCH, settings.branch):
        raise Refusal(f"`{settings.branch[:100]}` is no branch that gen writes to", "use letters, digits, '.', '_', '-' and '/'", exit_code=2)
    if repository.current_branch() == settings.branch:
        raise Refusal(f"{settings.branch} is checked out here: it is the source, not the output", "name the output branch in platform.yaml (argocd.branch) or with --branch", exit_code=4)
    source = repository.head()
    # Names with a dot in front (of editors and systems) are not input.
    if dirty := [path for path in repository.uncommitted(*INPUTS) if not path.rstrip("/").rpartition("/")[2].startswith(".")]:
        more = f" and {len(dirty) - 1} more" if len(dirty) > 1 else ""
        raise Refusal(f"{dirty[0]}{more} differ from the commit {source[:10]}, which would be named as the source", "commit or undo the changes first", exit_code=4)
    return source


def read_tip(repository: Repository, remote: str, branch: str) -> Tip:
    """Fetches the output branch and reads what gen recorded there."""
    for _ in range(ATTEMPTS):  # it may move between the question and the fetch
        commit = repository.remote_tip(remote, branch)
        if commit is None:
            return Tip(None, {}, {}, None)
        if repository.has(commit):
            break
        repository.fetch(remote, branch)
    else:
        raise Refusal(f"{branch} moved {ATTEMPTS} times while it was read", "run it again when fewer runs publish at once", exit_code=4)
    repository.keep(commit)
    tree = repository.tree(commit)
    lists = [entry.id for path, entry in sorted(tree.items()) if path.startswith(FOLDER) and entry.mode == "100644"]
    return Tip(commit, tree, parse(repository.blobs(lists)), _recorded_source(repository, commit))


def _recorded_source(repository: Repository, commit: str) -> str | None:
    """The source of the last publish: of the tip, or of the last commit below what people committed on top."""
    out = repository.text("log", "--first-parent", "-n", "200", "--format=%(trailers:key=Gen-Source,valueonly,separator=%x2C)", commit)
    return next((line.split(",")[-1].strip() for line in out.splitlines() if line.strip()), None)


def _newest(repository: Repository, tip: Tip, source: str) -> None:
    """The source may only go forward: what was published must be an ancestor of what is to be published."""
    if tip.source is None or tip.source == source:
        return
    if not repository.has(tip.source):
        step = "`git fetch --unshallow`" if repository.text("rev-parse", "--is-shallow-repository") == "true" else "`git fetch --all`"
        raise Refusal(f"the output was published from {tip.source[:10]}, which this clone does not have, so nobody can tell which is newer", f"bring the history: {step}", exit_code=4)
    if repository.is_ancestor(tip.source, source):
        return
    if repository.is_ancestor(source, tip.source):
        raise Refusal(f"a newer source is already published: {tip.source[:10]} comes after {source[:10]}", "nothing to do; to go back, revert the change in a new commit", exit_code=OLDER)
    raise Refusal(f"the output was published from {tip.source[:10]}, which is no ancestor of {source[:10]}", "merge or rebase onto it, then publish", exit_code=4)


def _differences(tip: Tip, files: Mapping[str, bytes], settings: Publication, source: str, attempt: int) -> Receipt:
    added = tuple(path for path in files if path not in tip.tree)
    changed = tuple(path for path in files if path in tip.tree and tip.tree[path] != Blob("100644", blob_id(files[path])))
    lists = {path for path in tip.tree if path.startswith(FOLDER)}
    deleted = tuple(sorted((path for path in {*tip.owned, *lists} if path not in files and path in tip.tree)))
    return Receipt(settings.branch, settings.remote, source, tip.commit, None, added, changed, deleted, attempt)


def _commit(repository: Repository, tip: Tip, files: Mapping[str, bytes], receipt: Receipt) -> str:
    """One commit by fast-import, into a private ref: only what changed is sent, nothing is checked out."""
    message, ref = receipt.message.encode(), f"{_NEXT}{os.getpid()}"
    stream = [b"commit %s\ncommitter gen <gen@localhost> now\ndata %d\n%s" % (ref.encode(), len(message), message)]
    stream.append(b"from %s\n" % tip.commit.encode() if tip.commit else b"")
    stream += [b"D %s\n" % _path(path) for path in receipt.deleted]
    for path in (*receipt.added, *receipt.changed):
        stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (_path(path), len(files[path]), files[path]))
    repository.git("fast-import", "--quiet", "--force", "--date-format=now", stdin=b"".join(stream) + b"\n")
    commit = repository.text("rev-parse", "--verify", ref)
    repository.forget(ref)
    return commit


def _sweep(repository: Repository) -> None:
    """Takes away the refs of runs that were killed; a run that is still alive keeps its own."""
    for ref in repository.text("for-each-ref", "--format=%(refname)", _NEXT.rstrip("-") + "*").split():
        if not (process := ref.removeprefix(_NEXT)).isdigit() or not alive(int(process)):
            repository.forget(ref)


def _path(path: str) -> bytes:
    if not all(names.matches(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*", part) for part in path.split("/")):
        raise ValueError(f"{path!r} is no path that gen writes")
    return path.encode()


def _message(repository: Repository, receipt: Receipt) -> str:
    subject = repository.git("log", "-1", "--format=%s", receipt.source).decode("utf-8", "replace")
    subject = re.sub(r"[^ -~]+", " ", subject).strip()[:60] or "no subject"
    counts = f"{len(receipt.added)} added, {len(receipt.changed)} changed, {len(receipt.deleted)} deleted"
    return f"Publish {receipt.source[:10]}: {subject}\n\n{counts}\n\nGen-Source: {receipt.source}\nGen-Version: {__version__}\n"


def _push(repository: Repository, remote: str, branch: str, tip: Tip, commit: str) -> bool:
    """Whether the push went through; False if somebody else's came first."""
    lease = f"--force-with-lease=refs/heads/{branch}:{tip.commit or ''}"
    try:
        repository.git("push", "--quiet", "--porcelain", "--no-verify", lease, "--", remote, f"{commit}:refs/heads/{branch}")
    except GitFailed:
        now = repository.remote_tip(remote, branch)
        if now == commit:  # it arrived, and only the answer was lost
            return True
        if now == tip.commit:
            raise
        return False
    return True
