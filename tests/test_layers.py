"""Imports point down only, and the reason stands beside each layer."""

from __future__ import annotations

import ast
import gc
import types
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pydantic
import pytest

from generator.compiler.compile import compile_sources, valid
from generator.io.tree import read_sources
from generator.plan.plan import Plan
from generator.vocabulary.later import Later
from tests.mesh.topology import generate

GENERATOR = Path(__file__).parent.parent / "generator"
# Layer → what it may import beside itself. No exceptions.
ALLOWED: dict[str, set[str]] = {
    "vocabulary": set(),  # shared words: they know nobody
    "plan": {"vocabulary"},  # the meaning is nobody's: neither the input's nor a target's
    "targets": {"vocabulary", "plan"},  # printers decide nothing, and know nobody who asks them
    "manifests": {"vocabulary"},  # what people bring is read without knowing for whom
}
# Pure; the same input, the same bytes.
ALLOWED["compiler"] = {"vocabulary", "plan", "targets", "manifests"}
# Readers of a compiled value.
ALLOWED["views"] = {*ALLOWED["compiler"], "compiler"}
# What verbs do to a configuration: a function of its files.
ALLOWED["edits"] = {*ALLOWED["views"], "views"}
# What runs already becomes input: it prints what `gen new` prints, and knows no disk.
ALLOWED["adoption"] = {*ALLOWED["edits"], "edits"}
# The only side effects.
ALLOWED["io"] = {*ALLOWED["adoption"], "adoption", "__version__"}
ALLOWED["command"] = {*ALLOWED["io"], "io"}
# What the plan, and who prints it, may know beside themselves: names, files, what a base holds, and
# what is made when it is read.
# Neither the input model, nor YAML, nor findings.
WORDS = {"vocabulary.base", "vocabulary.files", "vocabulary.later", "vocabulary.names"}
SEALED = {
    "plan": {"plan", *WORDS},
    "targets": {"plan", "targets", *WORDS},
}
PURE_STANDARD = {
    "__future__",
    "abc",
    "ast",
    "base64",
    "binascii",
    "bisect",
    "collections",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "functools",
    "hashlib",
    "importlib",  # the Lua of targets
    "io",  # texts in memory
    "ipaddress",
    "itertools",
    "json",
    "math",
    "pkgutil",  # data of gen's own
    "posixpath",
    "re",
    "shlex",
    "types",
    "typing",
    "urllib",
    "zlib",
    "zoneinfo",  # when clocks change, as the machine knows it: edits read it, and no compile
}
# Of cryptography, what computes.
PURE_LIBRARIES = {
    "cryptography",
    "jsonschema",
    "pydantic",
    "pydantic_core",
    "re2",
    "ruamel",
    "yaml",
}


@cache
def imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = node.module.startswith("generator")
            found |= (
                {f"{node.module}.{alias.name}" for alias in node.names} if inside else {node.module}
            )
    return frozenset(found)


@pytest.mark.parametrize(
    "path", sorted(GENERATOR.glob("*/**/*.py")), ids=lambda path: str(path.relative_to(GENERATOR))
)
def test_imports_point_down(path: Path) -> None:
    layer = path.relative_to(GENERATOR).parts[0]
    own = {name.split(".")[1] for name in imports(path) if name.startswith("generator.")}
    assert own <= {layer, *ALLOWED[layer]}
    if layer not in ("io", "command"):
        outside = {name.split(".")[0] for name in imports(path)} - {"generator"}
        assert outside <= PURE_STANDARD | PURE_LIBRARIES, "the core has no side effects"


def test_no_clock_enters_the_compile() -> None:
    clocks = {"time", "zoneinfo"}
    for layer in ("vocabulary", "plan", "targets", "manifests", "compiler", "views"):
        for path in (GENERATOR / layer).rglob("*.py"):
            assert not clocks & imports(path), path


def test_nothing_reads_what_could_run_code() -> None:
    loose = {"pickle", "marshal", "shelve", "dill"}
    assert not [path for path in GENERATOR.glob("**/*.py") if loose & imports(path)]


@pytest.mark.parametrize("folder", SEALED)
def test_the_plan_and_its_printers_see_no_input(folder: str) -> None:
    paths = sorted((GENERATOR / folder).rglob("*.py"))
    assert paths
    for path in paths:
        for name in imports(path):
            inside = name.removeprefix("generator.")
            if inside != name:
                known = any(f"{inside}.".startswith(f"{word}.") for word in SEALED[folder])
                assert known, f"{path}: {name}"


def held(start: object) -> Iterator[object]:
    """All objects that can be come to from one: fields, what mappings hold, what functions close
    over. Types and modules are everybody's."""
    seen, ahead = set(), [start]
    while ahead:
        value = ahead.pop()
        if id(value) in seen or isinstance(value, type | types.ModuleType):
            continue
        seen.add(id(value))
        yield value
        if isinstance(value, types.FunctionType):
            ahead += [cell.cell_contents for cell in value.__closure__ or ()]
        else:
            ahead += gc.get_referents(value)


def models(plan: Plan) -> set[str]:
    """Models of the input that a plan holds, once it is made as a whole."""
    for name in plan.__dataclass_fields__:
        part = getattr(plan, name)
        if isinstance(part, Mapping):
            len(part)
    found = list(held(plan))
    assert any(isinstance(value, Later) for value in found)
    return {type(value).__name__ for value in found if isinstance(value, pydantic.BaseModel)}


def test_a_plan_holds_no_model_of_the_input(tmp_path: Path) -> None:
    assert models(valid(compile_sources(read_sources(GENERATOR.parent))).plan) == set()
    generate(3, tmp_path, "1.40.0", "strict")
    assert models(valid(compile_sources(read_sources(tmp_path))).plan) == set()


def test_a_model_in_a_plan_is_found() -> None:
    compiled = valid(compile_sources(read_sources(GENERATOR.parent)))
    compiled.plan.__dict__["once"] = compiled.resolved.project.platform
    assert "Platform" in models(compiled.plan)
