"""What does a branch become: the page's example is compiled, and holds all of it."""

from __future__ import annotations

import re

import pytest

from generator.compiler.compile import compile_sources, valid
from generator.vocabulary.files import FileSet
from generator.vocabulary.source import Sources
from tests.conftest import TOP, base

PAGE = (TOP / "docs/what-a-branch-becomes.md").read_text()
FENCES = dict(re.findall(r"^```yaml (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
INPUT = {path: text for path, text in FENCES.items() if path.startswith("environments/")}
SHOWN = {path: text for path, text in FENCES.items() if path not in INPUT}
BRANCH = "environments/test/branches/login.yaml"


def tree(*without: str) -> FileSet:
    files = {path: text for path, text in INPUT.items() if path not in without}
    files |= base("checkout") | base("cart")
    read = Sources({path: text.encode() for path, text in files.items()})
    return valid(compile_sources(read)).files


def test_every_file_that_changes_is_shown() -> None:
    before, after = tree(BRANCH), tree()
    assert not before.keys() - after.keys()
    changed = {path for path in after if path not in before or before[path] != after[path]}
    assert SHOWN.keys() == {path for path in changed if not path.startswith(".gen/")}


@pytest.mark.parametrize("path", SHOWN)
def test_what_is_shown_stands_there_in_this_order(path: str) -> None:
    text = tree()[path].decode()
    for run in SHOWN[path].split("…\n"):
        assert f"\n{run}" in text, run
        text = text[text.index(f"\n{run}") + len(run) :]
