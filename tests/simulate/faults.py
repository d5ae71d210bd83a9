"""`python -m tests.simulate.faults [WORDS]`: the deliberate faults of `make mesh-faults`, each of which the simulation must notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mesh.mutations import FAULTS, TOP, Fault
from tests.mesh.syntax import exchanged

CASES = 200_000  # of each fault at most; it stops at the first disagreement


def noticed(fault: Fault) -> tuple[bool, str]:
    """Whether the simulation notices a fault, and by what."""
    text = exchanged(TOP / fault.path, fault.old, fault.new)
    if text is None:
        return False, f"OUTDATED: {fault.path} has no such syntax"
    with tempfile.TemporaryDirectory(prefix="gen-fault-") as folder:
        shutil.copytree(TOP / "generator", Path(folder) / "generator")
        (Path(folder) / "tests").symlink_to(TOP / "tests")
        (Path(folder) / fault.path).write_text(text)
        command = [sys.executable, "-m", "tests.simulate", "--first", "--cases", str(CASES)]
        done = subprocess.run(
            [*command, "--jobs", "1"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env=_alone(),
        )
    said = done.stdout.splitlines()[0] if done.stdout else done.stderr[-200:]
    return done.returncode == 1 and "disagreements" in done.stdout, said[:160]


def _alone() -> dict[str, str]:
    """The folder that a process starts in is the first that it imports from; no other tree comes before it."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def main() -> int:
    chosen = [fault for fault in FAULTS if len(sys.argv) < 2 or sys.argv[1] in fault.what]
    missed = 0
    with ThreadPoolExecutor(2) as pool:  # each waits for a process
        for fault, (seen, said) in zip(chosen, pool.map(noticed, chosen), strict=True):
            missed += not seen
            print(f"{'noticed ' if seen else 'UNNOTICED'}  {fault.what}: {said}", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} faults noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
