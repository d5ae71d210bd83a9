"""`make test-all`: every target, one line each, with what it takes. What is green at this commit is not run again.

State is kept in build/test-all/: a run that was ended goes on where it was. Each target's output is beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests import results
from tests.results import TOP

FOLDER = TOP / "build/test-all"
MAKE = (TOP / "Makefile").read_text()


class Target(NamedTuple):
    """A target, the minutes that it takes on two idle processors before anybody has measured it, and what it needs."""

    name: str
    minutes: float
    needs: str = ""


GO, ROOT = "Go", "Go and root"
# The quickest first, so that what is wrong is known soon.
TARGETS = (
    Target("lint", 0.5),
    Target("workflows", 1, GO),
    Target("docs", 0.5),
    Target("demo", 0.2),
    Target("test", 4, GO),
    Target("specification", 2.5),
    Target("simulate", 3),
    Target("track-record", 2.5),
    Target("dist-test", 1),
    Target("import", 0.5),
    Target("hostile", 0.5),
    Target("editor", 1, "Node"),
    Target("learn", 5),
    Target("coverage", 6),
    Target("lowest", 4),
    Target("newest", 4),
    Target("incremental", 10),
    Target("schedules", 5),
    Target("fuzz", 15),
    Target("differential", 6, GO),
    Target("render", 6, GO),
    Target("page", 6, "Node"),
    Target("torture", 6),
    Target("storm", 3),
    Target("reftable", 4, "root and debootstrap"),
    Target("mutants", 60),
    Target("mesh", 30, ROOT),
    Target("mesh-faults", 20, ROOT),
    Target("edge", 15, ROOT),
    Target("judge", 10, GO),
    Target("cluster-test", 40, ROOT),
    Target("bench", 10),
    Target("bench-edge", 15, ROOT),
)
# Targets that test nothing, or take what one must choose.
LEFT_OUT = {
    "clean": "it deletes",
    "pictures": "it writes pictures",
    "sbom": "a list of what a release holds",
    "same": "it is asked of a commit",
    "test-all": "itself",
}


def there() -> set[str]:
    """The targets of the Makefile."""
    (words,) = re.findall(r"^\.PHONY: (.*)$", MAKE, re.MULTILINE)
    return set(words.split())


def state() -> str:
    """What the tree here is: its commit, and what was edited since."""
    git = ["git", "-C", str(TOP)]
    edited = subprocess.run([*git, "diff", "HEAD"], capture_output=True, check=False).stdout
    more = subprocess.run(
        [*git, "ls-files", "-o", "--exclude-standard"], capture_output=True, check=False
    )
    for path in more.stdout.decode().splitlines():
        edited += path.encode() + (TOP / path).read_bytes()
    words = results.commit().rstrip("+")
    return f"{words}+{hashlib.sha256(edited).hexdigest()[:12]}" if edited else words


def kept() -> dict[str, Any]:
    """Target → {"at", "green", "seconds"} of its last run."""
    path = FOLDER / "state.json"
    return json.loads(path.read_text()) if path.exists() else {}


def keep(target: str, said: Mapping[str, Any]) -> None:
    """At once, and whole: a run may end at any moment."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    unfinished = FOLDER / f"state.{os.getpid()}"
    unfinished.write_text(json.dumps(kept() | {target: said}, indent=1) + "\n")
    unfinished.rename(FOLDER / "state.json")


def left(targets: Iterable[Target], now: str) -> list[Target]:
    """Those that are not green here."""
    known = kept()
    return [one for one in targets if not _green(known.get(one.name, {}), now)]


def _green(last: Mapping[str, Any], now: str) -> bool:
    return bool(last.get("green")) and last.get("at") == now


def estimated(target: Target) -> float:
    """Seconds: what it took last, here."""
    last = kept().get(target.name, {})
    return float(last.get("seconds") or target.minutes * 60)


def told(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def run(target: Target, now: str) -> bool:
    FOLDER.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with (FOLDER / f"{target.name}.log").open("w") as log:
        done = subprocess.run(
            ["make", target.name],
            cwd=TOP,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    seconds = round(time.monotonic() - start, 1)
    keep(target.name, {"at": now, "green": done.returncode == 0, "seconds": seconds})
    return done.returncode == 0


def main() -> int:
    chosen = [one for one in TARGETS if len(sys.argv) < 2 or one.name in sys.argv[1:]]
    if unknown := {*sys.argv[1:]} - {one.name for one in TARGETS}:
        print(f"no such target: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    now, wrong = state(), 0
    todo = left(chosen, now)
    whole = sum(map(estimated, todo))
    print(
        f"{len(todo)} of {len(chosen)} targets, about {told(whole)}; the others are green at {now[:10]}"
    )
    for one in todo:
        guess = estimated(one)
        print(f"{one.name:14} about {told(guess):>7} … ", end="", flush=True)
        start = time.monotonic()
        green = run(one, now)
        wrong += not green
        where = "" if green else f"  {(FOLDER / one.name).relative_to(TOP)}.log"
        print(
            f"{'ok' if green else 'FAILED':6} {told(time.monotonic() - start):>7}{where}",
            flush=True,
        )
    print(f"{len(todo) - wrong} of {len(todo)} are green" if todo else "nothing is left to run")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
