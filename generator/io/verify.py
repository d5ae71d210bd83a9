"""The output branch against what it should hold: all that its recorded source compiles to, nothing
else in gen's places, and tags that hold what Applications read at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from generator.io.git import Blob, Repository
from generator.io.keeps import KeptLane
from generator.io.remote import Remote, read_remote
from generator.io.signing import unsigned
from generator.io.tags import Tags, read_at, wrong
from generator.io.tip import Tip, read_tip
from generator.targets.ownership import FOLDER
from generator.vocabulary import names
from generator.vocabulary.files import FileSet
from generator.vocabulary.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found, paths and full names of tags. `tip` and `source` are commits, None where
    there is no branch or no publish."""

    tip: str | None
    source: str | None
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(self.kinds.values())

    @property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        return {
            "missing": self.missing,
            "changed": self.changed,
            "foreign": self.foreign,
            "stale": self.stale,
            "unsigned": self.unsigned,
        }


def _is_ours(path: str) -> bool:
    """Whether it lies where nobody but gen writes."""
    return path.startswith(("overlays/", FOLDER)) or names.is_argocd(path)


def verify(
    repository: Repository,
    remote: str,
    branch: str,
    render: Callable[[str, tuple[KeptLane, ...]], FileSet],
    sign: str | None = None,
) -> Verification:
    """Compares each file of the branch with what `render` gives for the commit that the branch was
    published from, and the lanes that it keeps."""
    places = read_remote(repository, remote)
    tip = read_tip(repository, places.first, branch)
    if tip.commit is None:
        raise Refusal(
            f"there is no branch {branch} at {remote} yet", "`gen publish` makes it", exit_code=16
        )
    if tip.source is None:
        raise Refusal(
            f"nothing on {branch} says that gen published it",
            "name another branch with --branch, or look who wrote it: `git log`",
            exit_code=16,
        )
    if not repository.has(tip.source):
        raise Refusal(
            f"the branch was published from {tip.source[:10]}, which this clone does not have",
            "bring it: `git fetch --all`, or `git fetch --unshallow`",
        )
    files = render(tip.source, tip.keeps)
    compared = _compare(tip, files)
    differing = {*compared.missing, *compared.changed, *compared.foreign}
    tags = read_at(files[path] for path in files if names.applied(path) and path not in differing)
    missing, moved = wrong(repository, tags, tip, files, differing)
    return replace(
        compared,
        missing=(*compared.missing, *missing),
        changed=(*compared.changed, *moved),
        stale=tuple(_stale(repository, places, branch, tip, tags)),
        unsigned=tuple(_unsigned(repository, tip, tags, sign)),
    )


def _unsigned(repository: Repository, tip: Tip, tags: Tags, sign: str | None) -> list[str]:
    """Commits that a cluster reads without a good signature: the tip, and those of tags."""
    if sign is None:
        return []
    read = {str(tip.commit), *(tip.tags[tag] for tag in tags.keys() & tip.tags.keys())}
    return unsigned(repository, read, sign)


def _stale(
    repository: Repository, places: Remote, branch: str, tip: Tip, tags: Tags
) -> Iterator[str]:
    """Places of the remote where the branch, or a tag that is needed, is not as at the first."""
    head, asked = f"refs/heads/{branch}", f"{names.tags(branch)}*"
    for place in places.places[1:]:
        refs = repository.remote_refs(place, head, asked)
        if refs.get(head) != tip.commit or tags.keys() - refs.keys():
            yield places.called(place)


def _compare(tip: Tip, files: FileSet) -> Verification:
    there = {path: entry for path, entry in tip.tree.items() if _is_ours(path)}
    return Verification(
        tip.commit,
        tip.source,
        missing=tuple(sorted(path for path in files if path not in there)),
        changed=tuple(
            sorted(
                path
                for path in files
                if path in there and there[path] != Blob("100644", files.id(path))
            )
        ),
        foreign=tuple(sorted(path for path in there if path not in files)),
    )
