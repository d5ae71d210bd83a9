"""`make same BASE=<commit>`: the output of the code here beside that of another commit, byte by byte.

Both compile this repository's example, random topologies of `make mesh` and a city of a tenth; what
differs is named. For changes of structure, which must change nothing that anybody reads.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from bench.city import Size, city, write
from tests.mesh.topology import generate

TOP = Path(__file__).parent.parent
_DIGESTS = """\
import hashlib, json, pathlib, sys
from generator.compiler.compile import compile_sources
from generator.{io}.tree import read_sources
from generator.vocabulary.findings import Findings
for folder in json.load(sys.stdin):
    try:
        compiled = compile_sources(read_sources(pathlib.Path(folder)))
        if isinstance(compiled, Findings):
            raise compiled
        texts = {{path: bytes(text) for path, text in compiled.files.items()}}
        told = compiled.warnings
    except Findings as stopped:
        texts, told = {{}}, stopped.found
    lines = [hashlib.sha256(text).hexdigest() + " " + path for path, text in sorted(texts.items())]
    lines += [f"{{finding.code}} {{finding.place.path}} {{finding.place.route}}" for finding in told]
    print(json.dumps(lines), flush=True)
"""


def outputs(code: Path, folders: list[Path]) -> Iterator[list[str]]:
    """What the code in a checkout makes of each repository: digests of files, and findings."""
    layer = "io" if (code / "generator/io").is_dir() else "edge"
    done = subprocess.run(
        [sys.executable, "-c", _DIGESTS.format(io=layer)],
        input=json.dumps([str(folder) for folder in folders]),
        cwd=code,
        capture_output=True,
        text=True,
        check=True,
    )
    return map(json.loads, done.stdout.splitlines())


def repositories(root: Path, seeds: int) -> Iterator[Path]:
    yield TOP
    for seed in range(1, seeds + 1):
        folder = root / f"topology-{seed}"
        folder.mkdir()
        generate(seed, folder, "1.40.0", ("disabled", "strict")[seed % 2])
        yield folder
    write(root / "city", city(Size.of(Fraction(1, 10))))
    yield root / "city"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.same")
    parser.add_argument("--base", default="HEAD")
    parser.add_argument("--seeds", type=int, default=1000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gen-same-") as scratch:
        base = Path(scratch) / "base"
        git = ["git", "-C", str(TOP), "worktree"]
        subprocess.run([*git, "add", "-q", "--detach", str(base), asked.base], check=True)
        try:
            folders = list(repositories(Path(scratch), asked.seeds))
            pairs = zip(folders, outputs(base, folders), outputs(TOP, folders), strict=True)
            different = [folder for folder, old, new in pairs if _differs(folder, old, new)]
        finally:
            subprocess.run([*git, "remove", "--force", str(base)], check=True)
    print(f"{len(folders) - len(different)} of {len(folders)} repositories: the same bytes")
    return 1 if different else 0


def _differs(folder: Path, old: list[str], new: list[str]) -> bool:
    if old == new:
        return False
    print(f"{folder.name}: differs")
    for line in sorted(set(old) ^ set(new))[:10]:
        print(f"  {'-' if line in old else '+'} {line[65:] if line[64:65] == ' ' else line}")
    return True


if __name__ == "__main__":
    sys.exit(main())
