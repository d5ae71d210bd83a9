"""Warnings that a file accepts with a reason, and warnings that the platform takes for errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.compiler.check import expiry
from generator.compiler.load import Project
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan
from generator.vocabulary.source import Place


def settle(project: Project, plan: Plan, found: list[Finding], dated: bool) -> list[Finding]:
    """What is left of the findings. An acceptance that hides nothing is itself one, if its code was looked for at all: without
    a date nothing has expired."""
    accepted = {(place.path, code): place for place, code in _accepted(project)}
    hidden = {(finding.place.path, finding.code) for finding in found}
    left = [finding for finding in found if (finding.place.path, finding.code) not in accepted]
    for key, place in accepted.items():
        if key not in hidden and (dated or key[1] != expiry.CODE):
            left.append(Finding("GEN501", place, f"there is no {key[1]} in this file to accept", "delete the line"))
    return [replace(finding, strict=finding.code in plan.platform.guards.errors) for finding in left]


def _accepted(project: Project) -> Iterator[tuple[Place, str]]:
    for path, codes in sorted(project.accepts.items()):
        for code in codes:
            yield Place(path).key("accept", code), code
