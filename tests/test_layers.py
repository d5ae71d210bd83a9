"""Imports point down only, and the reason stands beside each layer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

GENERATOR = Path(__file__).parent.parent / "generator"
# Layer → what it may import. No exceptions.
ALLOWED = {
    "vocabulary": {"vocabulary"},  # shared words: they know nobody
    "compiler": {"vocabulary", "compiler"},  # pure; the same input gives the same bytes
    "views": {"vocabulary", "compiler", "views"},  # readers of a compiled value
    "edge": {"vocabulary", "compiler", "views", "edge", "__version__"},  # the only side effects
    "command": {"vocabulary", "compiler", "views", "edge", "command", "__version__"},
}
# Emitters see the plan, never the input.
EMITTERS = {"vocabulary.files", "vocabulary.names", "vocabulary.plan", "compiler.emit", "compiler.ownership"}
PURE_STANDARD = {"__future__", "ast", "collections", "contextlib", "dataclasses", "datetime", "difflib", "enum", "functools", "hashlib", "itertools", "json", "posixpath", "re", "types", "typing", "urllib", "zlib"}
PURE_LIBRARIES = {"pydantic", "pydantic_core", "yaml"}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = node.module.startswith("generator")
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if inside else {node.module}
    return found


@pytest.mark.parametrize("path", sorted(GENERATOR.glob("*/**/*.py")), ids=lambda path: str(path.relative_to(GENERATOR)))
def test_imports_point_down(path: Path) -> None:
    layer = path.relative_to(GENERATOR).parts[0]
    own = {name.split(".")[1] for name in imports(path) if name.startswith("generator.")}
    assert own <= ALLOWED[layer]
    if layer in ("vocabulary", "compiler", "views"):
        outside = {name.split(".")[0] for name in imports(path)} - {"generator"}
        assert outside <= PURE_STANDARD | PURE_LIBRARIES, "the core has no side effects"


@pytest.mark.parametrize("path", sorted((GENERATOR / "compiler/emit").glob("*.py")), ids=lambda path: path.name)
def test_emitters_see_the_plan_only(path: Path) -> None:
    for name in imports(path):
        if name.startswith("generator."):
            assert ".".join(name.split(".")[1:3]) in EMITTERS
