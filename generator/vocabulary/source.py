"""Source text and where things stand in it.

A `Place` is symbolic: a file and a route of keys and indices. Only when something is shown to a person is
it turned into line and column, by reading that one file again (`compiler/yaml_reader.py:locate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.vocabulary.files import blob_id

Route = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A span inside one file; line and column count from 1, columns in characters."""

    line: int
    column: int
    width: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file: by route, or by mark where there is no tree to walk (broken YAML, manifests)."""

    path: str
    route: Route = ()
    on_key: bool = False
    mark: Mark | None = None

    def key(self, *more: str | int) -> Place:
        """The place of a key below this one."""
        return Place(self.path, self.route + more, on_key=True)

    def at(self, *more: str | int) -> Place:
        """The place of a value below this one."""
        return Place(self.path, self.route + more)


@dataclass(frozen=True, slots=True)
class Sources:
    """What a compile reads: repository path → bytes, and what was seen there but may not be opened.

    `refused` holds paths with the reason in words (symbolic link, device, too many bytes…); their content was never read.
    `ids` holds blob ids, as far as they are known without reading.
    """

    files: Mapping[str, bytes]
    refused: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def id(self, path: str) -> str:
        """The blob id of a file."""
        return self.ids.get(path) or blob_id(self.files[path])

    def below(self, prefix: str) -> list[str]:
        """Paths under a folder, sorted, so that the order on disk never shows."""
        return sorted(path for path in self.files if path.startswith(prefix))
