"""A module's source → its text with one small fault: a comparison, a condition, a number, a word, a statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Mult: ast.Add,
}
_TALK = ("Finding", "_add", "_broken", "take")  # calls whose texts are words for people


def faults(source: str) -> Iterator[tuple[int, str, str]]:
    """(line, what, text of the module with it), in the order of the source."""
    count = sum(1 for _ in _spots(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        for index, (node, field, at, new, what) in enumerate(_spots(tree)):
            if index == number:
                if at is None:
                    setattr(node, field, new)
                else:
                    getattr(node, field)[at] = new
                yield getattr(node, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(tree))
                break


def _spots(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, object, str]]:
    """(node, field, index or None, what to put there, its description)."""
    silent = _silent(tree)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.Compare):
            for index, operator in enumerate(node.ops):
                if type(operator) in _SWAPS:
                    yield node, "ops", index, _SWAPS[type(operator)](), type(operator).__name__
        elif isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in _SWAPS:
            yield node, "op", None, _SWAPS[type(node.op)](), type(node.op).__name__
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            yield node, "test", None, ast.UnaryOp(ast.Not(), node.test), "condition"
        elif isinstance(node, ast.comprehension):
            for index, condition in enumerate(node.ifs):
                yield node, "ifs", index, ast.Constant(True), "filter"
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield node, "value", None, not node.value, f"{node.value}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            yield node, "value", None, node.value + 1, f"number {node.value}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value and " " not in node.value:
            yield node, "value", None, node.value + "X", f"word {node.value[:30]!r}"
        elif isinstance(node, ast.Return) and node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield node, "value", None, ast.Constant(None), "return"
        for field in ("body", "orelse"):
            for index, statement in enumerate(getattr(node, field, []) if isinstance(getattr(node, field, None), list) else []):
                if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) or isinstance(statement, ast.AugAssign | ast.Raise | ast.Continue | ast.Break):
                    yield node, field, index, ast.Pass(), f"statement in line {statement.lineno}"


def _silent(tree: ast.AST) -> set[int]:
    """Nodes whose change nobody could see: annotations, words for people, docstrings, imports."""
    found: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            parts += [node.returns, *(argument.annotation for argument in [*node.args.args, *node.args.kwonlyargs]), *node.decorator_list]
        elif isinstance(node, ast.AnnAssign):
            parts.append(node.annotation)
        elif isinstance(node, ast.ClassDef):
            parts += node.decorator_list
        elif isinstance(node, ast.JoinedStr):
            parts.append(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts.append(node)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in _TALK:
            parts += [part for part in node.args[2:] if not isinstance(part, ast.Name)]
        for part in parts:
            found |= {id(below) for below in ast.walk(part)} if part is not None else set()
    return found
