"""The output in memory: a write-once map of paths to bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache


def blob_id(content: bytes) -> str:
    """The id that git gives a file of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class FileSet(Mapping[str, bytes]):
    """Paths (relative, `/` between parts) to content. Writing a path twice is a bug in gen, never a
    merge.

    Of some files only the ids may be known: their content is `made` when somebody reads one of
    them."""

    def __init__(
        self, known: Mapping[str, str] | None = None, made: Callable[[], FileSet] | None = None
    ) -> None:
        self._content: dict[str, bytes] = {}
        self._ids: dict[str, str] = dict(known or {})
        self._made: dict[str, Callable[[], FileSet]] = (
            dict.fromkeys(self._ids, cache(made)) if made else {}
        )
        self._sorted: list[str] = []

    def add(self, path: str, content: str | bytes) -> None:
        if path in self:
            raise ValueError(f"two printers write {path}")
        self._content[path] = content.encode() if isinstance(content, str) else content

    def join(self, other: FileSet) -> None:
        """Takes over all of another set that is complete."""
        # Asked of the smaller set: many small ones are joined to one that grows.
        if twice := [path for path in other._content.keys() | other._ids.keys() if path in self]:
            raise ValueError(f"two printers write {min(twice)}")
        self._content |= other._content
        self._ids |= other._ids
        self._made |= other._made

    def id(self, path: str) -> str:
        """The blob id of a file."""
        if path not in self._ids:
            self._ids[path] = blob_id(self._content[path])
        return self._ids[path]

    def ids(self) -> dict[str, str]:
        """The blob ids of all files, in no order."""
        self._ids |= {
            path: blob_id(self._content[path]) for path in self._content.keys() - self._ids.keys()
        }
        return dict(self._ids)

    def __getitem__(self, path: str) -> bytes:
        if path in self._made:
            content = self._made[path]()[path]
            if blob_id(content) != self._ids[path]:
                raise ValueError(f"{path} was remembered wrongly")
            self._content[path] = content
            del self._made[path]
        return self._content[path]

    def __contains__(self, path: object) -> bool:
        return path in self._content or path in self._ids

    def __iter__(self) -> Iterator[str]:
        if len(self._sorted) != len(self):
            self._sorted = sorted(self._content.keys() | self._ids.keys())
        return iter(self._sorted)

    def __len__(self) -> int:
        if not self._made:
            return len(self._content)
        return len(self._content.keys() | self._ids.keys())
