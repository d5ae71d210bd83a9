"""Warnings that a file accepts with a reason, and warnings that the platform takes for errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.compiler.check import expiry
from generator.compiler.load import Project
from generator.plan.plan import Plan
from generator.vocabulary.findings import Finding, grouped
from generator.vocabulary.layout import BASES
from generator.vocabulary.source import Place


def settle(
    project: Project, plan: Plan, found: Sequence[Finding], dated: bool
) -> Sequence[Finding]:
    """What is left of the findings. An acceptance that hides nothing is itself one, if its code was
    looked for at all: without a date nothing has expired."""
    accepted = {(place.path, code): place for place, code in _accepted(project)}
    keys = [(_speaker(project, finding.place.path), finding.code) for finding in found]
    hidden = set(keys)
    left = [finding for key, finding in zip(keys, found, strict=True) if key not in accepted]
    for key, place in accepted.items():
        if key not in hidden and (dated or key[1] != expiry.CODE):
            left.append(
                Finding(
                    "GEN501",
                    place,
                    f"there is no {key[1]} in this file to accept",
                    "delete the line",
                )
            )
    strict = plan.platform.guards.errors
    return [finding._replace(strict=finding.code in strict) for finding in grouped(left)]


def _speaker(project: Project, path: str) -> str:
    """The file that can accept what is found in a file: for a base, its service's."""
    if not path.startswith(BASES):
        return path
    service = path.removeprefix(BASES).partition("/")[0]
    return project.paths.get(("service", service), path)


def _accepted(project: Project) -> Iterator[tuple[Place, str]]:
    for path, codes in sorted(project.accepts.items()):
        for code in codes:
            yield Place(path).key("accept", code), code
