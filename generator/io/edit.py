"""Single files of a configuration repository, written and deleted in one step, never through a
link."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from generator.vocabulary.refusal import Refusal


def write_file(path: Path, raw: bytes) -> None:
    """One file, in one step, never through a link."""
    if path.is_symlink():
        raise Refusal(f"{path} is a symbolic link", "edit the file that it points to")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".gen-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def delete_file(root: Path, path: str) -> None:
    """One file, and the folders above it that it leaves empty."""
    (root / path).unlink()
    for folder in list((root / path).parents):
        if folder == root or any(folder.iterdir()):
            return
        folder.rmdir()


def refuse_links(root: Path, path: str) -> None:
    """Refuses a path whose way below `root` goes through a link: gen reads nothing behind one, so
    it writes nothing there."""
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        if (way := root.joinpath(*parts[:depth])).is_symlink():
            raise Refusal(
                f"{way} is a symbolic link",
                "put a real folder or file there; gen reads nothing through links",
            )


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
