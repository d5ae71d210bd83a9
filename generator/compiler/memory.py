"""What one compile leaves for the next: results of its steps, and the tenants that are settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from generator.compiler.load import ACCEPTED, ASKED, PATHS, READ, SHAPE, Project
from generator.compiler.resolve import BASES, NAMES, Resolved
from generator.compiler.steps import Memory, Settled, Step, Steps
from generator.targets.printed import Printed
from generator.vocabulary.findings import Finding

CHECKED: Step[None] = Step("checked", None, dear=True)  # all but the tenants
READS: Step[str] = Step("reads", str)  # the digest of what a part reads of the plan
PART: Step[Printed] = Step("part", Printed, dear=True)
PRINTED: Step[dict[str, str]] = Step("printed", dict[str, str])  # the blob ids of all files
STEPS: tuple[Step[Any], ...] = (
    *(READ, ACCEPTED, SHAPE, ASKED, PATHS),
    *(BASES, NAMES, CHECKED, READS, PART, PRINTED),
)


def remember(resolved: Resolved, told: Iterable[Finding], steps: Steps) -> Memory:
    """The memory of a compile without errors."""
    return Memory(steps.results(), settled(resolved, told))


def settled(resolved: Resolved, told: Iterable[Finding]) -> Settled:
    """Tenants of whom nothing was told, and who accept nothing: what is accepted is held against
    what is told each time."""
    project = resolved.project
    loud = set(project.accepts)
    for finding in told:
        loud |= {finding.place.path, *(place.path for place, _ in finding.related)}
    paths = {name: project.place("tenant", name).path for name in resolved.tenants}
    quiet = {name: path for name, path in sorted(paths.items()) if path not in loud}
    return Settled(
        project.keys.unversioned,
        project.keys.platform,
        {path: project.sources.id(path) for path in quiet.values()},
        quiet,
        {name: resolved.tenants[name] for name in quiet},
        {name: lanes for name, lanes in resolved.inline.items() if name in quiet},
        frozenset(filter(quiet.__contains__, _apart(project))),
    )


def _apart(project: Project) -> Iterator[str]:
    """Tenants who read more of a configuration than the platform, and the name of their lane:
    hosts of others, units that they expect, what lanes go through."""
    yield from project.settled.apart
    for name, said in project.tenants.items():
        hosts = any(rule.told[0] == "host" for rule in said.match)
        if hosts or said.expect or not isinstance(said.lane, str):
            yield name
