"""One compile: Sources → Project → Resolved → Plan → FileSet. Each stage collects all that it
finds; the next one starts only when there is no error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from generator.compiler.check import able, expiry, sleeping
from generator.compiler.check.accepted import settle
from generator.compiler.check.tenant_rules import check_tenants
from generator.compiler.load import load
from generator.compiler.memory import CHECKED, PRINTED, remember
from generator.compiler.plan import plan
from generator.compiler.printing import BESIDE, Printing, guests
from generator.compiler.resolve import Resolved, resolve
from generator.compiler.steps import Memory, Steps, key
from generator.plan.clusters import together
from generator.plan.moving import WAY
from generator.plan.plan import Plan
from generator.plan.units import Lane
from generator.targets import registry
from generator.targets.target import Target, Targets
from generator.vocabulary.files import FileSet
from generator.vocabulary.findings import Finding, Findings, Outcome, Reading, errors, outcome
from generator.vocabulary.layout import BASES, COMPONENTS
from generator.vocabulary.source import Sources

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Compiled:
    """A valid configuration: what it says, what it means, and (made when first asked for) its
    files."""

    resolved: Resolved
    plan: Plan
    warnings: tuple[Finding, ...]
    told: tuple[Finding, ...]  # of all, before any was accepted
    shape: str  # the key of all that says who answers and who may call whom
    steps: Steps
    targets: Targets

    @cached_property
    def files(self) -> FileSet:
        """The output tree."""
        from generator.targets.output import emit_tenants  # a check needs no printers

        files = FileSet()
        files.join(self.rest)
        files.join(emit_tenants(self.plan))
        return files

    @cached_property
    def rest(self) -> FileSet:
        """All of the output tree that does not concern tenants; remembered, it is printed only if
        somebody reads it."""
        return self._rest(self.plan)

    def _rest(self, plan: Plan, beside: str = "") -> FileSet:
        """The same of a plan that has something `beside` what is configured."""
        of_rest = key([self.resolved.project.keys.rest, guests(self.resolved, self.plan), beside])
        subject = BESIDE if beside else ""
        if known := self.steps.known(PRINTED, of_rest, subject):
            return FileSet(known.made(), lambda: self._print(plan, beside))
        files = self._print(plan, beside)
        self.steps.keep(PRINTED, of_rest, files.ids, subject=subject)
        return files

    def _print(self, plan: Plan, beside: str) -> FileSet:
        from generator.targets.output import emit

        recall = Printing(self.resolved, plan, self.steps, beside).recall
        return emit(plan, self.targets, self._handwritten, recall)

    def _handwritten(self) -> Mapping[str, bytes]:
        sources = self.resolved.project.sources
        paths = [*sources.below(BASES), *sources.below(COMPONENTS)]
        return {path: _line_ends(path, sources.files[path]) for path in paths}

    def keeping(self, lanes: Iterable[Lane]) -> FileSet:
        """The output tree with lanes beside those of the configuration: the mesh knows them, and
        nobody takes them. Of one that the configuration has, and of all but the last of a name, it
        is a way that it went before: policies let in who comes by it while there is the lane. Of
        what has gone to another mesh nothing is kept."""
        known = self.resolved.lanes
        runs = self.resolved.runs
        there = [one for one in lanes if one.leads_through(runs) and together(self.plan, one)]
        more = {lane.name: lane for lane in there if lane.kind != WAY} | known
        moved = [
            lane
            for lane in there
            if (one := more.get(lane.name))
            and not lane.goes_as(one)
            and together(self.plan, lane, one)
        ]
        if more == known and not moved:
            return self.files
        from generator.targets.output import emit_tenants

        wider, files = plan(replace(self.resolved, lanes=known | more), moved=moved), FileSet()
        files.join(self._rest(wider, repr(there)))
        files.join(emit_tenants(wider))
        return files

    def memory(self) -> Memory | None:
        """What the next compile may build upon; none for another target."""
        if self.targets != registry.targets(self.plan):
            return None
        return remember(self.resolved, self.told, self.steps)


def compile_sources(
    sources: Sources,
    say: Stage = lambda _: None,
    memory: Memory | None = None,
    today: date | None = None,
    target: Target | None = None,
) -> Compiled | Findings:
    """The compiled value, or every finding of the stage that failed. `say` hears each stage's
    name. With a `memory`, steps are run only where what they read has changed; the outcome is
    the same. With `today`, units that have expired are told as well; no byte of the
    output depends on it. What an environment's target, or the `target` in its place, cannot
    do is a finding, before anything is printed."""
    steps = Steps(memory if target is None else None)
    resolved, found = _resolve(sources, say, steps)
    if resolved is None:
        return Findings(found, sources)
    say("planning")
    planned = plan(resolved)
    awake = plan(resolved, awake=True) if planned.asleep else planned
    say("checking")
    shape = key([resolved.project.keys.shape, guests(resolved, planned)])
    # What sleeps is held to the rules as if it were awake, so that waking it is never refused.
    of_rest = steps.result(CHECKED, shape, lambda: _check(resolved, awake))
    told = (
        *(*found, *outcome(of_rest).findings, *check_tenants(resolved, awake)),
        *sleeping.check(resolved, planned, awake),
    )
    expired = () if today is None else expiry.check(resolved, today)
    left = settle(resolved.project, planned, (*told, *expired), dated=today is not None)
    if errors(left):
        return Findings(left, sources)
    targets = registry.targets(planned, target)
    if unable := list(able.check(resolved, planned, targets)):
        return Findings([*left, *unable], sources)
    return Compiled(resolved, planned, tuple(left), told, shape, steps, targets)


def valid(compiled: Compiled | Findings) -> Compiled:
    """The compiled value. Raises the findings where there is none."""
    if isinstance(compiled, Findings):
        raise compiled
    return compiled


def _resolve(sources: Sources, say: Stage, steps: Steps) -> Outcome[Resolved | None]:
    """The first two stages; None where one of them finds an error."""
    say("reading")
    project, found = outcome(load(sources, steps))
    if errors(found):
        return Outcome(None, found)
    say("resolving names")
    resolved, of_names = outcome(resolve(project, steps))
    found += of_names
    return Outcome(None if errors(found) else resolved, found)


def _check(resolved: Resolved, planned: Plan) -> Reading[None]:
    from generator.compiler.check.rules import check  # a tenant's change asks none of them

    yield from check(resolved, planned)


def _line_ends(path: str, raw: bytes) -> bytes:
    """A checkout with CRLF gives the same output; what is not YAML stays as it is."""
    return raw.replace(b"\r\n", b"\n") if path.endswith((".yaml", ".yml")) else raw
