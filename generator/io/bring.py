"""What is brought to be taken over: files, folders, Kustomize overlays and standard input, read
under the caps of all input. Nothing is fetched, and no link is followed."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from generator.adoption.compose_text import is_compose
from generator.adoption.items import MOST_BYTES
from generator.io import kustomize
from generator.vocabulary.layout import KUSTOMIZATIONS
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import printable

MOST_FILES = 20_000
STDIN = "stdin"
_MOST_OF_VARIABLES = 1 << 20  # bytes
_MOST_NEAR = 1 << 16  # bytes of a file that a Compose file names
_ENDS = (".yaml", ".yml", ".json")


def read(sources: Sequence[str]) -> dict[str, bytes]:
    """Name → bytes of all that the sources hold, in their order."""
    files: dict[str, bytes] = {}
    total = 0
    for source in sources:
        for name, raw in _source(source):
            files[name] = raw
            total += len(raw)
            if total > MOST_BYTES:
                raise Refusal(
                    f"more than {MOST_BYTES:,} bytes",
                    "bring one application, or one namespace, at a time",
                )
    return files


def beside(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Path of a Compose file → bytes of the `.env` in its folder, where there is one."""
    found: dict[str, bytes] = {}
    for name, raw in files.items():
        there = Path(name).parent / ".env"
        if name == STDIN or not is_compose(raw.decode(errors="replace")):
            continue
        if there.is_file() and not there.is_symlink():
            found[name] = _file(there)[:_MOST_OF_VARIABLES]
    return found


def near(path: str, name: str) -> str:
    """The text of a file that a Compose file names below its own folder; empty where it is none, or
    large, or the way there goes through a link."""
    parts = Path(name).parts
    if path == STDIN or not parts or Path(name).is_absolute() or ".." in parts:
        return ""
    there = Path(path).parent
    try:
        for part in parts:
            there /= part
            if there.is_symlink():
                return ""
        if not there.is_file() or there.stat().st_size > _MOST_NEAR:
            return ""
        return _file(there).decode(errors="replace")
    except (OSError, ValueError):  # it went meanwhile, or is no name of a file
        return ""


def _source(source: str) -> Iterator[tuple[str, bytes]]:
    if source == "-":
        yield STDIN, sys.stdin.buffer.read(MOST_BYTES + 1)
        return
    path = Path(source)
    if path.is_dir():
        yield from _folder(path)
    elif path.exists() or path.is_symlink():
        yield source, _file(path)
    else:
        step = "name a file, a folder, or - for standard input; nothing is fetched"
        raise Refusal(f"there is no {printable(source)[:200]}", step, exit_code=2)


def _folder(path: Path) -> Iterator[tuple[str, bytes]]:
    if any((path / name).is_file() for name in KUSTOMIZATIONS):
        yield _built(path)
        return
    if (path / "Chart.yaml").exists():
        step = f"render it: `helm template {path} | gen import -`"
        raise Refusal(f"{path} is a Helm chart", step, exit_code=2)
    count = 0
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(_ENDS) and not name.startswith("."):
                count += 1
                if count > MOST_FILES:
                    raise Refusal(f"{path} holds more than {MOST_FILES:,} files", "name a part")
                there = Path(folder, name)
                if not there.is_symlink():
                    yield printable(str(there)), _file(there)


def _built(path: Path) -> tuple[str, bytes]:
    """What Kustomize makes of an overlay, as it stands on this machine."""
    command = kustomize.command(None)
    (built,) = kustomize.build(command, path, ["."])
    if built.failure:
        step = "fix it, or pipe what builds: `kustomize build … | gen import -`"
        raise Refusal(f"Kustomize cannot build {path}: {built.failure[:300]}", step)
    return f"{path}/", built.text.encode()


def _file(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Refusal(
                f"{path} is not a regular file", "pipe it: `… | gen import -`", exit_code=2
            )
        return file.read(MOST_BYTES + 1)
