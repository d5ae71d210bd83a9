"""The deliberate faults of `make mesh-faults` are edits of lines that are there."""

from __future__ import annotations

import ast

import pytest

from tests.mesh.mutations import FAULTS, TOP


@pytest.mark.parametrize("what, path, old, new", FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_fault_still_breaks_what_it_names(what: str, path: str, old: str, new: str) -> None:
    text = (TOP / path).read_text()
    assert old in text, "give the fault the line that now does it"
    ast.parse(text.replace(old, new))
