"""One of the two states that a difference is between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.compiler.bases import Choice
from generator.compiler.compile import Compiled
from generator.plan.plan import Plan
from generator.plan.tenants import Choices
from generator.plan.units import Lane, Unit
from generator.views import reach
from generator.views.diff_bases import Brought, Key
from generator.views.difference import Answer

Versions = dict[str, tuple[tuple[str | None, str], ...]]  # service → (unit, what makes its pods)


class Side:
    """One state, with what is asked of it kept; `files` are the blob ids of its output."""

    def __init__(self, compiled: Compiled | None) -> None:
        self._compiled = compiled
        self._brought = Brought(compiled) if compiled else None
        self.plan: Plan | None = compiled.plan if compiled else None
        self.files: Mapping[str, str] = compiled.files.ids() if compiled else {}
        self.tenants = self.plan.tenants if self.plan else {}
        self.lanes: Mapping[str, Lane] = self.plan.lanes if self.plan else {}
        self.environments = self.plan.environments if self.plan else {}
        self.services = self.plan.services if self.plan else {}
        self._answers: dict[str, Versions] = {}
        # (unit, service) → (what people call the version, all that makes its pods)
        self.versions: dict[tuple[Unit, str], tuple[str, str]] = {}

    def text(self, path: str) -> str:
        if self._compiled is None or path not in self.files:
            return ""
        return self._compiled.files[path].decode("utf-8", "replace")

    def choice(self, unit: Unit, service: str) -> Choice | None:
        """What a unit runs of a service: its base and the components switched on."""
        run = self.plan.runs.get(unit, {}).get(service) if self.plan else None
        return None if run is None else (service, run.components)

    def folders(self, choice: Choice) -> tuple[tuple[str, str], ...]:
        return self._brought.folders(choice) if self._brought else ()

    def names(self, choice: Choice | None) -> set[Key]:
        return self._brought.names(choice) if self._brought and choice else set()

    def running(self, service: str) -> set[Key]:
        """The workloads that run a service's image."""
        workloads = self.plan.bases[service].workloads if self.plan else ()
        return {
            (each.api_version.rpartition("/")[0], each.kind, each.name)
            for each in workloads
            if each.container
        }

    def objects(self, choice: Choice) -> Mapping[Key, str]:
        return self._brought.objects(choice) if self._brought else {}

    def facing(self, other: Side) -> None:
        """What bases and components bring is told by their bytes, or where those differ from the
        other side's, by the objects that they make."""
        self.versions = dict(self._versioned(other))

    def _versioned(self, other: Side) -> Iterator[tuple[tuple[Unit, str], tuple[str, str]]]:
        for unit, runs in self.plan.runs.items() if self.plan else ():
            for service, run in runs.items():
                choice, there = (service, run.components), other.choice(unit, service)
                brought: object = self.folders(choice)
                if there and (there, brought) != (choice, other.folders(there)):
                    brought = sorted(self.objects(choice).items())
                image = self.services[service].image
                made = (image, run.version, sorted(run.env.items()), brought)
                yield (unit, service), (run.called, repr(made))

    def answers(self, lane: str) -> Versions:
        """Service → who answers in a lane, as (unit, all that makes its pods), sorted."""
        if self.plan is None:
            return {}
        if lane not in self._answers:
            self._answers[lane] = {
                service: tuple(sorted((self._version(unit, service) for unit in units), key=str))
                for service, units in reach.answers(self.plan, lane).items()
            }
        return self._answers[lane]

    def _version(self, unit: Unit | None, service: str) -> tuple[str | None, str]:
        return (str(unit), self.versions[unit, service][1]) if unit else (None, "")

    def shares(self, choices: Choices, service: str) -> dict[object, float]:
        """What lanes answer for a service → its share of the requests."""
        total = sum(weight for _, weight in choices)
        shares: dict[object, float] = {}
        for lane, weight in choices:
            answer = self.answers(lane).get(service)
            shares[answer] = shares.get(answer, 0) + weight / total
        return shares

    def said(self, choices: Choices, service: str) -> tuple[Answer, ...]:
        """The answers of a service for shares of lanes."""
        total = sum(weight for _, weight in choices)
        shares: dict[str | None, float] = {}
        for lane, weight in choices:
            for unit, _ in self.answers(lane).get(service, ()):
                shares[unit] = shares.get(unit, 0) + weight
        return tuple(
            Answer(unit, self._called(unit, service), round(100 * share / total, 2))
            for unit, share in sorted(shares.items(), key=lambda pair: (-pair[1], str(pair[0])))
        )

    def _called(self, unit: str | None, service: str) -> str:
        return self.versions[Unit.parse(unit), service][0] if unit else ""

    def targets(self, lane: str) -> Mapping[str, Unit | None]:
        """Service → the unit that answers in a lane, wherever requests come from."""
        return self.plan.answers.get(lane, {}) if self.plan else {}
