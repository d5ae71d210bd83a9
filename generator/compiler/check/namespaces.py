"""Quotas and limits of namespaces, which gen prints as they are said: a server knows resources by
their names alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.compiler.resolve import Resolved
from generator.manifests.document import problems
from generator.plan.plan import Plan
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place


def check(resolved: Resolved, _: Plan) -> Iterator[Finding]:
    """The platform's, and those of environments instead."""
    project = resolved.project
    if project.platform is None:
        return
    version, said = project.platform.cluster.kubernetes, project.platform.namespaces
    place = project.place("platform", "platform").at("namespaces")
    yield from _held("ResourceQuota", {"hard": said.quota}, place.at("quota"), version)
    if said.limits is not None:
        amounts = said.limits.model_dump(by_alias=True, exclude_none=True)
        limits = {"limits": [{"type": "Container"} | amounts]}
        yield from _held("LimitRange", limits, place.at("limits"), version)
    for name, environment in sorted(project.environments.items()):
        if environment.quota is not None:
            spot = project.place("environment", name).at("quota")
            yield from _held("ResourceQuota", {"hard": environment.quota}, spot, version)


_ABOVE = {"ResourceQuota": 2, "LimitRange": 3}  # parts of a route that no file says


def _held(kind: str, spec: Mapping[str, Any], place: Place, version: str) -> Iterator[Finding]:
    if not any(spec.values()):
        return
    document = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "gen"}, "spec": spec}
    for problem in problems(document, version):
        where = place.key(*problem.route[_ABOVE[kind] :])
        yield Finding(problem.code, where, problem.message, problem.hint)
