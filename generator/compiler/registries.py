"""Where images come from that are not the services' own: the platform lists whose they may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.compiler.load import Project
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

if TYPE_CHECKING:
    from generator.vocabulary.model import Branch, Environment


def check(project: Project) -> Iterator[Finding]:
    """Images of versions and of smoke tests that the platform does not allow."""
    allowed = project.platform.registries if project.platform else ()
    for name, environment in project.environments.items():
        yield from _unit(project, environment, project.place("environment", name), allowed)
    for key, branch in project.branches.items():
        yield from _unit(project, branch, project.place("branch", key), allowed)


def _unit(
    project: Project, said: Environment | Branch, place: Place, allowed: tuple[str, ...]
) -> Iterator[Finding]:
    for service, run in said.runs.items():
        known = project.services.get(service)
        own = known is not None and run.image == known.image
        if run.image is not None and not own and not _from(run.image, allowed):
            yield _refused(run.image, place.at("runs", service, "image"), allowed)
    for name, test in said.tests.items() if allowed else ():
        if test.image is not None and not _from(test.image, allowed):
            yield _refused(test.image, place.at("tests", name, "image"), allowed)


def _from(image: str, allowed: tuple[str, ...]) -> bool:
    """Whether an image lies in one of the registries: part by part, so that `ghcr.io/shop` lets in
    nothing of `ghcr.io/shop-forks` or `ghcr.io.example.com`."""
    return any(f"{image}/".startswith(f"{one}/") for one in allowed)


def _refused(image: str, place: Place, allowed: tuple[str, ...]) -> Finding:
    home = image.partition("/")[0]
    host = names.matches(names.REGISTRY, home)
    what = f"the platform does not allow images of {home}" if host else "it names no registry"
    if home in (one.partition("/")[0] for one in allowed):
        what = f"the platform allows other folders of {home} alone"
    listed = f"allowed are {', '.join(allowed[:8])}" if allowed else "it lists none"
    more = "" if host else "; write the registry in front, such as docker.io/"
    return Finding(
        "GEN212", place, f"{image}: {what}", f"`registries` in platform.yaml: {listed}{more}"
    )
