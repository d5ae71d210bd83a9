"""`make dist-test`: wheel and source archive as people install them, each in an empty environment.

Both are built from a clean copy of what git has; each is installed beside the locked requirements
and nothing else, and then makes, checks and builds a repository in an empty folder. They stay in
dist/, which is what a release publishes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

from flit_core.buildapi import build_sdist, build_wheel

TOP = Path(__file__).parent.parent
PIP = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet")


def tracked() -> list[str]:
    """What git has or would take, of the work tree."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(asked, cwd=TOP, check=True, capture_output=True, text=True).stdout
    return [path for path in listed.split("\0") if path and (TOP / path).is_file()]


def build(copy: Path, out: Path) -> tuple[Path, Path]:
    """(wheel, source archive) of a copy of the tracked files."""
    for path in tracked():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TOP / path, copy / path)
    before = Path.cwd()
    os.chdir(copy)  # as the build backend is called
    try:
        return out / build_wheel(str(out)), out / build_sdist(str(out))
    finally:
        os.chdir(before)


def missing(wheel: Path) -> list[str]:
    """Files of the package that the wheel lacks: schemas, starter and Lua are read at run time."""
    held = set(zipfile.ZipFile(wheel).namelist())
    return [path for path in tracked() if path.startswith("generator/") and path not in held]


def used(archive: Path, scratch: Path) -> None:
    """Installs an archive into an empty environment, and does with it what a newcomer does."""
    venv.create(scratch / "venv", with_pip=True)
    python = str(scratch / "venv/bin/python")
    locked = ("--require-hashes", "-r", str(TOP / "requirements.lock"))
    subprocess.run([python, *PIP, *locked], check=True)
    bare = ("--no-index", "--no-deps", "--no-build-isolation", str(archive))
    subprocess.run([python, *PIP, *bare], check=True)
    gen, home = str(scratch / "venv/bin/gen"), scratch / "home"
    home.mkdir()
    clean = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}
    for words in (("--version",), ("init", "shop"), ("-C", "shop", "validate")):
        subprocess.run([gen, *words], cwd=home, env=clean, check=True)
    subprocess.run([gen, "-C", "shop", "build"], cwd=home, env=clean, check=True)
    for path in ("argocd/root.yaml", "overlays/test/baseline/kustomization.yaml"):
        if not (home / "shop/build" / path).is_file():
            raise FileNotFoundError(f"{archive.name}: build wrote no {path}")


def main() -> int:
    out = TOP / "dist"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    with tempfile.TemporaryDirectory(prefix="gen-dist-") as scratch:
        archives = build(Path(scratch) / "copy", out)
        lacking = missing(archives[0])
        if lacking:
            print(f"the wheel lacks {', '.join(lacking)}", file=sys.stderr)
            return 1
        for archive in archives:
            place = Path(scratch) / archive.suffix
            place.mkdir()
            used(archive, place)
            print(f"{archive.name}: installed, init, validate, build")
    return 0


if __name__ == "__main__":
    sys.exit(main())
