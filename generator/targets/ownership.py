"""Which files of the output are gen's: a record in the output itself.

`.gen/owned/<part>` lists `<git blob id>  <path>` of each file of one part of the tree, so that a
change touches only the lists it concerns. Publishing and building delete what these lists name, and
nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from generator.vocabulary import names
from generator.vocabulary.files import FileSet

FOLDER = ".gen/owned/"


def part_of(path: str) -> str:
    """`overlays/test/mesh/x.yaml` → `overlays-test`, and the applications that deploy it;
    `argocd/root.yaml` → `argocd`."""
    if (part := names.applied(path)) is not None:
        return f"overlays-{part.split('/')[0]}"
    parts = path.split("/")
    return "-".join(parts[:2]) if parts[0] == "overlays" else parts[0]


def manifest(files: FileSet) -> dict[str, str]:
    """The lists for a tree without lists."""
    lines: dict[str, list[str]] = {}
    for path in files:
        lines.setdefault(part_of(path), []).append(f"{files.id(path)}  {path}\n")
    return {FOLDER + part: "".join(entries) for part, entries in lines.items()}


def parse(lists: Iterable[bytes]) -> dict[str, str]:
    """Path → blob id of all that the lists name. A line that gen did not write is skipped: it owns
    nothing."""
    owned = {}
    for line in b"".join(lists).decode("utf-8", "replace").split("\n"):
        blob, gap, path = line.partition("  ")
        if (
            gap
            and len(blob) == 40
            and (path.startswith("overlays/") or names.is_argocd(path))
            and ".." not in path.split("/")
        ):
            owned[path] = blob
    return owned
