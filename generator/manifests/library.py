"""The definitions of Kubernetes' own kinds, by version, from one file (`tests/schemas/make.py`
makes it)."""

from __future__ import annotations

import json
import pkgutil
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any

Schema = Mapping[str, Any]


@cache
def _lines() -> tuple[Mapping[str, Any], list[bytes]]:
    """The index, and all lines: the first definition is line 1."""
    packed = pkgutil.get_data("generator.manifests", "schemas/kubernetes.deflate") or b""
    lines = zlib.decompress(packed).split(b"\n")
    return json.loads(lines[0]), lines


@cache
def _definition(line: int) -> Schema:
    made: Schema = json.loads(_lines()[1][line])
    return made


def versions() -> tuple[str, ...]:
    """Versions of Kubernetes, oldest first."""
    return tuple(_lines()[0]["versions"])


class Library:
    """What one version of Kubernetes defines. Definitions have short names: `core.v1.Container`."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._number = versions().index(version)
        self._index = _lines()[0]

    def __getitem__(self, name: str) -> Schema:
        line = self._line(name)
        if line is None:
            raise KeyError(name)
        return _definition(line)

    def __contains__(self, name: str) -> bool:
        return self._line(name) is not None

    def names(self) -> list[str]:
        return [name for name in self._index["names"] if name in self]

    def kind(self, api_version: str, kind: str) -> str | None:
        """The definition of a kind."""
        name = self._index["kinds"].get(f"{api_version} {kind}")
        return name if name is not None and name in self else None

    def kinds(self) -> Mapping[str, list[str]]:
        """Kind → the versions of the API that have it."""
        return _kinds(self.version)

    def groups(self) -> frozenset[str]:
        """Groups of the API, of all versions."""
        return _groups()

    def _line(self, name: str) -> int | None:
        last = None
        for first, line in self._index["names"].get(name, ()):
            if first <= self._number:
                last = line
        return last


@cache
def library(version: str) -> Library:
    """The definitions of a version; `ValueError` for one that is not in `versions()`."""
    return Library(version)


@cache
def _groups() -> frozenset[str]:
    return frozenset(both.partition(" ")[0].rpartition("/")[0] for both in _lines()[0]["kinds"])


@cache
def _kinds(version: str) -> Mapping[str, list[str]]:
    here, made = library(version), dict[str, list[str]]()
    for both, name in _lines()[0]["kinds"].items():
        if name in here:
            api_version, _, kind = both.partition(" ")
            made.setdefault(kind, []).append(api_version)
    return made
