"""One of the two states that a difference is between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from generator.compiler.compile import Compiled
from generator.plan.plan import Plan
from generator.plan.services import Run, Service
from generator.plan.tenants import Choices, Tenant
from generator.plan.units import Environment, Lane, Unit
from generator.targets.target import Targets
from generator.views.diff_bases import Brought, Key
from generator.views.difference import Answer
from generator.views.reach import Answers, Reached
from generator.vocabulary.base import Choice

Versions = dict[str, tuple[tuple[str | None, str], ...]]  # service → (unit, what makes its pods)


class Side:
    """One state, with what is asked of it kept; `files` are the blob ids of its output, `shape` is
    the key of all that says who may call whom, `bytes` that of what people brought, `reached` tells
    who answers in each lane. It faces the `other` state."""

    def __init__(self, compiled: Compiled | None, reached: Reached) -> None:
        self.plan: Plan | None = None
        self.printed_for = Targets({}, {})
        self.files: Mapping[str, str] = {}
        self.shape = self.bytes = ""
        self.other = self
        self.tenants: Mapping[str, Tenant] = {}
        self.lanes: Mapping[str, Lane] = {}
        self.environments: Mapping[str, Environment] = {}
        self.services: Mapping[str, Service] = {}
        self._printed: Mapping[str, bytes] = {}
        self.runs: Mapping[Unit, Mapping[str, Run]] = {}
        self._targets: Mapping[str, Mapping[str, Unit | None]] = {}
        self._brought: Brought | None = None
        self._answers: dict[str, Versions] = {}
        self._made: dict[tuple[Unit, str], str] = {}
        self._alike: dict[Choice, bool] = {}
        self.reached: Mapping[str, Answers] = {}
        if compiled is not None:
            self._take(compiled, compiled.plan)
            self.reached = reached.of(compiled.plan)

    def _take(self, compiled: Compiled, plan: Plan) -> None:
        self.plan, self.shape = plan, compiled.shape
        self.printed_for = compiled.targets
        self.bytes = compiled.resolved.project.keys.brought
        self.files = compiled.files.ids()
        self.tenants = plan.tenants
        self.lanes = plan.lanes
        self.environments = plan.environments
        self.services = plan.services
        self._printed = compiled.files
        self.runs = plan.runs
        self._targets = plan.answers
        self._brought = Brought(compiled)

    def text(self, path: str) -> str:
        return self.content(path).decode("utf-8", "replace")

    def content(self, path: str) -> bytes:
        return self._printed[path] if path in self.files else b""

    def choice(self, unit: Unit, service: str) -> Choice | None:
        """What a unit runs of a service: its base and the components switched on."""
        run = self.runs.get(unit, {}).get(service)
        return None if run is None else (service, run.components)

    def folders(self, choice: Choice) -> tuple[tuple[str, str], ...]:
        return self._brought.folders(choice) if self._brought else ()

    def alike(self, choice: Choice) -> bool:
        """Whether the other side reads the same bytes for a choice."""
        if self.bytes == self.other.bytes:
            return True
        if choice not in self._alike:
            self._alike[choice] = self.folders(choice) == self.other.folders(choice)
        return self._alike[choice]

    def names(self, choice: Choice | None) -> set[Key]:
        return self._brought.names(choice) if self._brought and choice else set()

    def workloads(self, service: str) -> set[Key]:
        """The workloads that run a service's image."""
        workloads = self.plan.bases[service].workloads if self.plan else ()
        return {
            (each.api_version.rpartition("/")[0], each.kind, each.name)
            for each in workloads
            if each.container
        }

    def objects(self, choice: Choice) -> Mapping[Key, str]:
        return self._brought.objects(choice) if self._brought else {}

    @cached_property
    def running(self) -> set[tuple[Unit, str]]:
        return {(unit, service) for unit, runs in self.runs.items() for service in runs}

    def called(self, unit: Unit, service: str) -> str:
        """What people call a version."""
        return self.runs[unit][service].called

    def made(self, unit: Unit, service: str) -> str:
        """All that makes the pods of a version. What bases and components bring is told by their
        bytes, or where those differ from the other side's, by the objects that they make."""
        key = unit, service
        if key not in self._made:
            run = self.runs[unit][service]
            choice, there = (service, run.components), self.other.choice(unit, service)
            same = there is None or (there == choice and self.alike(choice))
            brought = self.folders(choice) if same else sorted(self.objects(choice).items())
            image = run.image or self.services[service].image
            self._made[key] = repr((image, run.version, sorted(run.env.items()), brought))
        return self._made[key]

    @cached_property
    def changed(self) -> dict[tuple[Unit, str], None]:
        """The versions on both sides whose pods are made otherwise on the other one."""
        both = sorted(self.running & self.other.running)
        return dict.fromkeys(key for key in both if not self._as_there(*key))

    def _as_there(self, unit: Unit, service: str) -> bool:
        run, there = self.runs[unit][service], self.other.runs[unit][service]
        images = self.services[service].image, self.other.services[service].image
        if run == there and images[0] == images[1] and self.alike((service, run.components)):
            return True
        return self.made(unit, service) == self.other.made(unit, service)

    def answers(self, lane: str) -> Versions:
        """Service → who answers in a lane, as (unit, all that makes its pods), sorted."""
        if self.plan is None:
            return {}
        if lane not in self._answers:
            self._answers[lane] = dict(self._answering(lane))
        return self._answers[lane]

    def answers_alike(self, lane: str) -> bool:
        """Whether all answers in a lane are as on the other side."""
        here, there = self.reached.get(lane), self.other.reached.get(lane)
        if here is None or here != there:
            return False
        return not any(unit in here.get(service, ()) for unit, service in self.changed)

    def _answering(self, lane: str) -> Iterator[tuple[str, tuple[tuple[str | None, str], ...]]]:
        for service, units in self.reached[lane].items():
            versions = [self._version(unit, service) for unit in units]
            yield service, tuple(sorted(versions, key=str))

    def _version(self, unit: Unit | None, service: str) -> tuple[str | None, str]:
        if unit is None:
            return None, ""
        return str(unit), self.made(unit, service)

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
        return self.called(Unit.parse(unit), service) if unit else ""

    def targets(self, lane: str) -> Mapping[str, Unit | None]:
        """Service → the unit that answers in a lane, wherever requests come from."""
        return self._targets.get(lane, {})
