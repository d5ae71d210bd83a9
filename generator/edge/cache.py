"""What the last compile of a repository left, kept for the next: its memory, and the stamps of files on disk.

A shortcut and nothing else. It is believed for the same code of gen and the same libraries, and only if it is sealed with
this user's own key, which lies elsewhere: so neither damage nor a cache that somebody else prepared (one that a build
server brings, say) tells gen anything. Whatever goes wrong here (a full disk, no home, a folder of somebody else) costs
time only.
"""

from __future__ import annotations

import hashlib
import hmac
import marshal
import os
import pickle
import secrets
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import generator
from generator.compiler.compile import Compiled
from generator.compiler.load import NOTHING, Settled
from generator.compiler.memory import Memory
from generator.compiler.resolve import Resolved
from generator.edge.folder import Folder
from generator.edge.stamps import Seen, settled
from generator.edge.tree import OnDisk
from generator.vocabulary.plan import Later, Tenant

FEWEST = 1000  # files of input below which reading them is as quick
FOLDERS = 2  # output folders beside those of this run
WORTH = 200  # files that were read anew before it pays to keep what they say
MOST = 256 * 1024 * 1024  # bytes of all repositories together
LARGEST = 128 * 1024 * 1024  # of one
STALE = 3600  # seconds after which a temporary file is a dead run's
SEAL = 32
OF_RESOLVED, OF_PROJECT = ("runs", "tests"), ("services", "environments", "branches", "lanes")  # made of models


@dataclass(slots=True)
class Kept:
    """What is kept of a repository: stamps of its input, the memory of its last compile, stamps of output folders."""

    seen: Seen = field(default_factory=dict)
    memory: Memory | None = None
    folders: Mapping[str, Folder] = field(default_factory=dict)

    def blobs(self) -> dict[str, int]:
        """Blobs of the input that were read before, with their sizes."""
        return {id: mark[0] for mark, id in self.seen.values()}


def learned(before: Kept, compiled: Compiled, folders: Mapping[str, Folder]) -> Kept | None:
    """What to keep after a compile; None if the next run would hardly gain by it."""
    files = compiled.resolved.project.sources.files
    news = len(files.read) if isinstance(files, OnDisk) else 0
    news += sum(found is not known.files.get(path) for name, folder in folders.items() if (known := before.folders.get(name, Folder())) for path, found in folder.files.items())
    printed = before.memory is not None and before.memory.files is None and compiled.rest_is_printed
    if compiled.before is not None and not printed and max(news, len(compiled.resolved.project.tenants)) < WORTH:
        return None
    seen = {path: found for path, found in files.seen.items() if settled(found[0], files.when)} if isinstance(files, OnDisk) else before.seen
    stand = {name: folder.settled() for name, folder in folders.items()}
    others = [pair for pair in before.folders.items() if pair[0] not in stand][-FOLDERS:]
    return Kept(seen, compiled.memory(), dict(others) | stand)


def load(root: Path) -> Kept:
    """What was kept for a repository; nothing, if it cannot be believed."""
    try:
        sealed = _content(_entry(root))
        if not hmac.compare_digest(_seal(root, sealed[SEAL:]), sealed[:SEAL]):
            return Kept()
        memory, models, many, files, folders = pickle.loads(sealed[SEAL:])  # sealed by this user and this code, so no worse than a module of ours
        seen, tenants = marshal.loads(many)
        if memory is not None:
            ids, paths, said = tenants
            known = Settled(ids, paths, {name: tuple.__new__(Tenant, each) for name, each in said.items()})
            unpacked = cache(lambda: pickle.loads(models))  # a tenant's change reads none of it
            resolved = _with(memory.resolved, lambda number: Later(lambda: unpacked()[number]))
            memory = replace(memory, resolved=resolved, tenants=known, files=Later(lambda: marshal.loads(files)) if files else None)
        return Kept(seen, memory, Later(lambda: {name: Folder(*content) for name, content in marshal.loads(folders).items()}))
    except (OSError, RuntimeError, ValueError, EOFError):
        return Kept()


