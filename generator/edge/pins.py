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
    here = {path: entry.id for path, entry in tip.tree.items() if path.startswith(FOLDER)}
    held = dict(zip(here, repository.blobs([*here.values()]), strict=True))
    written = {path for path in changed if path.startswith(FOLDER)}
    wanted = pinned([*(files[path] for path in written), *(content for path, content in held.items() if path in files and path not in written)])
    there = {name for name in repository.remote_refs(remote, f"{names.pins(branch)}*") if name.startswith(names.pins(branch))}
    return sorted(wanted - there), sorted(there - wanted - pinned(held.values()))
