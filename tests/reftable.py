"""`python -m tests.reftable [TEST ...]`: the everyday tests of what speaks to git, with a git that keeps
refs in tables (2.45 and newer can).

It comes from a Debian that is newer than most machines, laid down once in the cache. Git and what it
calls for keys run in there, everything else stays outside; both see the same folders. Needs root and
debootstrap, which is installed on a Debian machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import results
from tests.fetch import insist
from tests.mesh.tools import CACHE
from tests.results import TOP

DEBIAN = "trixie"
TESTS = ("tests/io", "tests/command")
# What the other Debian brings itself.
OWN = {"bin", "boot", "etc", "lib", "lib64", "proc", "sbin", "sys", "usr", "var"}
GIT = """#!/bin/sh
exec unshare --root={root} --wd="$PWD" /usr/bin/git "$@"
"""
# In mounts of its own, which end with it. `$0` is the other root.
INSIDE = """set -e
mount -t proc proc "$0/proc"
for folder in {folders}; do mkdir -p "$0$folder"; mount --rbind "$folder" "$0$folder"; done
exec "$@"
"""


def debian() -> Path:
    """The root of the other Debian."""
    root = CACHE / "debian" / DEBIAN
    if not root.exists():
        if shutil.which("debootstrap") is None:
            apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "debootstrap"]
            insist(["apt-get", "update", "-qq"])
            insist(apt, stdout=subprocess.DEVNULL)
        print(f"laying down Debian's {DEBIAN} (once) …", file=sys.stderr)
        root.parent.mkdir(parents=True, exist_ok=True)
        unfinished = root.with_suffix(f".{os.getpid()}")
        packages = "--include=git,gnupg,openssh-client"
        insist(
            ["debootstrap", "--variant=minbase", packages, DEBIAN, unfinished],
            stdout=subprocess.DEVNULL,
        )
        unfinished.rename(root)
    return root


def asked(folder: Path, root: Path, *command: object) -> int:
    """The exit code of a command that takes the other Debian's git for its own."""
    git = folder / "git"
    git.write_text(GIT.format(root=root))
    git.chmod(0o755)
    shared = sorted(
        f"/{path.name}" for path in Path("/").iterdir() if path.is_dir() and path.name not in OWN
    )
    around = os.environ | {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "GIT_DEFAULT_REF_FORMAT": "reftable",
    }
    inside = ["unshare", "--mount", "sh", "-c", INSIDE.format(folders=" ".join(shared)), root]
    return subprocess.run(
        [str(word) for word in (*inside, *command)], cwd=TOP, env=around, check=False
    ).returncode


def holds(folder: Path, root: Path) -> bool:
    """Whether what the tests make does have its refs in tables."""
    made = folder / "made"
    asked(folder, root, "git", "init", "--quiet", made)
    return (made / ".git/reftable").is_dir()


def main(tests: list[str]) -> int:
    if os.geteuid():
        sys.exit("root alone can mount folders into another root")
    start, root = time.time(), debian()
    with tempfile.TemporaryDirectory(prefix="gen-reftable-") as name:
        folder = Path(name)
        asked(folder, root, "git", "--version")
        if not holds(folder, root):
            sys.exit("that git keeps no refs in tables")
        pytest = (sys.executable, "-m", "pytest", "--quiet", "-n", "2")
        wrong = asked(folder, root, *pytest, *(tests or TESTS))
    results.record("reftable", seconds=time.time() - start, wrong=int(wrong != 0))
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
