"""Tags that Argo CD's Applications name their content by. They come with the commit that brings the
content, and go once no cluster can name them any longer.

A cluster names what the root Application brought last, and the root may wait: for a wave, or for a
person who paused it. So a tag outlives the last tree that named it by a week, and by ten trees; of
more than five thousand such tags the oldest go sooner."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from generator.io.git import Blob, Repository
from generator.io.signing import bare
from generator.io.tip import Tip
from generator.vocabulary.files import FileSet
from generator.vocabulary.names import applied

_NAME = rb"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*"
_SHARED = re.compile(
    rb'^    argocd\.argoproj\.io/manifest-generate-paths: "?\.((?:;/' + _NAME + rb')*)"?$',
    re.MULTILINE,
)
_READ_AT = re.compile(
    rb'^    targetRevision: "?(refs/tags/gen/[A-Za-z0-9._@/-]+)"?\n    path: "?('
    + _NAME
    + rb')"?$',
    re.MULTILINE,
)

SECONDS = 7 * 86400  # that a tag outlives the last tree that named it
TREES = 10  # that it outlives, however old they are
MOST = 5000  # tags beside those of the tree
SWEPT = 200  # that one publish takes away

Tags = Mapping[str, frozenset[str]]  # tag → folders that an Application reads at it


def read_at(applications: Iterable[bytes]) -> Tags:
    """What Applications name."""
    tags: dict[str, frozenset[str]] = {}
    for content in applications:
        shared = b"".join(_SHARED.findall(content)).decode().split(";/")[1:]
        for tag, path in _READ_AT.findall(content):
            tags[tag.decode()] = frozenset([path.decode(), *shared])
    return tags


def refspecs(
    repository: Repository, tip: Tip, files: FileSet, differing: Collection[str], signed: bool
) -> tuple[list[str], list[str], list[str]]:
    """(tags to push, tags to delete, tags to use again) beside a publish. A tag that is missing or
    was moved away is pushed (again): by its name it holds the same content. So is one that names a
    commit from before commits were `signed`. Only files that differ from the tip are read: the
    others are those of the tip."""
    here = {path: entry.id for path, entry in tip.tree.items() if applied(path)}
    held = dict(zip(here, repository.blobs([*here.values()]), strict=True))
    written = {path for path in differing if applied(path) and path in files}
    kept = read_at(
        content for path, content in held.items() if path in files and path not in written
    )
    new = read_at(files[path] for path in written)
    away = {tag for kind in wrong(repository, kept, tip, files, differing) for tag in kind}
    if signed and (differing or not bare(repository, [str(tip.commit)])):
        there = (kept.keys() | new.keys()) & tip.tags.keys()
        unsigned = bare(repository, [tip.tags[tag] for tag in there])
        away |= {tag for tag in there if tip.tags[tag] in unsigned}
    right = {tag for tag in _there(repository, new, tip, files, differing) if tag not in away}
    named = kept.keys() | new.keys() | read_at(held.values()).keys()
    stale = _over(repository, tip, tip.tags.keys() - named)
    return sorted((new.keys() - right) | away), stale[:SWEPT], sorted(right - kept.keys())


def _there(
    repository: Repository, tags: Tags, tip: Tip, files: FileSet, differing: Collection[str]
) -> set[str]:
    """Tags that stand at the remote already, with the right content: a server may forbid to move
    them."""
    missing, moved = wrong(repository, tags, tip, files, differing)
    return tags.keys() - {*missing, *moved}


def _over(repository: Repository, tip: Tip, unnamed: Collection[str]) -> list[str]:
    """Those that no cluster can name any longer, the oldest first. A tag that was never named is
    somebody's push that is under way, or was lost; it goes if it stands on the branch."""
    if not unnamed or tip.commit is None or repository.shallow:
        return []
    last = _last_named(repository, tip.commit)
    now = max([time.time(), *(when for when, _ in last.values())])
    on_branch = repository.history(tip.commit)
    ages: dict[str, float] = {}
    for tag in unnamed:
        when, trees = last.get(tag, (0, TREES))
        if trees >= TREES and (tag in last or tip.tags[tag] in on_branch):
            ages[tag] = now - when
    oldest = sorted(ages, key=lambda tag: (-ages[tag], tag))
    over = [tag for tag in oldest if ages[tag] > SECONDS]
    return over + oldest[len(over) : max(len(over), len(unnamed) - MOST)]


def _last_named(repository: Repository, commit: str) -> dict[str, tuple[int, int]]:
    """Tag → (when, and how many trees ago) the branch stopped naming it, as far back as counts."""
    # Without the word, a pattern has to fit the whole of a path.
    replaced = repository.replaced(
        commit, ":(glob)argocd*/applications/**", int(time.time()) - SECONDS, TREES
    )
    contents = repository.blobs([blob for blob, _, _ in replaced])
    last: dict[str, tuple[int, int]] = {}
    for content, (_, when, trees) in zip(contents, replaced, strict=True):
        for tag in read_at([content]):
            last.setdefault(tag, (when, trees))
    return last


def wrong(
    repository: Repository, tags: Tags, tip: Tip, files: FileSet, differing: Iterable[str]
) -> tuple[list[str], list[str]]:
    """(tags that are missing, tags that hold something else in the folders read at them than
    `files` do). A folder without a file that differs between the tip and `files` is compared by its
    id alone."""
    asked = {tag: sorted(tags[tag]) for tag in sorted(tags.keys() & tip.tags.keys())}
    pairs = [(tip.tags[tag], folder) for tag, folders in asked.items() for folder in folders]
    spots = sorted({*pairs, *((str(tip.commit), folder) for _, folder in pairs)})
    trees = repository.ids([f"{commit}:{folder}" for commit, folder in spots])
    held = dict(zip(spots, trees, strict=True))
    unlike = _folders(differing)

    @cache
    def right(commit: str, folder: str) -> bool:
        tree = held[commit, folder]
        if tree is None:
            return False
        if folder not in unlike and tree == held[str(tip.commit), folder]:
            return True
        return _holds(repository, tree, folder, files)

    moved = [
        tag
        for tag, folders in asked.items()
        if not all(right(tip.tags[tag], folder) for folder in folders)
    ]
    return sorted(tags.keys() - tip.tags.keys()), moved


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders that the paths lie in, the top of all among them."""
    folders = {""}
    for path in paths:
        while (path := path.rpartition("/")[0]) not in folders:
            folders.add(path)
    return folders


def _holds(repository: Repository, tree: str, folder: str, files: FileSet) -> bool:
    """Whether a tree is what `files` have in a folder; foreign files count."""
    return repository.tree(tree) == {
        path.removeprefix(f"{folder}/"): Blob("100644", files.id(path))
        for path in files
        if path.startswith(f"{folder}/")
    }
