"""A configuration repository as a commit holds it, read without a checkout."""

from __future__ import annotations

from generator.compiler.bases import BASES, COMPONENTS
from generator.compiler.load import ROOT
from generator.compiler.yaml_reader import MOST_BYTES
from generator.edge.git import GitFailed, Repository
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import Sources, printable, too_much

LINK, FILES = "120000", ("100644", "100755")


def commit_of(repository: Repository, revision: str) -> str:
    """The commit that a person's word (`main`, `HEAD^1`, `v1`) names."""
    try:
        return repository.text("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
    except GitFailed:
        raise Refusal(f"there is no commit `{revision[:100]}` here", "name a branch, a tag or a commit; a shallow clone may lack it: `git fetch --unshallow`", exit_code=2) from None


def read_commit(repository: Repository, commit: str) -> Sources:
    """All that a compile reads of a commit, below the folder that the repository was opened in; as `read_sources` does
    for files on disk."""
    out = repository.git("ls-tree", "-r", "-l", "-z", commit, "--", ROOT, BASES, COMPONENTS)
    blobs: dict[str, str] = {}
    refused: dict[str, str] = {}
    total = 0
    for line in out.decode("utf-8", "surrogateescape").split("\0"):
        if not line:
            continue
        head, _, path = line.partition("\t")
        mode, _, blob, size = head.split()
        if any(part.startswith(".") for part in path.split("/")) or path.startswith(ROOT) and not path.endswith((".yaml", ".yml")):
            continue
        if mode not in FILES:
            refused[printable(path)] = "a symbolic link" if mode == LINK else "no regular file"
        elif path != printable(path):
            refused[printable(path)] = "a file whose name is not UTF-8"
        elif int(size) > MOST_BYTES:
            refused[path] = f"a file of {int(size):,} bytes, more than {MOST_BYTES:,}"
        else:
            blobs[path] = blob
            total += int(size)
    if reason := too_much(len(blobs), total):
        return Sources({}, {ROOT.rstrip("/"): reason})
    return Sources(dict(zip(blobs, repository.blobs([*blobs.values()]), strict=True)), refused)


def gone_below(repository: Repository, before: str, after: str, folder: str) -> tuple[int, int]:
    """How many things a folder of the input lost between two commits, and how many it held before. A file that moved
    within the folder is the same thing: its name is its stem."""
    changes = repository.git("diff-tree", "-r", "-z", "--no-renames", "--name-status", "--relative", before, after, "--", folder).decode("utf-8", "surrogateescape").split("\0")
    pairs = [(kind, _stem(path)) for kind, path in zip(changes[::2], changes[1::2], strict=False) if path.endswith(".yaml")]
    lost = {name for kind, name in pairs if kind == "D"} - {name for kind, name in pairs if kind == "A"}
    if not lost:
        return 0, 0
    paths = repository.git("ls-tree", "-r", "-z", "--name-only", before, "--", folder).decode("utf-8", "surrogateescape").split("\0")
    return len(lost), len({_stem(path) for path in paths if path.endswith(".yaml")})


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".yaml")
