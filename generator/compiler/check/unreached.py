"""Names in objects of bases that no suffix of a branch reaches, so that they name what is a
baseline's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from generator.compiler.resolve import Resolved
from generator.manifests import allowed
from generator.plan.plan import Plan
from generator.targets.kube.references import Reference, covers
from generator.vocabulary.base import Brought, Choice
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """What branches bring, each once."""
    choices: dict[Choice, str] = {}
    for unit, runs in plan.runs.items():
        if unit.branch is not None:
            choices |= {(service, run.components): str(unit) for service, run in runs.items()}
    told: dict[Place, Finding] = {}
    for choice, branch in choices.items():
        for item, text, path, spot in _unreached(resolved.bases.brought.get(choice, ()), plan):
            told.setdefault(spot, _finding(item, text, path, spot, branch))
    yield from told.values()


def _unreached(brought: Iterable[Brought], plan: Plan) -> Iterator[tuple[Brought, str, str, Place]]:
    kinds: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for item in brought:
        kinds[item.name].add((item.group, item.kind))
    for item in brought:
        for text, path, spot in item.names if item[:2] not in plan.left_out else ():
            ways: list[Reference] = [
                (kind, (item.group, item.kind), path) for kind in kinds.get(text, ())
            ]
            if ways and not any(covers(way, plan.references) for way in ways):
                yield item, text, path, spot


def _finding(item: Brought, text: str, path: str, spot: Place, unit: str) -> Finding:
    kind = allowed.shown((item.group, item.kind))
    return Finding(
        "GEN437",
        spot,
        f"in {unit} this is still the baseline's `{text[:80]}`: gen does not know that a "
        f"{item.kind[:40]} names another object in `{path}`",
        f"ask the platform's owner for `bases.references: {{{kind}: {{{path}: <its kind>}}}}`",
    )
