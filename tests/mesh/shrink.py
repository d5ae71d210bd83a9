"""`python -m tests.mesh.shrink SEED OUT [--mtls]`: the smallest repository that still disagrees, written to a folder.

Files are taken away, and then keys inside them, as long as the compiler takes the rest and the mesh still disagrees.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.mesh import questions, tools
from tests.mesh.case import Case, Invalid
from tests.mesh.topology import generate

Files = dict[str, str]
UNBORN = "not brought up"


def disagrees(files: Files, seed: int, version: str) -> list[str]:
    """What the mesh and the oracle say differently of a repository; nothing if the compiler refuses it."""
    with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text)
        try:
            case = Case(Path(folder), version, seed)
        except (Invalid, KeyError, IndexError, StopIteration):
            return []
        except RuntimeError as error:  # the control plane or an Envoy refused it
            return [f"{UNBORN}: {error}"]
        try:
            questions.ask(case)
        except (IndexError, StopIteration):  # nothing is left to ask
            return []
        finally:
            case.close()
        return case.judge.record.disagreements


def smaller(files: Files) -> Iterator[Files]:
    """The repository with one thing less."""
    for path in sorted(
        files,
        key=lambda path: (
            "/tenants/" not in path,
            "/lanes/" not in path,
            "/branches/" not in path,
            path,
        ),
    ):
        if path.startswith("environments/") and not path.endswith("platform.yaml"):
            yield {other: text for other, text in files.items() if other != path}
            for content in _less(json.loads(files[path])):
                yield files | {path: json.dumps(content, indent=1)}


def _less(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield {other: kept for other, kept in value.items() if other != key}
            yield from ({**value, key: part} for part in _less(item))
    elif isinstance(value, list) and len(value) > 1:
        yield from (value[:index] + value[index + 1 :] for index in range(len(value)))


def shrink(files: Files, still: Callable[[Files], bool]) -> Files:
    """Takes things away, round by round, until a whole round finds nothing that can go."""
    while True:
        before, at = files, 0
        while at < len(candidates := list(smaller(files))):
            if still(candidates[at]):
                files = candidates[at]
            else:
                at += 1
        if files == before:
            return files


def _alike(first: list[str], now: list[str]) -> bool:
    """Whether the smaller repository still fails in the same way."""
    return bool(now) and now[0].startswith(UNBORN) == first[0].startswith(UNBORN)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--envoy", default=tools.NEWEST, choices=tools.ENVOYS)
    parser.add_argument("--mtls", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
        root = Path(folder)
        generate(options.seed, root, options.envoy, "strict" if options.mtls else "disabled")
        files = {
            path.relative_to(root).as_posix(): path.read_text()
            for path in root.rglob("*")
            if path.is_file()
        }
    if said := disagrees(files, options.seed, options.envoy):
        print(said[0], file=sys.stderr)
        files = shrink(
            files, lambda candidate: _alike(said, disagrees(candidate, options.seed, options.envoy))
        )
        shutil.rmtree(options.out, ignore_errors=True)
        for path, text in files.items():
            (options.out / path).parent.mkdir(parents=True, exist_ok=True)
            (options.out / path).write_text(text)
        print(
            f"{len(files)} files in {options.out}: {disagrees(files, options.seed, options.envoy)[0]}"
        )
        return 1
    print(f"seed {options.seed} does not disagree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
