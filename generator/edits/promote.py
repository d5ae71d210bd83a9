"""What runs in one unit goes to the next environment, if it may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from generator.edits.document import Document
from generator.edits.edit import STRICT, Change, Seen
from generator.edits.units import put, run_of
from generator.plan.plan import Plan
from generator.plan.services import Run
from generator.plan.units import Unit
from generator.views.scaffold import said
from generator.views.tested import judge
from generator.vocabulary.nearest import known
from generator.vocabulary.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Promote:
    """`services`: none stands for all that both units run. `proof`: the Application of the source's
    smoke tests as JSON."""

    verb: ClassVar[str] = "promote"
    __pydantic_config__: ClassVar = STRICT

    source: str
    target: str
    services: tuple[str, ...] = ()
    proof: str | None = None

    @property
    def subject(self) -> str:
        return " ".join(["promote", self.source, self.target, *self.services])

    @property
    def topic(self) -> str:
        return " ".join(["promote", self.source, self.target, *sorted(self.services)])

    def change(self, seen: Seen) -> Change:
        plan = seen.compiled.plan
        for unit in (self.source, self.target):
            known(unit, map(str, plan.runs), "unit")
        here, there = Unit.parse(self.source), Unit.parse(self.target)
        wanted = _versions(plan, here, there, self.services)
        self._may(seen, here, there)
        path = seen.compiled.resolved.place_of_unit(there).path
        document = Document(path, seen.sources.files[path])
        moved = {
            service: text
            for service, text in wanted.items()
            if _version(plan.runs[there].get(service)) != text
        }
        for service, text in moved.items():
            there_now = plan.runs[there].get(service)
            if there_now and there_now.image and "image" not in said(text):
                document.remove(("runs", service, "image"))
        put(document, moved, (), _sources(seen, here, moved), path)
        rests = _told(plan, here, wanted) | _told(plan, there, wanted)
        return Change({path: document.raw}, rests, unit=self.target)

    def _may(self, seen: Seen, source: Unit, target: Unit) -> None:
        """What the target's environment asks for."""
        takes = seen.compiled.resolved.project.environments[target.environment].takes
        if takes is not None and source.environment != takes.source:
            raise Refusal(
                f"{target.environment} takes versions from {takes.source}, and {source} is not "
                "part of it",
                f"promote them to {takes.source} first; `takes` in its environment.yaml says so",
                exit_code=4,
            )
        if self.proof is not None or (takes is not None and takes.tested):
            judge(seen.compiled.plan, seen.compiled.files, source, self.proof)


def _version(run: Run | None) -> str:
    """A version in the words of `gen deploy`."""
    return "nothing" if run is None else run.deployed


def _sources(seen: Seen, unit: Unit, services: Iterable[str]) -> dict[str, str | None]:
    """The commits that a unit's versions were built from."""
    path = seen.compiled.resolved.place_of_unit(unit).path
    document = Document(path, seen.sources.files[path])
    return {service: (run_of(document, service) or {}).get("source") for service in services}


def _told(plan: Plan, unit: Unit, services: Iterable[str]) -> dict[str, str]:
    return {f"{name} in {unit}": _version(plan.runs[unit].get(name)) for name in services}


def _versions(plan: Plan, source: Unit, target: Unit, services: tuple[str, ...]) -> dict[str, str]:
    """Service → version. Without names: all that both run."""
    runs = plan.runs[source]
    for service in services:
        known(service, runs, f"service in {source}")
    chosen = services or [service for service in runs if service in plan.runs[target]]
    if not chosen:
        raise Refusal(
            f"{source} and {target} run no service in common",
            "name what is to be moved: gen promote FROM TO SERVICE",
            exit_code=2,
        )
    return {service: _version(runs[service]) for service in chosen}
