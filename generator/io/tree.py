"""Trees on disk: reading a configuration repository, writing and comparing the output."""

from __future__ import annotations

import ctypes
import glob
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from generator.io.folder import Folder, filled, look
from generator.io.stamps import Seen, Stamp, stamp
from generator.targets.ownership import FOLDER, parse, part_of
from generator.vocabulary.files import FileSet, blob_id
from generator.vocabulary.layout import BASES, COMPONENTS, DEFINITIONS, ROOT, most_bytes
from generator.vocabulary.plural import some
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import Sources, printable, too_much

FEW = 3  # files that take their places one by one


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
            content = _content(f"{self.root}/{path}") if path in self.seen else None
            if path in self.seen and (content is None or blob_id(content) != self.seen[path][1]):
                raise Refusal(f"{path} changed while gen worked", "run the command again")
            if content is None:
                raise KeyError(path)
            self.read[path] = content
        return self.read[path]

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
            entries = _entries(root / folder)
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


def _entries(folder: Path) -> list[tuple[os.DirEntry[str], Stamp | None]]:
    """What stands in a folder, with its stamp; names with a dot in front are of editors and
    systems."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        # By the folder's handle, entries are found without walking the whole path again.
        with os.scandir(handle) as there:
            shown = [entry for entry in there if not entry.name.startswith(".")]
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
        files.add(path, os.read(handle, most + 1), mark)
        return None
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Difference:
    """What would have to be written for a folder to hold a file set. Paths are relative, sorted.
    `there` is what stands in the folder, afterwards."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    there: Folder

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.deleted)

    def __len__(self) -> int:
        return len(self.added) + len(self.changed) + len(self.deleted)


def compare(folder: Path, files: FileSet, before: Folder | None = None) -> Difference:
    """What differs between a folder and the files that it should hold, foreign files included."""
    there = look(folder, before)
    ids = {path: blob for path, (_, blob) in there.files.items()}
    wanted = files.ids()
    fresh = sorted(path for path, _ in wanted.items() - ids.items())
    added = tuple(path for path in fresh if path not in ids)
    changed = tuple(path for path in fresh if path in ids)
    return Difference(added, changed, tuple(sorted(ids.keys() - wanted.keys())), there)


def write(folder: Path, files: FileSet, before: Folder | None = None) -> Difference:
    """Makes a folder hold exactly these files, in one step: a reader, or a kill, meets the old
    tree or the new one. (Where no more than `FEW` files change, each takes its place by a step of
    its own.) Refuses a link, and a folder with anything that gen did not write there."""
    if folder.is_symlink():
        raise Refusal(f"{folder} is a symbolic link", "name the folder itself with --out")
    difference = compare(folder, files, before)
    _own(folder, difference)
    _sweep(folder)
    if folder.exists() and not difference:
        return difference
    folder.parent.mkdir(parents=True, exist_ok=True)
    few = len(difference.changed) == len(difference) <= FEW
    new = Path(tempfile.mkdtemp(prefix=f".gen-{folder.name}-{os.getpid()}-", dir=folder.parent))
    try:
        if few:
            _exchange(new, files, folder, difference.changed)
            return replace(difference, there=difference.there.without(difference.changed))
        _fill(new, files, folder, set(difference.added) | set(difference.changed))
        new.chmod(0o777 & ~_umask())
        fresh = {path: files.id(path) for path in (*difference.added, *difference.changed)}
        there = filled(new, files, fresh) if before is not None else difference.there
        _swap(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return replace(difference, there=there)


def _exchange(new: Path, files: FileSet, folder: Path, changed: tuple[str, ...]) -> None:
    for number, path in enumerate(changed):
        (new / str(number)).write_bytes(files[path])
        (new / str(number)).chmod(0o666 & ~_umask())
    for number, path in enumerate(changed):
        (new / str(number)).replace(folder / path)


def _own(folder: Path, difference: Difference) -> None:
    lists = {FOLDER + part_of(path) for path in difference.deleted + difference.changed}
    contents = [_content(f"{folder}/{path}") for path in sorted(lists)]
    owned = parse(content for content in contents if content is not None)

    def unowned(paths: tuple[str, ...]) -> list[str]:
        return [path for path in paths if path not in owned and not path.startswith(FOLDER)]

    if foreign := unowned(difference.deleted) + unowned(difference.changed):
        raise Refusal(
            f"{folder} holds {some(foreign, 1)}, which gen did not write",
            "name another folder with --out, or move those files away",
        )


def _fill(new: Path, files: FileSet, old: Path, fresh: set[str]) -> None:
    made: set[str] = set()
    top, there = str(new), str(old)
    for path in files:
        parent = path.rpartition("/")[0]
        if parent not in made:
            (new / parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        if path in fresh:
            with Path(f"{top}/{path}").open("wb", buffering=0) as file:
                file.write(files[path])
        else:
            os.link(f"{there}/{path}", f"{top}/{path}")


def _swap(new: Path, folder: Path) -> None:
    """Exchanges the two names at once where the system can; elsewhere by two renames."""
    if not folder.exists():
        new.rename(folder)
        return
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        exchange = None
    at_here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    one, other = os.fsencode(new), os.fsencode(folder)
    if exchange is None or exchange(at_here, one, at_here, other, swap) != 0:
        aside = new.with_name(new.name + ".old")
        folder.rename(aside)
        new.rename(folder)
        shutil.rmtree(aside)


def _sweep(folder: Path) -> None:
    """Takes away what killed runs left beside the folder; a run that is still alive keeps its
    own."""
    for left in folder.parent.glob(f".gen-{glob.escape(folder.name)}-*-*"):
        process = left.name.removeprefix(f".gen-{folder.name}-").split("-")[0]
        if process.isdigit() and not alive(int(process)):
            shutil.rmtree(left, ignore_errors=True)


def alive(process: int) -> bool:
    """Whether a process of this number runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _content(path: str) -> bytes | None:
    """A file's bytes; None for what is no file, which then differs from every content."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb", buffering=0) as file:
            return file.read()
    except OSError:
        return None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
