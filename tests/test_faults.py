"""The deliberate faults of `make mesh-faults` exchange pieces that are there."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cluster import scenarios
from tests.cluster.trust import SHORT
from tests.mesh.mutations import TIERS, TOP, Fault
from tests.mesh.syntax import exchanged, exchanged_nodes

ALL = [fault for faults, _ in TIERS for fault in faults]


@pytest.mark.parametrize("fault", ALL, ids=[fault.what for fault in ALL])
def test_a_fault_still_breaks_what_it_names(fault: Fault) -> None:
    source, broken = (
        (TOP / fault.path).read_text(),
        exchanged(TOP / fault.path, fault.old, fault.new),
    )
    assert broken is not None, "give the fault the piece that now does it"
    if fault.path.endswith(".py"):
        assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(source))
    else:
        assert broken != source


def test_layout_is_no_syntax() -> None:
    """Or a formatter would be kept from its work."""
    source = "def f(a):\n    if (\n        a\n    ):\n        return [ a,\n  1 ]\n"
    assert (
        exchanged_nodes(source, "[a, 1]", "[1, a]") == "def f(a):\n    if a:\n        return [1, a]"
    )
    assert exchanged_nodes(source, "if a:\n  return [a, 1]", "pass") == "def f(a):\n    pass"
    assert exchanged_nodes(source, "[a, 2]", "[]") is None


def test_lua_is_exchanged_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.lua"
    path.write_text("local a = 1\n")
    assert exchanged(path, "a = 1", "a = 2") == "local a = 2\n"
    assert exchanged(path, "a = 3", "a = 2") is None


def test_what_cluster_tests_exchange_is_there(tmp_path: Path) -> None:
    """They find out after an hour otherwise."""
    world: Any = SimpleNamespace(folder=tmp_path)
    assert scenarios.changed(world, "short-lived", SHORT).is_dir()
    assert scenarios.upgraded(world, 1).is_dir()
