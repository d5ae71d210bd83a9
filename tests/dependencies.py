"""`make lowest`, `make newest`: the tests with the oldest or newest versions that are allowed.

Only gen's own requirements differ; what the tests use is what pip finds. The environment stays in
.venv/ until pyproject.toml changes.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

TOP = Path(__file__).parent.parent


def required(which: str) -> list[str]:
    """What gen requires, as `name==oldest` or as they are written."""
    written = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["dependencies"]
    if which == "newest":
        return list(written)
    if any(">=" not in one or "," in one for one in written):
        raise ValueError("a requirement that is not `name>=oldest`: which one is its lowest?")
    return [one.replace(">=", "==") for one in written]


def environment(which: str) -> Path:
    """The environment's bin, made anew if requirements changed or, for the newest, each time."""
    here = TOP / ".venv" / which
    project = (TOP / "pyproject.toml").read_bytes()
    mark, stamp = here / "installed", hashlib.sha256(project).hexdigest()
    if which == "newest" or not mark.exists() or mark.read_text() != stamp:
        venv.create(here, clear=not mark.exists(), with_pip=True)
        pip = [here / "bin/pip", "--disable-pip-version-check", "install", "--quiet"]
        extras = tomllib.loads(project.decode())["project"]["optional-dependencies"]
        wanted = [*required(which), *extras["test"], *extras["build"]]
        subprocess.run([*pip, "--upgrade", *wanted], check=True)
        subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", TOP], check=True)
        mark.write_text(stamp)
    return here / "bin"


def main(which: str, asked: str = "") -> int:
    here = environment(which)
    names = [one.partition(">")[0].partition("=")[0] for one in required(which)]
    listed = subprocess.run(
        [here / "pip", "--disable-pip-version-check", "list", "--format=freeze"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for line in listed:
        if line.partition("==")[0].lower().replace("_", "-") in {name.lower() for name in names}:
            print(line)
    words = asked.split() or [""]
    return max(
        subprocess.run([here / "python", "-m", "tests.some", word], cwd=TOP, check=False).returncode
        for word in words
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
