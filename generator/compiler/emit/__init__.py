"""Printers of the plan. They see the plan only, never the input, and decide nothing about where a request goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.compiler.emit import argocd, edge, kustomize, mesh, smoke
from generator.compiler.ownership import manifest
from generator.vocabulary.files import FileSet
from generator.vocabulary.plan import Plan

Emitter = Callable[[Plan, FileSet], None]
EMITTERS: tuple[Emitter, ...] = (kustomize.emit, mesh.emit, smoke.emit, argocd.emit)  # they see no tenants: M4
TENANT_EMITTERS: tuple[Emitter, ...] = (edge.emit, argocd.emit_edge)


def emit(plan: Plan, handwritten: Mapping[str, bytes]) -> FileSet:
    """All of the output tree that does not concern tenants, with the bases and components as they are."""
    return _printed(EMITTERS, plan.rest, handwritten)


def emit_tenants(plan: Plan) -> FileSet:
    """The rest of the output tree."""
    return _printed(TENANT_EMITTERS, plan, {})


def _printed(emitters: tuple[Emitter, ...], plan: Plan, handwritten: Mapping[str, bytes]) -> FileSet:
    """What emitters print, and the lists of who owns it. No two parts of the tree share a list."""
    files = FileSet()
    for path, content in handwritten.items():
        files.add(path, content)
    for emitter in emitters:
        emitter(plan, files)
    for path, text in manifest(files).items():
        files.add(path, text)
    return files
