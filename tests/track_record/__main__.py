"""`python -m tests.track_record [WORDS]`: puts each fault back, one at a time, in a copy; the test beside it must notice.

`--page` prints docs/track-record.md instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

from tests import results
from tests.mesh.syntax import exchanged
from tests.track_record import TOP, Fault, record
from tests.track_record.page import PAGE, page

JOBS = 2
FAILED = 1  # pytest's exit code where a test failed; any other means that none was asked


class Seen(NamedTuple):
    """Whether a fault was noticed, by what, and how long that took."""

    noticed: bool
    words: str
    seconds: float


def copy(into: Path) -> Path:
    """All files that are tracked, as they are here."""
    listed = subprocess.run(
        ["git", "-C", str(TOP), "ls-files", "-z"], capture_output=True, text=True, check=True
    )
    for path in filter(None, listed.stdout.split("\0")):
        if (TOP / path).is_file():
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / path, into / path)
    return into


def ask(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Pytest on a copy, of which nothing else is imported."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *words]
    around = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=around, capture_output=True, text=True, check=False
    )


def put_back(folder: Path, fault: Fault, moment: int) -> Seen:
    """`moment` makes each state of a file another one for Python's own cache."""
    path, start = folder / fault.path, time.monotonic()
    whole = path.read_text()
    broken = exchanged(path, fault.old, fault.new)
    if broken is None:
        return Seen(False, f"OUTDATED: {fault.path} has no such piece", 0)
    try:
        path.write_text(broken)
        os.utime(path, (moment, moment))
        done = ask(folder, *fault.test.split())
    finally:
        path.write_text(whole)
        os.utime(path, (moment + 1, moment + 1))
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    said = lines[0] if lines else done.stdout[-200:] + done.stderr[-200:]
    return Seen(done.returncode == FAILED, said[:160], time.monotonic() - start)


def main() -> int:
    if "--page" in sys.argv:
        PAGE.write_text(page(record()))
        return 0
    chosen = [fault for fault in record() if len(sys.argv) < 2 or sys.argv[1] in fault.what]
    start = int(time.time())
    with tempfile.TemporaryDirectory(prefix="gen-record-") as scratch:
        folders: Queue[Path] = Queue()
        for job in range(JOBS):
            folders.put(copy(Path(scratch) / str(job)))
        tests = sorted({word for fault in chosen for word in fault.test.split()})
        whole = folders.get()
        sound = ask(whole, *tests)
        if sound.returncode:
            print(sound.stdout[-3000:], sound.stderr[-1000:])
            print("the tests fail without any fault")
            return 1
        folders.put(whole)

        def one(numbered: tuple[int, Fault]) -> Seen:
            number, fault = numbered
            folder = folders.get()
            try:
                return put_back(folder, fault, start + 10 * (number + 1))
            finally:
                folders.put(folder)

        missed = 0
        with ThreadPoolExecutor(JOBS) as pool:
            for fault, seen in zip(chosen, pool.map(one, enumerate(chosen)), strict=True):
                missed += not seen.noticed
                sign = "noticed " if seen.noticed else "UNNOTICED"
                print(f"{sign}  {fault.what} ({seen.seconds:.0f} s): {seen.words}", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} faults noticed again")
    results.record("track-record", seconds=time.time() - start, wrong=missed, faults=len(chosen))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
