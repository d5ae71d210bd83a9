"""A module with one piece of its syntax exchanged, wherever it stands and however it is laid out."""

from __future__ import annotations

import ast
from pathlib import Path


def exchanged(path: Path, old: str, new: str) -> str | None:
    """A file's text with one piece in the place of another; None if it has no such piece. Of Python
    an expression or a run of statements is exchanged, of any other language the text as it stands."""
    source = path.read_text()
    if path.suffix == ".py":
        return exchanged_nodes(source, old, new)
    return source.replace(old, new) if old in source else None


def exchanged_nodes(source: str, old: str, new: str) -> str | None:
    """The same for the text of a module."""
    swap = _Nodes(ast.parse(old).body, ast.parse(new).body)
    changed = swap.visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(changed)) if swap.found else None


class _Nodes(ast.NodeTransformer):
    """Exchanges each expression that is the same, or each run of the same statements."""

    def __init__(self, old: list[ast.stmt], new: list[ast.stmt]) -> None:
        one, other = _expression(old), _expression(new)
        both = one is not None and other is not None
        self.old, self.new = (one, other) if both else (old, new)
        self.same = _shape(self.old)
        self.found = False

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(self.old, ast.expr):
            if isinstance(node, ast.expr) and _shape(node) == self.same:
                self.found = True
                assert isinstance(self.new, ast.expr)
                return self.new
        else:
            for body in (getattr(node, field, None) for field in ("body", "orelse")):
                if isinstance(body, list):
                    self._run(body)
        return self.generic_visit(node)

    def _run(self, body: list[ast.stmt]) -> None:
        assert isinstance(self.old, list)
        for start in range(len(body) - len(self.old), -1, -1):
            here = slice(start, start + len(self.old))
            if _shape(body[here]) == self.same:
                self.found = True
                assert isinstance(self.new, list)
                body[here] = self.new


def _expression(code: list[ast.stmt]) -> ast.expr | None:
    return code[0].value if len(code) == 1 and isinstance(code[0], ast.Expr) else None


def _shape(code: ast.AST | list[ast.stmt]) -> str:
    if isinstance(code, list):
        return "\n".join(map(ast.dump, code))
    return ast.dump(code)
