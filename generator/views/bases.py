"""The page of what a base may hold, printed from the rules."""

from __future__ import annotations

from collections.abc import Iterator

from generator.manifests import allowed
from generator.manifests.kustomization import fields
from generator.views.reference import page as of_code
from generator.vocabulary.findings import RULES

_INTRODUCTION = """\
A base is the folder `overlays/base/<service>/`: a kustomization, the workload, and what it needs. A
component is a folder `overlays/components/<name>/` that a unit switches on. gen reads them as
Kustomize builds them, with all patches, and holds the objects that come out to these rules.
"""
_FIRST, _LAST = "GEN401", "GEN441"  # of the findings about bases


def page() -> str:
    """`docs/reference/bases.md`, below its title."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield _INTRODUCTION
    yield "## What it may bring\n"
    yield "Everywhere: " + ", ".join(f"`{allowed.shown(kind)}`" for kind in sorted(allowed.SAFE))
    yield ""
    yield "With the platform's word (`bases.kinds` in platform.yaml), every other kind but these:\n"
    yield "| kind | instead |\n|---|---|"
    for group, instead in sorted(allowed.NEVER.items()):
        yield f"| all of `{group}` | {instead} |"
    for kind, instead in sorted(allowed.NEVER_KINDS.items()):
        yield f"| `{allowed.shown(kind)}` | {instead} |"
    yield "\n## What its kustomization may say\n"
    yield "| key | holds |\n|---|---|"
    for key, holds in fields():
        yield f"| `{key}` | {holds} |"
    yield "\nFiles are named below the kustomization's own folder, folders anywhere in"
    yield "`overlays/base` and `overlays/components`. Nothing is fetched.\n"
    for code in RULES:
        if _FIRST <= code <= _LAST:
            yield of_code(code)
