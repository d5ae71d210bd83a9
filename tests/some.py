"""`make test [T=…]`: all everyday tests, or those in the files that a path or a word names.

`T=plan/routing` and `T=routing` run tests/plan/test_routing.py; a folder of the package stands for
every test file named after one of its modules. Few files run in one process, since starting two
takes longer than the tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent


def files(asked: str) -> list[str]:
    """The test files that a path, a module or a word means."""
    if Path(asked).name.startswith("test_") and (TOP / asked).is_file():
        return [asked]
    word = asked.removesuffix(".py").rstrip("/").rpartition("/")[2].removeprefix("test_")
    words = {word}
    for folder in (TOP / "generator").rglob(word):
        words.update(path.stem for path in folder.rglob("*.py"))
    known = sorted((TOP / "tests").rglob("test_*.py"))
    exact = [path for path in known if path.stem.removeprefix("test_") in words]
    near = [path for path in known if word in path.stem]
    return [str(path.relative_to(TOP)) for path in exact or near]


def main(asked: str, *more: str) -> int:
    if not asked:
        return pytest.main(["-n", "2", *more])
    found = files(asked)
    if not found:
        print(f"no file of tests/ is called after `{asked}`", file=sys.stderr)
        return 2
    return pytest.main(["-p", "no:xdist", *found, *more])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
