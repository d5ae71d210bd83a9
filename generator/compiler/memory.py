"""What one compile leaves for the next: where only tenants' files differ, all the rest still holds.

A memory comes from a compile without errors and is believed for the same bytes only: all but the tenants by one digest,
each tenant by the blob id of its file. What is remembered of a tenant is that nothing was to be said of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from generator.compiler.load import TENANTS, Settled
from generator.compiler.resolve import Resolved
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan
from generator.vocabulary.source import Sources

Guests = tuple[frozenset[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Memory:
    """`resolved`, `found` and the blob ids of the output's `files` (None: not printed yet) are those of all but the
    tenants; `early` was found before names were checked."""

    digest: str
    resolved: Resolved
    early: tuple[Finding, ...]
    found: tuple[Finding, ...]
    guests: Guests
    tenants: Settled
    files: Mapping[str, str] | None


def digest(sources: Sources) -> str:
    """All of the input but tenants' files."""
    rest = [f"{sources.id(path)} {path}\n" for path in sorted(path for path in sources.files if not path.startswith(TENANTS))]
    return hashlib.sha256("".join([*rest, repr(sorted(sources.refused.items()))]).encode("utf-8", "surrogatepass")).hexdigest()


def guests(plan: Plan) -> Guests:
    """All that tenants bring to the rest: lanes written in place, and hosts of their own."""
    return frozenset(lane for choices in {tenant.choices for tenant in plan.tenants.values()} for lane, _ in choices if lane.startswith(names.INLINE)), plan.visited


def remember(resolved: Resolved, plan: Plan, early: tuple[Finding, ...], found: tuple[Finding, ...], told: tuple[Finding, ...]) -> Memory:
    """The memory of a compile without errors. What a tenant accepts is read each time."""
    sources, rest = resolved.project.sources, resolved.rest()
    loud = {place.path for finding in told for place in (finding.place, *(place for place, _ in finding.related))}
    loud |= resolved.project.accepts.keys()
    quiet = {name: path for name in sorted(resolved.tenants) if (path := resolved.project.place("tenant", name).path) not in loud}
    tenants = Settled({path: sources.id(path) for path in quiet.values()}, quiet, {name: resolved.tenants[name] for name in quiet})
    silent = replace(rest, project=replace(rest.project, sources=Sources({}), platform=_plain(rest.project.platform)))
    return Memory(digest(sources), silent, early, found, guests(plan), tenants, None)


def _plain(value: Any) -> Any:
    """What a model says, without the model: whoever reads it need not load the library of the models."""
    if hasattr(value, "model_fields_set"):
        return SimpleNamespace(**{name: _plain(getattr(value, name)) for name in type(value).model_fields})
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value
