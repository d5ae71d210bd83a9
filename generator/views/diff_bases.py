"""What bases and components bring, object by object, so that two states of them can be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any

from generator.compiler.compile import Compiled
from generator.vocabulary.base import Choice
from generator.vocabulary.layout import BASES, COMPONENTS

Key = tuple[str, str, str]  # group, kind, name as the base has it


class Brought:
    """Of one state: each choice's objects with a digest of all that makes them."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._objects: dict[Choice, dict[Key, str]] = {}

    def folders(self, choice: Choice) -> tuple[tuple[str, str], ...]:
        """All folders that a choice reads, each with a digest of what stands below it."""
        plan, (service, components) = self._compiled.plan, choice
        folders = set(plan.bases[service].folders)
        for name in components:
            folders.update(plan.components[name].folders)
        return tuple((folder, self._folders[folder]) for folder in sorted(folders))

    @cached_property
    def _folders(self) -> dict[str, str]:
        lines_of: dict[str, list[str]] = {}
        for path, blob in sorted(self._compiled.files.ids().items()):
            if path.startswith((BASES, COMPONENTS)):
                parts = path.split("/")
                for depth in range(3, len(parts)):
                    lines_of.setdefault("/".join(parts[:depth]), []).append(f"{path} {blob}")
        return {folder: digest(lines) for folder, lines in lines_of.items()}

    def names(self, choice: Choice) -> set[Key]:
        """The objects that a choice brings, but for those that gen emits."""
        known = self._compiled.resolved.bases.brought[choice]
        return {(one.group, one.kind, one.name) for one in known if not one.own}

    def objects(self, choice: Choice) -> Mapping[Key, str]:
        """The same with digests, and gen's own as far as a component changes them."""
        if choice not in self._objects:
            from generator.views.diff_manifests import objects  # most changes touch no base

            sources = self._compiled.resolved.project.sources
            self._objects[choice] = dict(objects(sources, choice))
        return self._objects[choice]


def digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
