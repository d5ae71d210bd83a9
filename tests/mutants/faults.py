"""A module's source → its text with one small fault: a comparison, a condition, a number, a word, a statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Mult: ast.Add,
}
_TALK = ("Finding", "_add", "_broken", "take")  # calls whose texts are words for people


class Fault(NamedTuple):
    line: int
    what: str
    lines: (
        range | None
    )  # of the statement that has it: who runs none of them cannot notice; None: it acts on the import
    text: str  # of the module


class _Spot(NamedTuple):
    node: ast.AST
    field: str
    at: int | None
    new: object
    what: str
    seen: ast.AST  # where it stands


def faults(source: str) -> Iterator[Fault]:
    """In the order of the tree."""
    tree = ast.parse(source)
    inside = _statements(tree)
    for spot in list(_spots(tree)):
        holder, key = (
            (spot.node.__dict__, spot.field)
            if spot.at is None
            else (getattr(spot.node, spot.field), spot.at)
        )
        old, holder[key] = holder[key], spot.new
        yield Fault(
            getattr(spot.seen, "lineno", 0), spot.what, inside.get(id(spot.seen)), ast.unparse(tree)
        )
        holder[key] = old


def _spots(tree: ast.AST) -> Iterator[_Spot]:
    """What returns None instead is a fault, but not where it is False: who asks takes both for no."""
    silent = _silent(tree)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.Compare):
            for index, operator in enumerate(node.ops):
                if type(operator) in _SWAPS:
                    yield _Spot(
                        node, "ops", index, _SWAPS[type(operator)](), type(operator).__name__, node
                    )
        elif isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in _SWAPS:
            yield _Spot(node, "op", None, _SWAPS[type(node.op)](), type(node.op).__name__, node)
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            yield _Spot(node, "test", None, ast.UnaryOp(ast.Not(), node.test), "condition", node)
        elif isinstance(node, ast.comprehension):
            for index, condition in enumerate(node.ifs):
                yield _Spot(node, "ifs", index, ast.Constant(True), "filter", condition)
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield _Spot(node, "value", None, not node.value, f"{node.value}", node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            yield _Spot(node, "value", None, node.value + 1, f"number {node.value}", node)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value
            and " " not in node.value
        ):
            yield _Spot(node, "value", None, node.value + "X", f"word {node.value[:30]!r}", node)
        elif (
            isinstance(node, ast.Return)
            and node.value is not None
            and not (
                isinstance(node.value, ast.Constant)
                and (node.value.value is None or node.value.value is False)
            )
        ):
            yield _Spot(node, "value", None, ast.Constant(None), "return", node)
        for field in ("body", "orelse"):
            for index, statement in enumerate(
                getattr(node, field, []) if isinstance(getattr(node, field, None), list) else []
            ):
                if (
                    isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
                ) or isinstance(statement, ast.AugAssign | ast.Raise | ast.Continue | ast.Break):
                    yield _Spot(node, field, index, ast.Pass(), "statement", statement)


def _statements(tree: ast.AST) -> dict[int, range]:
    """Node → the lines of the smallest statement of a function around it; of a compound one only its head."""
    found: dict[int, range] = {}

    def note(node: ast.AST, lines: range | None, inside: bool) -> None:
        if inside and isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            lines = range(
                node.lineno, body[0].lineno if body else (node.end_lineno or node.lineno) + 1
            ) or range(node.lineno, node.lineno + 1)
        if lines is not None:
            found[id(node)] = lines
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    note(
                        child,
                        lines,
                        inside or (isinstance(node, ast.FunctionDef) and field == "body"),
                    )

    note(tree, None, False)
    return found


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    others = [argument for argument in (node.args.vararg, node.args.kwarg) if argument]
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *others]


def _silent(tree: ast.AST) -> set[int]:
    """Nodes whose change nobody could see: annotations, words for people, docstrings, the name of a type variable, the
    words of a type, and whether lists are checked to be of one length, which the code makes so."""
    found: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            parts += [
                node.returns,
                *(argument.annotation for argument in _arguments(node)),
                *node.decorator_list,
            ]
        elif isinstance(node, ast.AnnAssign):
            parts.append(node.annotation)
        elif isinstance(node, ast.ClassDef):
            parts += node.decorator_list
        elif (
            isinstance(node, ast.JoinedStr)
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
            or (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "TypeVar")
            or (isinstance(node, ast.keyword) and node.arg == "strict")
            or (isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "Literal")
        ):
            parts.append(node)
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", getattr(node.func, "attr", "")) in _TALK
        ):
            parts += [part for part in node.args[2:] if not isinstance(part, ast.Name)]
        for part in parts:
            found |= {id(below) for below in ast.walk(part)} if part is not None else set()
    return found
