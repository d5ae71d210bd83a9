"""The output in memory: a write-once map of paths to bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping


def blob_id(content: bytes) -> str:
    """The id that git gives a file of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class FileSet(Mapping[str, bytes]):
    """Paths (relative, `/` between parts) to content. Writing a path twice is a bug in gen, never a merge.

    Of some files only the ids may be known: their content is `made` when somebody reads one of them.
    """

    def __init__(self, known: Mapping[str, str] | None = None, made: Callable[[], FileSet] | None = None) -> None:
        self._content: dict[str, bytes] = {}
        self._ids: dict[str, str] = dict(known or {})
        self._made = made
        self._sorted: list[str] = []

    def add(self, path: str, content: str | bytes) -> None:
        if path in self:
            raise ValueError(f"two emitters write {path}")
        self._content[path] = content.encode() if isinstance(content, str) else content

    def join(self, other: FileSet) -> None:
        """Takes over all of another set that is complete."""
        if twice := {path for mine in (self._content, self._ids) for its in (other._content, other._ids) for path in mine.keys() & its.keys()}:
            raise ValueError(f"two emitters write {min(twice)}")
        self._content |= other._content
        self._ids |= other._ids
        self._made = self._made or other._made

    def id(self, path: str) -> str:
        """The blob id of a file."""
        if path not in self._ids:
            self._ids[path] = blob_id(self._content[path])
        return self._ids[path]

    def ids(self) -> dict[str, str]:
        """The blob ids of all files, in no order."""
        self._ids |= {path: blob_id(self._content[path]) for path in self._content.keys() - self._ids.keys()}
        return dict(self._ids)

    def __getitem__(self, path: str) -> bytes:
        if path not in self._content and path in self._ids and self._made is not None:
            for made, content in self._made().items():
                if blob_id(content) != self._ids.get(made):
                    raise ValueError(f"{made} was remembered wrongly")
                self._content[made] = content
            self._made = None
        return self._content[path]

    def __contains__(self, path: object) -> bool:
        return path in self._content or path in self._ids

    def __iter__(self) -> Iterator[str]:
        if len(self._sorted) != len(self):
            self._sorted = sorted(self._content.keys() | self._ids.keys())
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._content) if self._made is None else len(self._content.keys() | self._ids.keys())
