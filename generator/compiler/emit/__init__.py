"""Printers of the plan. They see the plan only, never the input, and decide nothing about where a request goes."""

from __future__ import annotations

from collections.abc import Mapping

from generator.compiler.emit import argocd, edge, kustomize, mesh
from generator.compiler.ownership import manifest
from generator.vocabulary.files import FileSet
from generator.vocabulary.plan import Plan

EMITTERS = (kustomize.emit, mesh.emit, edge.emit, argocd.emit)


def emit(plan: Plan, handwritten: Mapping[str, bytes]) -> FileSet:
    """The output tree: what the emitters print, the bases and components as they are, and who owns it all."""
    files = FileSet()
    for path, content in handwritten.items():
        files.add(path, content)
    for emitter in EMITTERS:
        emitter(plan, files)
    for path, text in manifest(files).items():
        files.add(path, text)
    return files
