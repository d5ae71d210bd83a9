"""Where the files of a configuration stand, and what stands where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

ROOT = "environments/"
PLATFORM, TENANTS = ROOT + "platform.yaml", ROOT + "tenants/"
_FOLDERS = {"services": "service", "externals": "external", "lanes": "lane", "tenants": "tenant"}
_ENVIRONMENT, _BRANCHES = "environment", "branches"


def path_of(kind: str, name: str) -> str:
    """Where a new file goes; a branch is named environment/branch."""
    if kind == "environment":
        return f"{ROOT}{name}/{_ENVIRONMENT}.yaml"
    if kind == "branch":
        environment, _, branch = name.partition("/")
        return f"{ROOT}{environment}/{_BRANCHES}/{branch}.yaml"
    return f"{ROOT}{kind}s/{name}.yaml"


def classify(path: str) -> tuple[str | None, Any]:
    """(kind, name) of a configuration file, or (None, what to do instead). A branch's name is
    (environment, branch)."""
    parts = path.removeprefix(ROOT).split("/")
    if not path.endswith(".yaml"):
        return None, "give the file the ending .yaml"
    stem = parts[-1].removesuffix(".yaml")
    if path == PLATFORM:
        return "platform", "platform"
    if parts[0] in _FOLDERS:
        return _FOLDERS[parts[0]], stem
    if len(parts) == 2 and stem == _ENVIRONMENT:
        return "environment", parts[0]
    if parts[1:2] == [_BRANCHES]:
        return "branch", (parts[0], stem)
    folders = ", ".join(f"{folder}/" for folder in _FOLDERS)
    hint = f"move it to {folders}, <environment>/{_ENVIRONMENT}.yaml or <environment>/{_BRANCHES}/"
    return None, hint


def of_kind(paths: Iterable[str], wanted: str) -> Iterator[tuple[Any, str]]:
    """(name, path) of each file of a kind."""
    for path in paths:
        kind, name = classify(path)
        if kind == wanted:
            yield name, path
