"""`make render`: `gen validate --render` over the example, every kind of base, and random topologies."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.city import write
from tests.mesh.tools import kustomize
from tests.mesh.topology import generate
from tests.render.corpus import repository

TOP = Path(__file__).parents[2]
VERSIONS = ("5.5.0", "5.8.0", "5.8.1", "5.8.2")


def repositories(root: Path, seeds: int) -> Iterator[Path]:
    example = root / "example"
    for folder in ("environments", "overlays"):
        shutil.copytree(TOP / folder, example / folder)
    yield example
    write(root / "corpus", repository())
    yield root / "corpus"
    for seed in range(1, seeds + 1):
        folder = root / f"topology-{seed}"
        folder.mkdir()
        if generate(seed, folder, "1.40.0"):
            yield folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.render")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--kustomize", nargs="*", default=VERSIONS, help="versions")
    asked = parser.parse_args()
    failed = total = 0
    with tempfile.TemporaryDirectory(prefix="gen-render-") as scratch:
        for folder in repositories(Path(scratch), asked.seeds):
            for version in asked.kustomize:
                total += 1
                failed += _fails(folder, version)
    print(f"render: {total - failed} of {total} repositories without a surprise")
    return 1 if failed else 0


def _fails(folder: Path, version: str) -> bool:
    command = ["validate", "--render", "--kustomize", str(kustomize(version))]
    done = subprocess.run(
        [sys.executable, "-m", "generator", "-C", str(folder), *command],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"{folder.name} (Kustomize {version}):\n{done.stdout}{done.stderr}")
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
