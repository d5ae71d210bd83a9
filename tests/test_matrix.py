"""The matrix is printed from the code that sets its versions."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from tests import everything, matrix


def test_the_page_and_the_badge_are_current() -> None:
    assert matrix.PAGE.read_text() == matrix.page(), "python -m tests.matrix"
    assert matrix.BADGE.read_text() == matrix.badge(), "python -m tests.matrix"


def test_each_row_has_versions_and_targets_that_exist() -> None:
    for row in matrix.ROWS:
        versions = list(row.versions())
        assert versions and all(versions), row.what
        assert {*row.targets} <= everything.there(), row.what


def test_a_version_of_a_module_is_that_of_its_file() -> None:
    (version,) = matrix.required("google.golang.org/grpc", "tests/mesh/controlplane")
    assert (
        f"google.golang.org/grpc v{version}"
        in (matrix.TOP / "tests/mesh/controlplane/go.mod").read_text()
    )


def test_a_badge_says_what_it_shows_and_asks_nobody() -> None:
    made = ET.fromstring(matrix.picture("a & b", '1 < 2 "x"'))
    assert made.attrib["aria-label"] == 'a & b: 1 < 2 "x"'
    assert not re.search(r"(href|url\(|src)", matrix.badge())


def test_results_are_told_with_their_commit() -> None:
    kept = [
        {
            "target": "simulate",
            "commit": "0123456789abcdef+",
            "when": "2027-01-01T00:00:00Z",
            "seconds": 100,
            "wrong": 0,
            "counts": {"requests": 1_000_000},
        }
    ]
    told = matrix.told(kept)
    assert (
        "| `make simulate` | `0123456789` (edited) | 2027-01-01T00:00:00Z | 1,000,000 requests | 0 | 100 |"
        in told
    )
    assert "## What gen is run with" in told
