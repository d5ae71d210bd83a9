"""The real Kustomize, run over a tree that gen wrote.

Either of its commands does: `kustomize build`, or the library inside `kubectl`. It gets a folder of
its own, no environment but PATH, no plugins and no network to ask for (a base that names a remote
is refused long before).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from generator.vocabulary.refusal import Refusal

PATIENCE = 120  # seconds for one folder
_COMMANDS = (("kustomize", "build"), ("kubectl", "kustomize"))
_MISSING = "install `kustomize` or `kubectl`, or leave out --render"


@dataclass(frozen=True, slots=True)
class Built:
    """What Kustomize made of a folder: the objects as text, or why there are none."""

    text: str = ""
    failure: str = ""


def command(named: str | None = None) -> tuple[str, ...]:
    """The command that builds a folder: the one that is `named`, or the first that there is."""
    if named is not None:
        path = shutil.which(named)
        if path is None:
            raise Refusal(f"there is no command `{named}`", "check the name or the path", 2)
        return (path, "kustomize" if Path(named).name.startswith("kubectl") else "build")
    for name, verb in _COMMANDS:
        if path := shutil.which(name):
            return (path, verb)
    raise Refusal("neither `kustomize` nor `kubectl` is installed here", _MISSING, 2)


def build(command: Sequence[str], root: Path, folders: Sequence[str]) -> Iterator[Built]:
    """Each folder below `root`, in order; as many at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(lambda folder: _build(command, root / folder), folders)


def _build(command: Sequence[str], folder: Path) -> Built:
    try:
        done = subprocess.run(
            [*command, str(folder)],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)},
        )
    except subprocess.TimeoutExpired:
        return Built(failure=f"it took more than {PATIENCE} s")
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().replace(f"{folder}/", "")
        return Built(failure=said.removeprefix("Error: ") or f"exit {done.returncode}")
    return Built(done.stdout.decode(errors="replace"))