def save(root: Path, kept: Kept) -> None:
    """Keeps it for the next run, in one step; or not."""
    try:
        content = _packed(kept)
        if len(content) > LARGEST:
            return
        entry = _entry(root)
        _made(entry.parent)
        handle, name = tempfile.mkstemp(prefix="new-", dir=entry.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_seal(root, content) + content)
            os.replace(name, entry)
        except BaseException:
            os.unlink(name)
            raise
        _bound(entry.parent)
    except (OSError, RuntimeError, ValueError):
        pass


def _packed(kept: Kept) -> bytes:
    """In parts, so that each is unpacked by who reads it. What is equal is one object: it is written once."""
    one: dict[Any, Any] = {}
    memory, models, tenants, files = kept.memory, b"", None, None
    if memory is not None:
        said = {}
        for name, (_, rules, choices, sticky) in memory.tenants.tenants.items():
            rules = tuple((kind, one.setdefault(what, what), value) for kind, what, value in rules)
            said[name] = name, rules, one.setdefault(choices, choices), sticky
        tenants = memory.tenants.ids, memory.tenants.paths, said
        files = memory.files and marshal.dumps(dict(memory.files))
        resolved = memory.resolved
        models = pickle.dumps([dict(getattr(resolved, name)) for name in OF_RESOLVED] + [dict(getattr(resolved.project, name)) for name in OF_PROJECT], protocol=5)
        memory = replace(memory, resolved=_with(resolved, lambda number: {}), tenants=NOTHING, files=None)
    folders = {name: (folder.when, folder.places, folder.files) for name, folder in kept.folders.items()}
    return pickle.dumps((memory, models, marshal.dumps((dict(kept.seen), tenants)), files, marshal.dumps(folders)), protocol=5)


def _with(resolved: Resolved, of: Callable[[int], Mapping[Any, Any]]) -> Resolved:
    """The same, with other models."""
    project = replace(resolved.project, **{name: of(number) for number, name in enumerate(OF_PROJECT, len(OF_RESOLVED))})
    return replace(resolved, project=project, **{name: of(number) for number, name in enumerate(OF_RESOLVED)})


def _entry(root: Path) -> Path:
    return _place("XDG_CACHE_HOME", ".cache") / f"{hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:32]}.kept"


def _place(variable: str, otherwise: str) -> Path:
    """gen's folder below a place of the system's convention."""
    base = os.environ.get(variable, "")
    return (Path(base) if os.path.isabs(base) else Path.home() / otherwise) / "gen"


def _made(folder: Path) -> Path:
    """A folder of this user's, where nobody else may write."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise ValueError("somebody else's folder")
    return folder


def _content(path: Path) -> bytes:
    """A file of this user's alone."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb", buffering=0) as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077 or found.st_size > LARGEST + SEAL:
            raise ValueError("somebody else's file")
        return file.read()


def _seal(root: Path, content: bytes) -> bytes:
    """For this repository and this code alone."""
    seal = hashlib.blake2b(_code().encode() + b"\0" + os.fsencode(os.path.realpath(root)) + b"\0", key=_key(), digest_size=SEAL)
    seal.update(content)
    return seal.digest()


def _key() -> bytes:
    """A secret of this user on this machine. It is no part of the cache, and so of no copy of it."""
    path = _made(_place("XDG_STATE_HOME", ".local/state")) / "key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    if len(key := _content(path)) != 32:
        raise ValueError("no key")
    return key


def _code() -> str:
    """gen as it is: each of its own files, and what it stands on."""
    import yaml

    top, models = Path(generator.__file__).parent, find_spec("pydantic")
    digest = hashlib.sha256(f"{sys.version} {yaml.__version__} {yaml.__with_libyaml__}".encode())
    for path in (*sorted(top.rglob("*.py")), Path(models.origin or "" if models else "").with_name("version.py")):  # to ask pydantic itself would be to load it
        digest.update(b"%s\0%s\0" % (os.fsencode(path), path.read_bytes()))
    return digest.hexdigest()


def _bound(folder: Path) -> None:
    """Takes away what dead runs left, and the oldest, until there is room."""
    entries, room = [], MOST
    for path in folder.iterdir():
        found = path.lstat()
        if path.name.startswith("new-") and found.st_mtime < time.time() - STALE:
            path.unlink(missing_ok=True)
        elif path.suffix == ".kept":
            entries.append((found.st_mtime, found.st_size, path))
    for _, size, path in sorted(entries, reverse=True):
        room -= size
        if room < 0:
            path.unlink(missing_ok=True)
