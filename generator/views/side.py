"""One of the two states that a difference is between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.compiler.compile import Compiled
from generator.plan.plan import Plan
from generator.plan.services import Run, Service
from generator.plan.tenants import Choices, Tenant
from generator.plan.units import Environment, Lane, Unit
from generator.views import reach
from generator.views.diff_bases import Brought, Key
from generator.views.difference import Answer
from generator.vocabulary.base import Choice

Versions = dict[str, tuple[tuple[str | None, str], ...]]  # service → (unit, what makes its pods)


class Side:
    """One state, with what is asked of it kept; `files` are the blob ids of its output."""

    def __init__(self, compiled: Compiled | None) -> None:
        self.plan: Plan | None = None
        self.files: Mapping[str, str] = {}
        self.tenants: Mapping[str, Tenant] = {}
        self.lanes: Mapping[str, Lane] = {}
        self.environments: Mapping[str, Environment] = {}
        self.services: Mapping[str, Service] = {}
        self._printed: Mapping[str, bytes] = {}
        self._runs: Mapping[Unit, Mapping[str, Run]] = {}
        self._targets: Mapping[str, Mapping[str, Unit | None]] = {}
        self._brought: Brought | None = None
        self._answers: dict[str, Versions] = {}
        # (unit, service) → (what people call the version, all that makes its pods)
        self.versions: dict[tuple[Unit, str], tuple[str, str]] = {}
        if compiled is not None:
            self._take(compiled, compiled.plan)

    def _take(self, compiled: Compiled, plan: Plan) -> None:
        self.plan = plan
        self.files = compiled.files.ids()
        self.tenants = plan.tenants
        self.lanes = plan.lanes
        self.environments = plan.environments
        self.services = plan.services
        self._printed = compiled.files
        self._runs = plan.runs
        self._targets = plan.answers
        self._brought = Brought(compiled)

    def text(self, path: str) -> str:
        if path not in self.files:
            return ""
        return self._printed[path].decode("utf-8", "replace")

    def choice(self, unit: Unit, service: str) -> Choice | None:
        """What a unit runs of a service: its base and the components switched on."""
        run = self._runs.get(unit, {}).get(service)
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
        for unit, runs in self._runs.items():
            for service, run in runs.items():
                choice, there = (service, run.components), other.choice(unit, service)
                brought: object = self.folders(choice)
                if there and (there, brought) != (choice, other.folders(there)):
                    brought = sorted(self.objects(choice).items())
                image = run.image or self.services[service].image
                made = (image, run.version, sorted(run.env.items()), brought)
                yield (unit, service), (run.called, repr(made))

    def answers(self, lane: str) -> Versions:
        """Service → who answers in a lane, as (unit, all that makes its pods), sorted."""
        if self.plan is None:
            return {}
        if lane not in self._answers:
            self._answers[lane] = dict(self._answering(self.plan, lane))
        return self._answers[lane]

    def _answering(
        self, plan: Plan, lane: str
    ) -> Iterator[tuple[str, tuple[tuple[str | None, str], ...]]]:
        for service, units in reach.answers(plan, lane).items():
            versions = [self._version(unit, service) for unit in units]
            yield service, tuple(sorted(versions, key=str))

    def _version(self, unit: Unit | None, service: str) -> tuple[str | None, str]:
        if unit is None:
            return None, ""
        return str(unit), self.versions[unit, service][1]

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
        return self._targets.get(lane, {})
