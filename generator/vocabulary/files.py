"""The output in memory: a write-once map of paths to bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class FileSet(Mapping[str, bytes]):
    """Paths (relative, `/` between parts) to content. Writing a path twice is a bug in gen, never a merge."""

    def __init__(self) -> None:
        self._content: dict[str, bytes] = {}

    def add(self, path: str, content: str | bytes) -> None:
        if path in self._content:
            raise ValueError(f"two emitters write {path}")
        self._content[path] = content.encode() if isinstance(content, str) else content

    def __getitem__(self, path: str) -> bytes:
        return self._content[path]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._content))

    def __len__(self) -> int:
        return len(self._content)
