"""One compile: Sources → Project → Resolved → Plan → FileSet. Each stage collects all that it finds; the next one
starts only when there is no error."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from generator.compiler.bases import BASES, COMPONENTS
from generator.compiler.check import check, check_tenants, expiry
from generator.compiler.check.accepted import settle
from generator.compiler.load import NOTHING, TENANTS, load
from generator.compiler.memory import Memory, digest, guests, remember
from generator.compiler.plan import plan
from generator.compiler.resolve import Resolved, resolve
from generator.vocabulary.files import FileSet
from generator.vocabulary.findings import Finding, Findings, errors
from generator.vocabulary.plan import Lane, Plan
from generator.vocabulary.source import Sources

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Compiled:
    """A valid configuration: what it says, what it means, and (made when first asked for) its files."""

    resolved: Resolved
    plan: Plan
    warnings: tuple[Finding, ...]
    early: tuple[Finding, ...] = ()  # of the rest but tenants, before the checks
    found: tuple[Finding, ...] = ()  # of the rest but tenants, by the checks
    told: tuple[Finding, ...] = ()  # of all, before any was accepted
    before: Memory | None = None

    @cached_property
    def files(self) -> FileSet:
        """The output tree."""
        from generator.compiler.emit import emit_tenants  # a check needs no printers

        files = FileSet()
        files.join(self.rest)
        files.join(emit_tenants(self.plan))
        return files

    @cached_property
    def rest(self) -> FileSet:
        """All of the output tree that does not concern tenants; remembered, it is printed only if somebody reads it."""
        known = self.before and self.before.files
        return self._print() if known is None else FileSet(known, self._print)

    def _print(self) -> FileSet:
        from generator.compiler.emit import emit

        return emit(self.plan, self._handwritten())

    def _handwritten(self) -> Mapping[str, bytes]:
        sources = self.resolved.project.sources
        return {path: _line_ends(path, sources.files[path]) for folder in (BASES, COMPONENTS) for path in sources.below(folder)}

    def keeping(self, lanes: Iterable[Lane]) -> FileSet:
        """The output tree with lanes beside those of the configuration: the mesh knows them, and nobody takes them."""
        known = self.resolved.lanes
        if not (more := {lane.name: lane for lane in lanes if lane.name not in known and lane.leads_through(self.resolved.runs)}):
            return self.files
        from generator.compiler.emit import emit, emit_tenants

        wider, files = plan(replace(self.resolved, lanes=self.resolved.lanes | more)), FileSet()
        files.join(emit(wider, self._handwritten()))
        files.join(emit_tenants(wider))
        return files

    @property
    def rest_is_printed(self) -> bool:
        return "rest" in self.__dict__

    def memory(self) -> Memory | None:
        """What the next compile may build upon. None if a lane that tenants wrote in place is told of: the place moves with
        the tenants that write it."""
        if any(finding.place.path.startswith(TENANTS) for finding in self.found):
            return None
        known = self.rest.ids() if self.rest_is_printed else self.before and self.before.files
        return replace(remember(self.resolved, self.plan, self.early, self.found, self.told), files=known)


def compile_sources(sources: Sources, say: Stage = lambda stage: None, memory: Memory | None = None, today: datetime.date | None = None) -> Compiled:
    """The compiled value, or `Findings` with every finding of the stage that failed. `say` hears each stage's name. With a
    `memory` that fits, only the tenants are read that have changed; the outcome is the same. With `today`, units that have
    expired are told as well; no byte of the output depends on it."""
    if memory is not None and memory.digest != digest(sources):
        memory = None
    found: list[Finding] = list(memory.early) if memory else []
    say("reading")
    project = load(sources, found, memory and memory.resolved.project, memory.tenants if memory else NOTHING)
    _stop_on_errors(found)
    say("resolving names")
    resolved = resolve(project, found, memory and memory.resolved)
    _stop_on_errors(found)
    early = memory.early if memory else tuple(finding for finding in found if not finding.place.path.startswith(TENANTS))
    say("planning")
    planned = plan(resolved)
    if memory is not None and guests(planned) != memory.guests:
        return compile_sources(sources, say, today=today)
    say("checking")
    of_rest = memory.found if memory else tuple(check(resolved, planned))
    found.extend(of_rest)
    check_tenants(resolved, planned, found)
    told = tuple(found)
    if today is not None:
        expiry.check(resolved, found, today)
    found = settle(project, planned, found, dated=today is not None)
    _stop_on_errors(found)
    return Compiled(resolved, planned, tuple(found), early, of_rest, told, memory)


def _line_ends(path: str, raw: bytes) -> bytes:
    """A checkout with CRLF gives the same output; what is not YAML stays as it is."""
    return raw.replace(b"\r\n", b"\n") if path.endswith((".yaml", ".yml")) else raw


def _stop_on_errors(found: list[Finding]) -> None:
    if errors(found):
        raise Findings(found)
