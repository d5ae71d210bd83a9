"""Commands where there are several clusters: in which of them a thing is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.apart import ONE
from tests.conftest import write

Gen = Callable[..., tuple[int, str, str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "repository", ONE)


@pytest.mark.parametrize("form", ["text", "tree", "json"])
def test_the_platforms_own_cluster_can_be_away(gen: Gen, root: Path, form: str) -> None:
    asked = ("-C", root, "explain", "--lane", "round", "--format", form)
    away = "the platform's own cluster is away, and test with it: 503"
    assert away not in gen(*asked)[1]
    assert away not in gen(*asked, "--without", "us")[1]
    assert away in gen(*asked, "--without", "own")[1]
    assert "the cluster eu is away, and eu/login with it" in gen(*asked, "--without", "eu")[1]


def test_a_cluster_that_there_is_not_cannot_be_away(gen: Gen, root: Path, tmp_path: Path) -> None:
    asked = ("explain", "--lane", "test", "--without")
    code, _, told = gen("-C", root, *asked, "oen")
    assert code == 2 and "did you mean `own`?" in told
    assert gen("-C", root, *asked, "")[0] == 2
    only = write(tmp_path / "one")
    assert gen("-C", only, *asked, "own")[0] == 2
