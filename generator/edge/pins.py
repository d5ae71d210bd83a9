"""Tags that Argo CD's Applications name their content by. They come with the commit that brings the content, in one push,
and go once neither the tree nor the one before it names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from generator.edge.git import Repository
from generator.edge.tip import Tip
from generator.vocabulary import names

FOLDER = "argocd/applications/"
_PIN = re.compile(rb"^    targetRevision: \"?(refs/tags/gen/[A-Za-z0-9._@/-]+)\"?$", re.MULTILINE)


def pinned(applications: Iterable[bytes]) -> set[str]:
    """Tags that Applications name."""
    return {found.decode() for content in applications for found in _PIN.findall(content)}


def refspecs(repository: Repository, remote: str, branch: str, tip: Tip, files: Mapping[str, bytes], changed: Iterable[str]) -> tuple[list[str], list[str]]:
    """(tags to push, tags to delete) beside a publish. A tag is moved if need be: by its name it holds the same content.
    Only changed files are read: the others are those of the tip."""
    written = {path for path in changed if path.startswith(FOLDER)}
    kept = [entry.id for path, entry in tip.tree.items() if path.startswith(FOLDER) and path in files and path not in written]
    wanted = pinned([*(files[path] for path in written), *repository.blobs(kept)])
    there = {name for name in repository.remote_refs(remote, f"{names.pins(branch)}*") if name.startswith(names.pins(branch))}
    before = pinned(repository.blobs([entry.id for path, entry in tip.tree.items() if path.startswith(FOLDER)]))
    return sorted(wanted - there), sorted(there - wanted - before)
