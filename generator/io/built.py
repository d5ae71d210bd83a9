"""The output tree in a folder: comparing, and writing in one step."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from generator.io.folder import Folder, filled, look
from generator.io.tree import content_of
from generator.targets.ownership import FOLDER, parse, part_of
from generator.vocabulary.files import FileSet
from generator.vocabulary.plural import some
from generator.vocabulary.refusal import Refusal

FEW = 3  # files that take their places one by one


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
    contents = [content_of(f"{folder}/{path}") for path in sorted(lists)]
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
    import ctypes  # most changes exchange no folder

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


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
