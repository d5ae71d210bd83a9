"""`python -m bench.floor parse FOLDER`, `… hash FOLDER`, `… stream FOLDER FILE`: what nobody can do
without, beside gen.

The first two print the seconds, of the processor and of the clock, that they took without the start
of Python: libyaml over all files of a city, and the ids that git gives to all files of an output.
The last writes an output as `git fast-import` takes it.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def below(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield str(path.relative_to(folder)), path.read_bytes()


def parse(files: list[bytes]) -> None:
    import yaml

    for raw in files:
        yaml.load(raw, yaml.CSafeLoader)


def ids(files: list[bytes]) -> None:
    for raw in files:
        hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()


def stream(folder: Path, file: Path) -> None:
    with file.open("wb") as out:
        out.write(b"commit refs/heads/x\ncommitter x <x> 0 +0000\ndata 1\nx\n")
        for path, content in below(folder):
            out.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))


def main(what: str, folder: str, *more: str) -> None:
    if what == "stream":
        stream(Path(folder), Path(*more))
        return
    import yaml  # noqa: F401 (loaded before the clock starts)

    files = [content for _, content in below(Path(folder))]
    cpu, wall = time.process_time(), time.perf_counter()
    {"parse": parse, "hash": ids}[what](files)
    print(time.process_time() - cpu, time.perf_counter() - wall)


if __name__ == "__main__":
    main(*sys.argv[1:])
