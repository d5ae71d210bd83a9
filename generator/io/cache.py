"""What the last compile of a repository left, saved for the next: its memory, and the stamps of
files on disk.

A shortcut and nothing else. It is believed for the same code of gen and the same libraries, and
only if it is sealed with this user's own key, which lies elsewhere: so neither damage nor a cache
that somebody else prepared (one that a build server brings, say) tells gen anything. Whatever goes
wrong here (a full disk, no home, a folder of somebody else) costs time only."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import generator
from generator.io import saved_form
from generator.io.folder import NOTHING, Folder
from generator.io.stamps import Seen, settled, stamp
from generator.io.tree import OnDisk
from generator.vocabulary.later import Later

if TYPE_CHECKING:
    from generator.compiler.compile import Compiled
    from generator.compiler.steps import Memory

FOLDERS = 2  # output folders beside those of this run
WORTH = 1 / 100  # of the input's files, read anew, before it pays to keep what they say
MOST = 256 * 1024 * 1024  # bytes of all repositories together
REPOSITORIES = 200
LARGEST = 128 * 1024 * 1024  # of one
STALE = 3600  # seconds after which a temporary file is a dead run's
SEAL = 32


@dataclass(slots=True)
class Saved:
    """What is saved of a repository: stamps of its input, the memory of its last compile, stamps of
    output folders."""

    seen: Seen = field(default_factory=dict)
    memory: Memory | None = None
    folders: Mapping[str, Folder] = field(default_factory=dict)

    def blobs(self) -> dict[str, int]:
        """Blobs of the input that were read before, with their sizes."""
        return {blob: mark[0] for mark, blob in self.seen.values()}


def learned(before: Saved, compiled: Compiled, folders: Mapping[str, Folder]) -> Saved | None:
    """What to keep after a compile; None if the next run would hardly gain by it."""
    files = compiled.resolved.project.sources.files
    news = len(files.read) if isinstance(files, OnDisk) else 0
    for name, folder in folders.items():
        known = before.folders.get(name, Folder()).files
        news += sum(mark is not known.get(path) for path, mark in folder.files.items())
    much = before.memory is None or compiled.steps.much
    if not much and not _modelled() and news < WORTH * len(files):
        return None
    seen = before.seen
    if isinstance(files, OnDisk):
        seen = {path: mark for path, mark in files.seen.items() if settled(mark[0], files.when)}
    stand = {name: folder.settled() for name, folder in folders.items()}
    others = [pair for pair in before.folders.items() if pair[0] not in stand][-FOLDERS:]
    return Saved(seen, compiled.memory(), dict(others) | stand)


def _modelled() -> bool:
    """Whether the models were loaded, which takes longer than all that one file asks for."""
    return "pydantic" in sys.modules


def load(root: Path) -> Saved:
    """What was saved of a repository; nothing, if it cannot be believed."""
    try:
        sealed = _content(_file(root))
        if not hmac.compare_digest(_seal(root, sealed[SEAL:]), sealed[:SEAL]):
            return Saved()
        parts = saved_form.parts(sealed[SEAL:])
        folders = Later(lambda: saved_form.folders(parts["folders"]))
        return Saved(saved_form.seen(parts["seen"]), saved_form.memory(parts), folders)
    except (OSError, RuntimeError, ValueError, LookupError):
        return Saved()


def save(root: Path, saved: Saved) -> None:
    """Keeps it for the next run, in one step; or not."""
    import tempfile  # most runs save nothing

    try:
        content = packed(saved)
        if len(content) > LARGEST:
            return
        place = _file(root)
        _made(place.parent)
        handle, name = tempfile.mkstemp(prefix="new-", dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_seal(root, content) + content)
            Path(name).replace(place)
        except BaseException:
            Path(name).unlink()
            raise
        _bound(place.parent)
    except (OSError, RuntimeError, ValueError, OverflowError):
        pass


def packed(saved: Saved) -> bytes:
    """As bytes, in parts, so that each is made by who reads it."""
    named = {
        "seen": saved_form.of_seen(saved.seen),
        "folders": saved_form.of_folders(saved.folders),
    }
    return saved_form.joined(named | saved_form.of_memory(saved.memory))


def _file(root: Path) -> Path:
    name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:32]
    return _place("XDG_CACHE_HOME", ".cache") / f"{name}.kept"


def _place(variable: str, otherwise: str) -> Path:
    """Gen's folder below a place of the system's convention."""
    base = Path(os.environ.get(variable, ""))
    return (base if base.is_absolute() else Path.home() / otherwise) / "gen"


def _made(folder: Path) -> Path:
    """A folder of this user's, where nobody else may write."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise ValueError("somebody else's folder")
    return folder


def _content(path: Path) -> bytes:
    """A file of this user's alone."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb", buffering=0) as file:
        status = os.fstat(handle)
        if (
            not stat.S_ISREG(status.st_mode)
            or status.st_uid != os.geteuid()
            or status.st_mode & 0o077
            or status.st_size > LARGEST + SEAL
        ):
            raise ValueError("somebody else's file")
        return file.read()


def _seal(root: Path, content: bytes) -> bytes:
    """For this repository and this code alone."""
    seal = hashlib.blake2b(
        _code().encode() + b"\0" + os.fsencode(os.path.realpath(root)) + b"\0",
        key=_key(),
        digest_size=SEAL,
    )
    seal.update(content)
    return seal.digest()


def _key() -> bytes:
    """A secret of this user on this machine. It is no part of the cache, and so of no copy of
    it."""
    path = _made(_place("XDG_STATE_HOME", ".local/state")) / "key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(32))
    except FileExistsError:
        pass
    if len(key := _content(path)) != 32:
        raise ValueError("no key")
    return key


def _code() -> str:
    """Gen as it is, and what it stands on: each of its own files by its stamp, as files of the
    input are known. Python itself asks less of a module before it runs what it kept of it."""
    import yaml

    models = find_spec("pydantic")
    # To ask pydantic itself would be to load it.
    version = Path(models.origin or "" if models else "").with_name("version.py")
    said = sorted(_files(os.fspath(Path(generator.__file__).parent)))
    said += [_file_as_it_is(os.fspath(version), version.stat())]
    said += [sys.version, yaml.__version__, str(yaml.__with_libyaml__)]
    return hashlib.sha256(os.fsencode("\0".join(said))).hexdigest()


def _files(folder: str) -> Iterator[str]:
    """Each file below a folder, but what Python makes of them."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir():
                yield _file_as_it_is(entry.path, entry.stat())
            elif entry.name != "__pycache__":
                yield from _files(entry.path)


def _file_as_it_is(path: str, status: os.stat_result) -> str:
    # Without the device: that of a container is another each time it starts.
    size, *times, number, _ = stamp(status) or NOTHING
    return f"{path} {size} {times} {number}"


def _bound(folder: Path) -> None:
    """Takes away what dead runs left, and the oldest, until there is room."""
    entries, room = [], MOST
    for path in folder.iterdir():
        status = path.lstat()
        if path.name.startswith("new-") and status.st_mtime < time.time() - STALE:
            path.unlink(missing_ok=True)
        elif path.suffix == ".kept":
            entries.append((status.st_mtime, status.st_size, path))
    for number, (_, size, path) in enumerate(sorted(entries, reverse=True)):
        room -= size
        if room < 0 or number >= REPOSITORIES:
            path.unlink(missing_ok=True)
