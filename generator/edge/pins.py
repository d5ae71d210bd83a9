"""Tags that Argo CD's Applications name their content by. They come with the commit that brings the content, in one push,
and go once neither the tree nor the one before it names them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from generator.edge.git import Blob, Repository
from generator.edge.tip import Tip
from generator.vocabulary.files import FileSet
from generator.vocabulary.names import APPLICATIONS

_NAME = rb"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*"
_SHARED = re.compile(rb'^    argocd\.argoproj\.io/manifest-generate-paths: "?\.((?:;/' + _NAME + rb')*)"?$', re.MULTILINE)
_PIN = re.compile(rb'^    targetRevision: "?(refs/tags/gen/[A-Za-z0-9._@/-]+)"?\n    path: "?(' + _NAME + rb')"?$', re.MULTILINE)

Pins = Mapping[str, frozenset[str]]  # tag → folders that an Application reads at it


def pinned(applications: Iterable[bytes]) -> Pins:
    """What Applications name."""
    found = {}
    for content in applications:
        shared = b"".join(_SHARED.findall(content)).decode().split(";/")[1:]
        found |= {tag.decode(): frozenset([path.decode(), *shared]) for tag, path in _PIN.findall(content)}
    return found


def refspecs(repository: Repository, tip: Tip, files: FileSet, differing: Collection[str]) -> tuple[list[str], list[str]]:
    """(tags to push, tags to delete) beside a publish. A tag that is missing or was moved away is pushed (again): by its
    name it holds the same content. Only files that differ from the tip are read: the others are those of the tip."""
    here = {path: entry.id for path, entry in tip.tree.items() if path.startswith(APPLICATIONS)}
    held = dict(zip(here, repository.blobs([*here.values()]), strict=True))
    written = {path for path in differing if path.startswith(APPLICATIONS) and path in files}
    kept = pinned(content for path, content in held.items() if path in files and path not in written)
    new = pinned(files[path] for path in written)
    away = {tag for kind in wrong(repository, kept, tip, files, differing) for tag in kind}
    return sorted(new.keys() | away), sorted(tip.tags.keys() - kept.keys() - new.keys() - pinned(held.values()).keys())


def wrong(repository: Repository, pins: Pins, tip: Tip, files: FileSet, differing: Iterable[str]) -> tuple[list[str], list[str]]:
    """(tags that are missing, tags that hold something else in the folders read at them than `files` do). A folder without
    a file that differs between the tip and `files` is compared by its id alone."""
    asked = {tag: sorted(pins[tag]) for tag in sorted(pins.keys() & tip.tags.keys())}
    spots = sorted({(commit, folder) for tag, folders in asked.items() for folder in folders for commit in (tip.tags[tag], str(tip.commit))})
    held = dict(zip(spots, repository.ids([f"{commit}:{folder}" for commit, folder in spots]), strict=True))
    unlike = {"/".join(path.split("/")[:depth]) for path in differing for depth in range(path.count("/") + 1)}

    @cache
    def right(commit: str, folder: str) -> bool:
        id = held[commit, folder]
        return id is not None and (folder not in unlike and id == held[str(tip.commit), folder] or _holds(repository, id, folder, files))

    return sorted(pins.keys() - tip.tags.keys()), [tag for tag, folders in asked.items() if not all(right(tip.tags[tag], folder) for folder in folders)]


def _holds(repository: Repository, tree: str, folder: str, files: FileSet) -> bool:
    """Whether a tree is what `files` have in a folder; foreign files count."""
    return repository.tree(tree) == {path.removeprefix(f"{folder}/"): Blob("100644", files.id(path)) for path in files if path.startswith(f"{folder}/")}
