"""A configuration repository as a commit holds it, read without a checkout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from generator.io.git import GitFailed, Repository
from generator.vocabulary.layout import BASES, COMPONENTS, DEFINITIONS, ROOT, most_bytes
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import Sources, printable, too_much

LINK, FILES = "120000", ("100644", "100755")


def commit_of(repository: Repository, revision: str) -> str:
    """The commit that a person's word (`main`, `HEAD^1`, `v1`) names."""
    try:
        return repository.text(
            "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"
        )
    except GitFailed:
        raise Refusal(
            f"there is no commit `{revision[:100]}` here",
            "name a branch, a tag or a commit; a shallow clone may lack it: `git fetch "
            "--unshallow`",
            exit_code=2,
        ) from None


def read_commit(
    repository: Repository, commit: str, known: Mapping[str, int] = MappingProxyType({})
) -> Sources:
    """All that a compile reads of a commit, below the folder that the repository was opened in; as
    `read_sources` does for files on disk. Of blobs whose size is `known` the text is brought only
    when somebody reads it."""
    out = repository.git("ls-tree", "-r", "-z", commit, "--", ROOT, BASES, COMPONENTS, DEFINITIONS)
    blobs: dict[str, str] = {}
    refused: dict[str, str] = {}
    for line in out.decode("utf-8", "surrogateescape").split("\0"):
        if not line:
            continue
        head, _, path = line.partition("\t")
        mode, _, blob = head.split()
        if "/." in f"/{path}" or (
            path.startswith((ROOT, DEFINITIONS)) and not path.endswith((".yaml", ".yml"))
        ):
            continue
        if mode not in FILES:
            refused[printable(path)] = "a symbolic link" if mode == LINK else "no regular file"
        elif path != printable(path):
            refused[printable(path)] = "a file whose name is not UTF-8"
        else:
            blobs[path] = blob
    sizes = dict(known)
    sizes |= zip(
        fresh := [blob for blob in blobs.values() if blob not in known],
        repository.sizes(fresh),
        strict=True,
    )
    for path, blob in [*blobs.items()]:
        if sizes[blob] > (most := most_bytes(path)):
            refused[path] = f"a file of {sizes[blob]:,} bytes, more than {most:,}"
            del blobs[path]
    if reason := too_much(len(blobs), sum(sizes[blob] for blob in blobs.values())):
        return Sources({}, {ROOT.rstrip("/"): reason})
    files = InCommit(repository, blobs)
    files.bring([path for path, blob in blobs.items() if blob not in known])
    return Sources(files, refused, blobs)


class InCommit(Mapping[str, bytes]):
    """Files of a commit, brought when they are read: a few one by one, as most changes need no
    more, then all at once."""

    FEW = 4

    def __init__(self, repository: Repository, blobs: Mapping[str, str]) -> None:
        self.repository, self.blobs = repository, blobs
        self.read: dict[str, bytes] = {}
        self.alone = 0

    def bring(self, paths: list[str]) -> None:
        self.read |= zip(
            paths, self.repository.blobs([self.blobs[path] for path in paths]), strict=True
        )

    def __getitem__(self, path: str) -> bytes:
        if path not in self.read and path in self.blobs:
            self.alone += 1
            rest = [path for path in self.blobs if path not in self.read]
            self.bring([path] if self.alone <= self.FEW else rest)
        return self.read[path]

    def __contains__(self, path: object) -> bool:
        return path in self.blobs

    def __iter__(self) -> Iterator[str]:
        return iter(self.blobs)

    def __len__(self) -> int:
        return len(self.blobs)


def gone_below(repository: Repository, before: str, after: str, folder: str) -> tuple[int, int]:
    """How many things a folder of the input lost between two commits, and how many it held before.
    A file that moved within the folder is the same thing: its name is its stem."""
    changes = _changes(repository, before, after, folder)
    pairs = [(kind, _stem(path)) for kind, path in changes if path.endswith(".yaml")]
    lost = {name for kind, name in pairs if kind == "D"} - {
        name for kind, name in pairs if kind == "A"
    }
    if not lost:
        return 0, 0
    paths = (
        repository.git("ls-tree", "-r", "-z", "--name-only", before, "--", folder)
        .decode("utf-8", "surrogateescape")
        .split("\0")
    )
    return len(lost), len({_stem(path) for path in paths if path.endswith(".yaml")})


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".yaml")


def edited_below(repository: Repository, before: str, after: str, folder: str) -> list[str]:
    """Files of a folder of the input that two commits hold, each otherwise, or elsewhere."""
    changes = list(_changes(repository, before, after, folder))
    new = {_stem(path) for kind, path in changes if kind == "A"}
    return [path for kind, path in changes if kind != "A" and (kind != "D" or _stem(path) in new)]


def _changes(
    repository: Repository, before: str, after: str, folder: str
) -> Iterator[tuple[str, str]]:
    """(A, D, M or T, path) of each file of a folder that two commits do not hold alike."""
    how = "-r", "-z", "--no-renames", "--name-status", "--relative"
    said = repository.git("diff-tree", *how, before, after, "--", folder)
    told = said.decode("utf-8", "surrogateescape").split("\0")
    yield from zip(told[::2], told[1::2], strict=False)
