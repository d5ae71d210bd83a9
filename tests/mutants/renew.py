"""Another source for modules that are loaded, wherever what they hold has been imported to."""

from __future__ import annotations

import ast
import sys
from functools import cache
from types import CodeType, FunctionType, ModuleType

BUILT_UPON = "generator.manifests."  # modules whose tables are made of others' functions and tables


def put(name: str, text: str) -> None:
    """Gives a module another source; those that built tables of it are run anew."""
    _renew(sys.modules[name], compile(text, str(sys.modules[name].__file__), "exec"))
    for user in users(name):
        _renew(sys.modules[user], _code(user))


@cache
def users(name: str) -> tuple[str, ...]:
    """Loaded modules that import a module, directly or not, each after those that it imports."""
    imports = {
        module: _imports(module)
        for module in list(sys.modules)
        if module.startswith(BUILT_UPON) and module != name
    }
    found: list[str] = []
    waiting, seen = dict(imports), {name}
    while next_ones := [module for module in waiting if not waiting[module] & waiting.keys()]:
        for module in sorted(next_ones):
            if waiting.pop(module) & seen:
                seen.add(module)
                found.append(module)
    return tuple(found)


@cache
def _code(name: str) -> CodeType:
    path = str(sys.modules[name].__file__)
    with open(path) as file:
        return compile(file.read(), path, "exec")


@cache
def _imports(name: str) -> frozenset[str]:
    """Modules of the package that one imports at its top."""
    found: set[str] = set()
    with open(str(sys.modules[name].__file__)) as file:
        tree = ast.parse(file.read())
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("generator."):
            deeper = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= deeper & sys.modules.keys() or {str(node.module)}
    return frozenset(found)


def _renew(module: ModuleType, code: CodeType) -> None:
    before = dict(vars(module))
    exec(code, vars(module))
    everywhere = [
        other for name, other in sys.modules.items() if name.startswith(("generator.", "tests."))
    ]
    for name, new in list(vars(module).items()):
        old = before.get(name)
        if name.startswith("__") or isinstance(new, ModuleType) or new is old:
            continue
        if getattr(new, "__module__", module.__name__) != module.__name__:
            continue  # imported
        if _takes(old, new):
            setattr(module, name, old)
        else:
            for user in everywhere:
                if name in vars(user) and vars(user)[name] is old:
                    setattr(user, name, new)


def _takes(old: object, new: object) -> bool:
    """Whether what others hold could be changed in place: functions and classes."""
    if isinstance(old, type) and isinstance(new, type):
        for name, value in vars(new).items():
            if not _takes(_bare(vars(old).get(name)), _bare(value)) and _is_plain(name, value):
                setattr(old, name, value)
        return True
    before, after = getattr(old, "__wrapped__", old), getattr(new, "__wrapped__", new)
    if not isinstance(before, FunctionType) or not isinstance(after, FunctionType):
        return False
    if before.__code__.co_freevars != after.__code__.co_freevars:
        return False
    before.__code__, before.__defaults__ = after.__code__, after.__defaults__
    before.__kwdefaults__ = after.__kwdefaults__
    for into, cell in zip(before.__closure__ or (), after.__closure__ or (), strict=True):
        if not isinstance(cell.cell_contents, type):
            into.cell_contents = cell.cell_contents
    return True


def _bare(value: object) -> object:
    """The function of a property or a method of a class."""
    return getattr(value, "fget", getattr(value, "__func__", value))


def _is_plain(name: str, value: object) -> bool:
    return not name.startswith("__") and isinstance(value, str | int | float | tuple | dict)
