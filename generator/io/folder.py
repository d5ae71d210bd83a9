"""What stands in a folder, by blob ids. What has the stamp that it had before is not read again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.io.stamps import Stamp, settled, stamp
from generator.vocabulary.files import blob_id

NOTHING: Stamp = (0, 0, 0, 0, 0)  # the stamp of what is no file
# A folder's stamp, the names of its files and of its folders.
Place = tuple[Stamp, tuple[str, ...], tuple[str, ...]]


@dataclass(slots=True)
class Folder:
    """`places`: each folder and what is in it. `files`: each file with its stamp and blob id (""
    for what is no file). `when`: the clock when they were known, in ns."""

    when: int = field(default_factory=time.time_ns)
    places: dict[str, Place] = field(default_factory=dict)
    files: dict[str, tuple[Stamp, str]] = field(default_factory=dict)

    def without(self, paths: Iterable[str]) -> Folder:
        """The same, where files have changed since."""
        gone = set(paths)
        changed = {path.rpartition("/")[0] for path in gone}
        return Folder(
            self.when,
            {
                place: seen
                for place, seen in self.places.items()
                if place.rstrip("/") not in changed
            },
            {path: seen for path, seen in self.files.items() if path not in gone},
        )

    def settled(self) -> Folder:
        """What the next look may believe."""
        return Folder(
            self.when,
            {place: seen for place, seen in self.places.items() if settled(seen[0], self.when)},
            {path: seen for path, seen in self.files.items() if settled(seen[0], self.when)},
        )


def look(folder: Path, before: Folder | None = None) -> Folder:
    """All that stands in a folder; nothing in one that is not there. Links are not followed."""
    now, before = Folder(), before or Folder()
    try:
        top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return now
    try:
        places = [""]
        for place in places:  # grows while it is walked
            now.places[place] = listed = _listed(top, place, before.places.get(place))
            places += [f"{place}{name}/" for name in listed[2]]
            for name in listed[1]:
                path = place + name
                now.files[path] = _identified(top, path, before.files.get(path))
    finally:
        os.close(top)
    return now


def _listed(top: int, place: str, known: Place | None) -> Place:
    try:
        if known is not None and stamp(os.lstat(place[:-1] or ".", dir_fd=top)) == known[0]:
            return known
        handle = os.open(
            place or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top
        )
    except OSError:
        return NOTHING, (), ()
    try:
        mark = stamp(os.fstat(handle))
        with os.scandir(handle) as entries:
            kinds = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    finally:
        os.close(handle)
    return (
        mark or NOTHING,
        tuple(name for name, folder in kinds if not folder),
        tuple(name for name, folder in kinds if folder),
    )


def _identified(top: int, path: str, known: tuple[Stamp, str] | None) -> tuple[Stamp, str]:
    try:
        if known is not None and stamp(os.lstat(path, dir_fd=top)) == known[0]:
            return known
        handle = os.open(
            path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=top
        )
    except OSError:
        return NOTHING, ""
    with os.fdopen(handle, "rb", buffering=0) as file:
        mark = stamp(os.fstat(handle))
        return (mark, blob_id(file.read())) if mark is not None else (NOTHING, "")


def filled(folder: Path, paths: Iterable[str], ids: Mapping[str, str]) -> Folder:
    """A folder that was filled just now, with nobody else there: `ids` of the files that were
    written. The others were linked, and are read the next time."""
    names: dict[str, tuple[dict[str, None], dict[str, None]]] = {"": ({}, {})}
    for path in paths:
        place, _, name = path.rpartition("/")
        names.setdefault(place, ({}, {}))[0][name] = None
        while place:
            above, _, name = place.rpartition("/")
            names.setdefault(above, ({}, {}))[1][name] = None
            place = above
    now = Folder()
    for place, (files, folders) in names.items():
        mark = stamp(os.lstat(folder / place))
        now.places[f"{place}/" if place else ""] = (mark or NOTHING, tuple(files), tuple(folders))
    for path, blob in ids.items():
        now.files[path] = (stamp(os.lstat(f"{folder}/{path}")) or NOTHING, blob)
    return now
