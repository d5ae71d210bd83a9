"""What a reader can hold in the head: lengths of lines, functions and files, and their branches."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

import pytest

TOP = Path(__file__).parent.parent
FILES = sorted([*TOP.glob("generator/**/*.py"), *TOP.glob("bench/**/*.py")])
LINE, FUNCTION, FILE = 100, 40, 400
COMPLEXITY = 8  # of nine functions in ten
# File → the reason why it may be longer.
LONG_FILES = {
    "generator/vocabulary/findings.py": "a table: a few lines for each code",
    "generator/views/examples.py": "a table: a few lines for each code",
}

# Files that are still to be made so. None may be added.
UNFINISHED: set[str] = set()

BRANCHES = (ast.If, ast.For, ast.While, ast.IfExp, ast.ExceptHandler, ast.comprehension)


def named(path: Path) -> str:
    return path.relative_to(TOP).as_posix()


@cache
def functions(path: Path) -> tuple[ast.FunctionDef, ...]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return tuple(node for node in nodes if isinstance(node, ast.FunctionDef))


def complexity(function: ast.FunctionDef) -> int:
    """Ways through a function: one, and one more for each branch, loop, condition and operand."""
    ways = 1
    for node in ast.walk(function):
        ways += isinstance(node, BRANCHES)
        ways += len(node.values) - 1 if isinstance(node, ast.BoolOp) else 0
        ways += len(node.ifs) if isinstance(node, ast.comprehension) else 0
    return ways


def too_long(path: Path) -> list[str]:
    """What is too long in a file."""
    lines = path.read_text().splitlines()
    found = [f"line {number}" for number, line in enumerate(lines, 1) if len(line) > LINE]
    for function in functions(path):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > FUNCTION:
            found.append(f"function {function.name}: {length} lines")
    if len(lines) > FILE and named(path) not in LONG_FILES:
        found.append(f"file: {len(lines)} lines")
    return found


@pytest.mark.parametrize("path", FILES, ids=named)
def test_nothing_is_too_long(path: Path) -> None:
    if named(path) not in UNFINISHED:
        assert too_long(path) == []


def test_most_functions_have_few_branches() -> None:
    finished = [path for path in FILES if named(path) not in UNFINISHED]
    ways = sorted(complexity(function) for path in finished for function in functions(path))
    assert ways[len(ways) * 9 // 10] <= COMPLEXITY


def fills(function: ast.FunctionDef) -> list[str]:
    """Lists of findings of its callers that a function could fill, or does."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    known = {argument.arg for argument in given} - {"self"}
    kinds = [(each.arg, ast.unparse(each.annotation)) for each in given if each.annotation]
    found = [name for name, kind in kinds if re.search(r"(list|Mutable\w+)\[Finding\]", kind)]
    for node in ast.walk(function):
        target = node.func.value if is_call(node, ("append", "extend", "insert")) else None
        target = node.target if isinstance(node, ast.AugAssign) else target
        names = ast.unparse(target).split(".") if target is not None else []
        if names[0:1] and names[0] in known and names[-1] == "found":
            found.append(".".join(names))
    return found


def is_call(node: ast.AST, names: tuple[str, ...]) -> TypeGuard[Any]:
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in names


def test_findings_are_returned_and_never_put_into_a_list_of_the_caller() -> None:
    filled = {
        f"{named(path)}:{function.name}": fills(function)
        for path in FILES
        for function in functions(path)
    }
    assert {name: lists for name, lists in filled.items() if lists} == {}


@pytest.mark.parametrize(
    "text",
    [
        "def check(plan, found: list[Finding]): ...",
        "def check(plan, *, told: MutableSequence[Finding] | None = None): ...",
        "def check(way): way.found.append(finding)",
        "def check(way): way.found += more(way)",
    ],
)
def test_what_would_fill_a_list_is_seen(text: str) -> None:
    (function,) = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef) and len(fills(function)) == 1


def test_lists_name_files_that_are_there() -> None:
    assert UNFINISHED | LONG_FILES.keys() <= {named(path) for path in FILES}


def crowded(tree: ast.AST) -> list[int]:
    """Lines where one expression carries more than a reader takes in at once: a ternary that is a
    branch of a ternary, a comprehension with more than three loops and conditions."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.IfExp) and isinstance(node.body, ast.IfExp):
            lines.append(node.lineno)
        if isinstance(node, ast.IfExp) and isinstance(node.orelse, ast.IfExp):
            lines.append(node.lineno)
        parts = getattr(node, "generators", ())
        if len(parts) + sum(len(each.ifs) for each in parts) > 3:
            lines.append(node.lineno)
    return lines


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_expression_carries_too_much(path: Path) -> None:
    assert not crowded(ast.parse(path.read_text()))


def test_an_expression_that_carries_too_much_is_found() -> None:
    assert crowded(ast.parse("a = 1 if b else 2 if c else 3")) == [1]
    assert crowded(ast.parse("a = [b for c in d if e for f in c if f]")) == [1]
    assert not crowded(ast.parse("a = [b if c else d for e in f for c in e if c]"))
