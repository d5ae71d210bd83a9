"""A configuration repository on disk."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from generator.io.stamps import Seen, Stamp, stamp
from generator.vocabulary.files import blob_id
from generator.vocabulary.layout import BASES, COMPONENTS, DEFINITIONS, ROOT, most_bytes
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import Sources, printable, too_much


def read_sources(root: Path, seen: Seen | None = None) -> Sources:
    """All that a compile reads below `root`. Links, devices and what is too large are named and
    never opened. With what was `seen` there before, only what has another stamp since is opened;
    the rest when somebody reads it."""
    files = OnDisk(root, seen)
    refused: dict[str, str] = {}
    for folder, only_yaml in (
        (ROOT, True),
        (BASES, False),
        (COMPONENTS, False),
        (DEFINITIONS, True),
    ):
        parts = folder.strip("/").split("/")
        ways = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
        links = [path for path in ways if (root / path).is_symlink()]
        refused |= dict.fromkeys(links, "a symbolic link")
        if links or not (root / folder).is_dir():
            continue
        if reason := _walk(root, folder, only_yaml, files, refused):
            return Sources({}, {folder.rstrip("/"): reason})
    return Sources(files, refused, {path: blob for path, (_, blob) in files.seen.items()})


class OnDisk(Mapping[str, bytes]):
    """The input's files: what was read, and what is as it was `seen` (only that, if nothing is to
    be kept)."""

    def __init__(self, root: Path, before: Seen | None) -> None:
        self.root, self.before = root, before
        self.when, self.total = time.time_ns(), 0
        self.seen: dict[str, tuple[Stamp, str]] = {}
        self.read: dict[str, bytes] = {}

    def add(self, path: str, content: bytes, mark: Stamp) -> None:
        self.read[path] = content
        self.total += len(content)
        if self.before is not None:
            self.seen[path] = (mark, blob_id(content))

    def __getitem__(self, path: str) -> bytes:
        if path not in self.read:
            content = content_of(f"{self.root}/{path}") if path in self.seen else None
            if path in self.seen and (content is None or blob_id(content) != self.seen[path][1]):
                raise Refusal(f"{path} changed while gen worked", "run the command again")
            if content is None:
                raise KeyError(path)
            self.read[path] = content
        return self.read[path]

    def __contains__(self, path: object) -> bool:
        return path in (self.read if self.before is None else self.seen)

    def __iter__(self) -> Iterator[str]:
        return iter(self.read if self.before is None else self.seen)

    def __len__(self) -> int:
        return len(self.read if self.before is None else self.seen)


def _walk(
    root: Path, top: str, only_yaml: bool, files: OnDisk, refused: dict[str, str]
) -> str | None:
    """Reads what is below a folder, or says why it is too much to read."""
    folders, seen = [top], 0
    for folder in folders:  # grows while it is walked
        try:
            entries = _entries(root / folder, stamped=bool(files.before))
        except OSError as error:
            name = printable(folder.rstrip("/"))
            refused[name] = f"a folder that cannot be opened ({error.strerror})"
            continue
        for entry, mark in entries:
            path = folder + entry.name
            if (known := (files.before or {}).get(path)) and known[0] == mark:
                files.seen[path] = known
                files.total += known[0][0]
            elif entry.is_dir(follow_symlinks=False):
                folders.append(path + "/")
            elif (not only_yaml or path.endswith((".yaml", ".yml"))) and (
                reason := _read(f"{root}/{path}", path, files)
            ):
                refused[printable(path)] = reason
        seen += len(entries)
        if reason := too_much(seen, files.total):
            return reason
    return None


def _entries(folder: Path, *, stamped: bool) -> list[tuple[os.DirEntry[str], Stamp | None]]:
    """What stands in a folder, with its stamp if somebody knows an older one; names with a dot in
    front are of editors and systems."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        # By the folder's handle, entries are found without walking the whole path again.
        with os.scandir(handle) as there:
            shown = [entry for entry in there if not entry.name.startswith(".")]
        if not stamped:
            return [(entry, None) for entry in shown]
        return [(entry, stamp(entry.stat(follow_symlinks=False))) for entry in shown]
    finally:
        os.close(handle)


def _read(location: str, path: str, files: OnDisk) -> str | None:
    """Reads one file, or says why not. The file that was checked is the one that is read."""
    if path != printable(path):
        return "a file whose name is not UTF-8"
    try:
        handle = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if Path(location).is_symlink():
            return "a symbolic link"
        return f"a file that cannot be opened ({error.strerror})"
    try:
        status = os.fstat(handle)
        mark = stamp(status)
        if mark is None or not stat.S_ISREG(status.st_mode):
            return "no regular file"
        if status.st_size > (most := most_bytes(path)):
            return f"a file of {status.st_size:,} bytes, more than {most:,}"
        content = os.read(
            handle, status.st_size + 1
        )  # room for the most would take ten times as long
        if len(content) > status.st_size:  # it grows
            content += os.read(handle, most)
        files.add(path, content, mark)
        return None
    finally:
        os.close(handle)


def content_of(path: str) -> bytes | None:
    """A file's bytes; None for what is no file, which then differs from every content."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb", buffering=0) as file:
            return file.read()
    except OSError:
        return None
