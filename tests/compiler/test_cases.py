"""Whole trees: `tests/cases/<name>/input` compiles to `expected`, byte for byte. `--update-goldens` writes it anew."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from generator.compiler.compile import compile_sources, valid
from generator.io.built import compare, write
from generator.io.tree import read_sources
from tests.conftest import TOP

CASES = sorted(path for path in (TOP / "tests/cases").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_tree_is_as_expected(case: Path, request: pytest.FixtureRequest) -> None:
    files = valid(compile_sources(read_sources(case / "input"))).files
    if request.config.getoption("--update-goldens"):
        assert not os.environ.get("CI"), "goldens are updated by people"
        shutil.rmtree(case / "expected", ignore_errors=True)
        write(case / "expected", files)
    assert not compare(case / "expected", files)
