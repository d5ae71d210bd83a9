"""One compile: Sources → Project → Resolved → Plan → FileSet. Each stage collects all that it finds; the next one
starts only when there is no error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from generator.compiler.bases import BASES, COMPONENTS
from generator.compiler.check import check
from generator.compiler.emit import emit
from generator.compiler.load import load
from generator.compiler.plan import plan
from generator.compiler.resolve import Resolved, resolve
from generator.vocabulary.files import FileSet
from generator.vocabulary.findings import Finding, Findings, errors
from generator.vocabulary.plan import Plan
from generator.vocabulary.source import Sources

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Compiled:
    """A valid configuration: what it says, what it means, and (made when first asked for) its files."""

    resolved: Resolved
    plan: Plan
    warnings: tuple[Finding, ...]

    @cached_property
    def files(self) -> FileSet:
        sources = self.resolved.project.sources
        return emit(self.plan, {path: _line_ends(path, sources.files[path]) for folder in (BASES, COMPONENTS) for path in sources.below(folder)})


def compile_sources(sources: Sources, say: Stage = lambda stage: None) -> Compiled:
    """The compiled value, or `Findings` with every finding of the stage that failed. `say` hears each stage's name."""
    found: list[Finding] = []
    say("reading")
    project = load(sources, found)
    _stop_on_errors(found)
    say("resolving names")
    resolved = resolve(project, found)
    _stop_on_errors(found)
    say("planning")
    planned = plan(resolved)
    say("checking")
    check(resolved, planned, found)
    _stop_on_errors(found)
    return Compiled(resolved, planned, tuple(found))


def _line_ends(path: str, raw: bytes) -> bytes:
    """A checkout with CRLF gives the same output; what is not YAML stays as it is."""
    return raw.replace(b"\r\n", b"\n") if path.endswith((".yaml", ".yml")) else raw


def _stop_on_errors(found: list[Finding]) -> None:
    if errors(found):
        raise Findings(found)
