"""Where the files of a configuration stand, and what stands where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from generator.vocabulary.source import MOST_BYTES, MOST_OF_DEFINITION, MOST_OF_OBJECT

if TYPE_CHECKING:
    from generator.vocabulary.source import Sources

ROOT = "environments/"
PLATFORM, TENANTS = ROOT + "platform.yaml", ROOT + "tenants/"
# What people bring: bases, components, and the definitions of their cluster's custom kinds.
BASES, COMPONENTS, DEFINITIONS = "overlays/base/", "overlays/components/", "schemas/crds/"
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
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


def kustomization(sources: Sources, folder: str) -> str | None:
    """The path of a folder's kustomization, if it has one."""
    paths = (f"{folder}/{name}" for name in KUSTOMIZATIONS)
    return next((path for path in paths if path in sources.files), None)


def most_bytes(path: str) -> int:
    """How large a file of a repository may be."""
    if path.startswith(DEFINITIONS):
        return MOST_OF_DEFINITION
    return MOST_OF_OBJECT if path.startswith("overlays/") else MOST_BYTES
