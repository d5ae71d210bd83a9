"""Source text and where things stand in it.

A `Place` is symbolic: a file and a route of keys and indices. Only when something is shown to a
person is it turned into line and column, by reading that one file again
(`vocabulary/yaml_reader.py:locate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from generator.vocabulary.files import blob_id

MOST_FILES = 200_000
MOST_TOTAL = 128 * 1024 * 1024  # bytes of all files
MOST_BYTES = 256 * 1024  # of one file
MOST_OF_OBJECT = 1024 * 1024  # of a manifest: what a cluster keeps of one object
MOST_OF_DEFINITION = 2 * 1024 * 1024  # of a custom kind's definition: more than a server keeps
# How a pointer of Git LFS begins, under the name that it has now and those it had.
POINTERS = (
    b"version https://git-lfs.github.com/spec/",
    b"version https://hawser.github.com/spec/",
    b"version http://git-media.io/v/",
)

Route = tuple[str | int, ...]


class Written(str):
    """A number of a manifest in another form than whole and decimal (`0644`, `1e3`, `.5`), as it is
    written."""

    __slots__ = ()


class Mark(NamedTuple):
    """A span inside one file; line and column count from 1, columns in characters."""

    line: int
    column: int
    width: int = 1


class Place(NamedTuple):
    """A spot in a file: by route, or by mark where there is no tree to walk (broken YAML).

    `document` counts the documents of a manifest; `word` is looked for from there on, in a text
    inside the text."""

    path: str
    route: Route = ()
    on_key: bool = False
    mark: Mark | None = None
    document: int = 0
    word: str = ""

    def key(self, *more: str | int) -> Place:
        """The place of a key below this one."""
        return Place(self.path, self.route + more, True, self.mark, self.document, self.word)

    def at(self, *more: str | int) -> Place:
        """The place of a value below this one."""
        return Place(self.path, self.route + more, False, self.mark, self.document, self.word)


def printable(path: str) -> str:
    """A path as it can be shown: what is not UTF-8 in it, as marks."""
    return path if path.isascii() else path.encode("utf-8", "replace").decode()


def too_much(files: int, total: int) -> str | None:
    """Why a folder is not read, if it holds more than any configuration does."""
    if files > MOST_FILES:
        return f"a folder with more than {MOST_FILES:,} files"
    return f"a folder with more than {MOST_TOTAL:,} bytes" if total > MOST_TOTAL else None


@dataclass(frozen=True, slots=True)
class Sources:
    """What a compile reads: repository path → bytes, and what was seen there but may not be opened.

    `refused` holds paths with the reason in words (symbolic link, device, too many bytes…); their
    content was never read. `ids` holds blob ids, as far as they are known without reading."""

    files: Mapping[str, bytes]
    refused: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def id(self, path: str) -> str:
        """The blob id of a file."""
        return self.ids.get(path) or blob_id(self.files[path])

    def below(self, prefix: str) -> list[str]:
        """Paths under a folder, sorted, so that the order on disk never shows."""
        return sorted(path for path in self.files if path.startswith(prefix))
