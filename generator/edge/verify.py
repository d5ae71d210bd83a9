"""The output branch against what it should hold: all that its recorded source compiles to, nothing else in gen's places, and
tags that hold what Applications read at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from generator.compiler.ownership import FOLDER
from generator.edge.git import Blob, Repository
from generator.edge.keeps import Kept
from generator.edge.pins import pinned, wrong
from generator.edge.tip import Tip, read_tip
from generator.vocabulary.files import FileSet
from generator.vocabulary.names import APPLICATIONS
from generator.vocabulary.refusal import Refusal

PLACES = ("overlays/", "argocd/", FOLDER)  # where nobody but gen writes


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found, paths and full names of tags. `tip` and `source` are commits, None where there is no branch or no
    publish."""

    tip: str | None
    source: str | None
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.foreign)


def verify(repository: Repository, remote: str, branch: str, render: Callable[[str, tuple[Kept, ...]], FileSet]) -> Verification:
    """Compares each file of the branch with what `render` gives for the commit that the branch was published from, and the
    lanes that it keeps."""
    tip = read_tip(repository, repository.remote(remote), branch)
    if tip.commit is None:
        raise Refusal(f"there is no branch {branch} at {remote} yet", "`gen publish` makes it", exit_code=16)
    if tip.source is None:
        raise Refusal(f"nothing on {branch} says that gen published it", "name another branch with --branch, or look who wrote it: `git log`", exit_code=16)
    if not repository.has(tip.source):
        raise Refusal(f"the branch was published from {tip.source[:10]}, which this clone does not have", "bring it: `git fetch --all`, or `git fetch --unshallow`")
    files = render(tip.source, tip.keeps)
    found = _compare(tip, files)
    differing = {*found.missing, *found.changed, *found.foreign}
    pins = pinned(files[path] for path in files if path.startswith(APPLICATIONS) and path not in differing)
    missing, moved = wrong(repository, pins, tip, files, differing)
    return replace(found, missing=(*found.missing, *missing), changed=(*found.changed, *moved))


def _compare(tip: Tip, files: FileSet) -> Verification:
    there = {path: entry for path, entry in tip.tree.items() if path.startswith(PLACES)}
    return Verification(
        tip.commit,
        tip.source,
        missing=tuple(sorted(path for path in files if path not in there)),
        changed=tuple(sorted(path for path in files if path in there and there[path] != Blob("100644", files.id(path)))),
        foreign=tuple(sorted(path for path in there if path not in files)),
    )
