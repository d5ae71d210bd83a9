"""The output branch as it is: what gen's last commit on it recorded, and what has come on top."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.io.answers import told
from generator.io.git import Blob, GitFailed, Repository, redact
from generator.io.keeps import KeptLane, read
from generator.targets.ownership import FOLDER, parse
from generator.vocabulary import names
from generator.vocabulary.refusal import Refusal

OLDER = 5  # exit code where a newer source is already published
_SOURCE = re.compile(rf"^Gen-Source: ({names.COMMIT})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tip:
    """The branch's commit and files; the files that gen's own last commit lists, with their blob
    ids; the source that this commit was made from, and the lanes that it keeps. Lists that were
    edited on top of it own nothing. `tags` are gen's tags of the branch and the objects that they
    name, read in one answer with the branch; `refs` are those beside the branch and its tags, which
    may be in their way; `own` is gen's own last commit."""

    commit: str | None
    tree: Mapping[str, Blob]
    owned: Mapping[str, str]
    source: str | None
    keeps: tuple[KeptLane, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    own: str | None = None


def read_tip(repository: Repository, remote: str, branch: str) -> Tip:
    """Brings the output branch here and reads it."""
    with told(redact(remote), branch):
        refs = _bring(repository, remote, branch)
    prefix = names.tags(branch)
    tags = {name: target for name, target in refs.items() if name.startswith(prefix)}
    commit = refs.get(f"refs/heads/{branch}")
    if commit is None:
        return Tip(None, {}, {}, None, tags=tags, refs=refs)
    tree = repository.tree(commit)
    published, source, keeps = _published(repository, commit)
    lists = _lists(tree if published in (commit, None) else repository.tree(published, FOLDER))
    owned = parse(repository.blobs(list(lists.values()))) | lists
    return Tip(commit, tree, owned, source, keeps, tags, refs, published)


def _bring(repository: Repository, remote: str, branch: str) -> dict[str, str]:
    """The branch, gen's tags of it, and what stands above and below them."""
    head, prefix = f"refs/heads/{branch}", names.tags(branch)
    above = [*_above(head, "refs/heads/"), *_above(prefix.rstrip("/"), "refs/tags/")]
    asked = [head, f"{head}/*", f"{prefix}*", prefix.rstrip("/"), *above]
    for _ in range(3):  # the branch may be written anew between the question and the fetch
        answer = repository.remote_refs(remote, *asked)
        refs = {
            name: target
            for name, target in answer.items()
            if name in asked or name.startswith((f"{head}/", prefix))
        }
        commit = refs.get(head)
        if commit is None or repository.has(commit):
            return refs
        repository.fetch(remote, branch)
        if repository.has(commit):
            repository.keep(commit)
            return refs
    raise GitFailed(
        f"{branch} at {remote} changes faster than it can be fetched",
        "run the command again; nothing was published",
    )


def _above(name: str, top: str) -> list[str]:
    """Names that must be folders for this one to be a ref: refs/tags/gen for refs/tags/gen/x."""
    parts = name.removeprefix(top).split("/")
    return [top + "/".join(parts[:depth]) for depth in range(1, len(parts))]


def _published(
    repository: Repository, commit: str
) -> tuple[str | None, str | None, tuple[KeptLane, ...]]:
    """Gen's last commit on the branch, below what people committed on top, its source, and the
    lanes that it keeps."""
    out = repository.text(
        "rev-list",
        "--max-count=1",
        "--extended-regexp",
        "--grep=^Gen-Source: [0-9a-f]{40,64}$",
        "--format=%B",
        commit,
    )
    sources = _SOURCE.findall(out)
    return (out.split()[1], sources[-1], read(out)) if sources else (None, None, ())


def _lists(tree: Mapping[str, Blob]) -> dict[str, str]:
    return {
        path: entry.id
        for path, entry in sorted(tree.items())
        if path.startswith(FOLDER) and entry.mode == "100644"
    }


def newest(repository: Repository, tip: Tip, source: str, adopt: bool) -> None:
    """The source may only go forward: what was published must be an ancestor of what is to be
    published."""
    if tip.source == source:
        return
    if tip.source is None:
        if tip.owned and not adopt:
            raise Refusal(
                "the branch holds what gen wrote, and no commit on it says from which source: its "
                "history was rewritten",
                "look at it with `git log`; publish with --adopt to go on from there",
                exit_code=4,
            )
        return
    there = repository.has(tip.source)
    if there and repository.is_ancestor(tip.source, source):
        return
    if there and repository.is_ancestor(source, tip.source):
        raise Refusal(
            f"a newer source is already published: {tip.source[:10]} comes after {source[:10]}",
            "nothing to do; to go back, revert the change in a new commit",
            exit_code=OLDER,
        )
    if repository.shallow or not adopt:
        raise _unrelated(repository, tip.source, source, there)


def _unrelated(repository: Repository, published: str, source: str, there: bool) -> Refusal:
    """Why nobody can tell, or what was published is another line of commits."""
    if repository.shallow:
        return Refusal(
            f"the output was published from {published[:10]}, and this clone is too shallow to "
            "tell which is newer",
            "bring the history: `git fetch --unshallow`",
            exit_code=4,
        )
    anyway = "; if that source was given up (a rewritten branch), publish with --adopt"
    if not there:
        return Refusal(
            f"the output was published from {published[:10]}, which this clone does not have, so "
            "nobody can tell which is newer",
            f"bring the history: `git fetch --all`{anyway}",
            exit_code=4,
        )
    return Refusal(
        f"the output was published from {published[:10]}, "
        f"which is not an ancestor of {source[:10]}",
        f"merge or rebase onto it, then publish{anyway}",
        exit_code=4,
    )
