"""`python -m tests.storm [--writers 2 8 32] [--files 400]`: writers who all push at once, by gen and by the usual loop.

For each number and server a line: seconds until the last, processor seconds of all (server included), pushes. The usual
loop is `git pull --rebase && git push` in clones that are there already; gen's writers begin with nothing. Exit 1 if an
edit did not land once.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from generator.io.environment import clean
from tests.storm.http import serving
from tests.torture.world import child, git, wait
from tests.torture.writers import House, edits

LONGEST = 1000  # tries of a writer of the usual loop


def usual(clone: Path, number: int, count: Path) -> None:
    file = clone / f"environments/test/branches/b{number}.yaml"
    file.write_text("runs:\n  web: {tag: v1}\n")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", f"b{number}")
    for attempt in range(1, LONGEST):
        git(clone, "pull", "-q", "--rebase", "origin", "main", check=False)
        git(clone, "push", "-q", "origin", "HEAD:refs/heads/main", check=False)
        if git(clone, "rev-parse", "HEAD") == git(clone, "rev-parse", "origin/main"):
            count.write_text(str(attempt))  # a push that went through moves it, and no other
            return
    raise RuntimeError("did not land")


def together(works: list[Callable[[], object]]) -> tuple[float, float, int]:
    """(seconds until the last, processor seconds, writers that failed)."""
    gate, opened = os.pipe()
    processes = [child(lambda work=work: (clean(), os.read(gate, 1), work())) for work in works]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    os.write(opened, b"x" * len(works))
    failed = sum(wait(process) != 0 for process in processes)
    took, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    os.close(gate), os.close(opened)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, cpu, failed


def measured(house: House, url: str, count: int, naive: bool) -> tuple[str, bool]:
    house.reset()
    notes = house.folder / "notes"
    notes.mkdir(exist_ok=True)
    for note in notes.iterdir():
        note.unlink()
    if naive:
        clones = [house.folder / f"c{number}" for number in range(count)]
        for clone in clones:
            git(house.folder, "clone", "-q", url, str(clone))
        works: list[Callable[[], object]] = [
            lambda n=n, clone=clone: usual(clone, n, notes / str(n))
            for n, clone in enumerate(clones)
        ]
    else:
        works = [
            lambda n=n, edit=edit: (notes / str(n)).write_text(str(house.land(edit, url)))
            for n, edit in enumerate(edits(count))
        ]
    took, cpu, failed = together(works)
    pushes = sum(int(note.read_text()) for note in notes.iterdir())
    wrong = [] if naive else house.wrong(edits(count))
    if naive:
        for clone in clones:
            shutil.rmtree(clone)
    line = f"{took:.1f} s, {cpu:.1f} CPU s, {pushes} pushes"
    return line + "".join(f"\n  {each}" for each in wrong), bool(failed or wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, nargs="+", default=[2, 8, 32])
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--servers", nargs="+", default=["file", "http"])
    parser.add_argument("--usual-up-to", type=int, default=50)
    options = parser.parse_args()
    more = {
        f"environments/tenants/t{number}.yaml": f"match: [{{header: {{x-tenant: t{number}}}}}]\nlane: test\n"
        for number in range(options.files)
    }
    house, bad = House(more), False
    git(house.remote, "config", "http.receivepack", "true")
    try:
        for server in options.servers:
            with serving(house.folder) if server == "http" else nullcontext(("", None)) as (top, _):
                url = f"{top}/remote.git" if top else str(house.remote)
                for count in options.writers:
                    for naive in (False, True)[: 2 if count <= options.usual_up_to else 1]:
                        line, failed = measured(house, url, count, naive)
                        bad = bad or failed
                        name = "the usual loop" if naive else "gen"
                        print(f"{server}, {count} writers, {name}: {line}", flush=True)
    finally:
        house.close()
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
