"""What a change does: tenants and services whose answer changes, and what comes, goes and changes to bring it about.

Computed over all tenants, lanes, services and environments, on the two plans and their file sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from generator.compiler.compile import Compiled
from generator.vocabulary.names import APPLICATIONS
from generator.vocabulary.plan import Lane, Plan, Unit
from generator.views import reach

COMES, GOES, CHANGES = "comes", "goes", "changes"
NOBODY = "nobody (503)"


@dataclass(frozen=True, slots=True)
class Answer:
    """A unit that may answer (None: nobody), its version, and the share of the requests in percent."""

    unit: str | None
    version: str
    share: float

    def __str__(self) -> str:
        text = f"{self.unit} {self.version}" if self.unit else NOBODY
        return text if self.share == 100 else f"{text} ({self.share:g} %)"


@dataclass(frozen=True, slots=True)
class Moved:
    """A service whose answer changes; empty where requests do not come to it."""

    service: str
    before: tuple[Answer, ...]
    after: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Asker:
    """A tenant, or an environment for requests without a tenant."""

    name: str
    kind: str
    services: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that comes, goes or changes; `what` tells how."""

    name: str
    kind: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """All of it. `total` counts (tenants, environments) after the change."""

    tenants: tuple[Asker, ...]
    environments: tuple[Asker, ...]
    lanes: tuple[Change, ...]
    workloads: tuple[Change, ...]
    routes: tuple[Change, ...]
    policies: tuple[Change, ...]
    applications: tuple[Change, ...]
    files: tuple[Change, ...]
    total: tuple[int, int]

    def __bool__(self) -> bool:
        return bool(self.files or self.tenants)

    @property
    def summary(self) -> str:
        """The blast radius in one line."""
        if not self:
            return "no differences"
        services = {moved.service for tenant in self.tenants for moved in tenant.services}
        alone = len([environment for environment in self.environments if environment.services])
        return (
            f"{len(self.tenants)} of {max(self.total[0], len(self.tenants))} tenants change, on {_count(len(services), 'service')}; "
            f"requests without a tenant change in {alone} of {_count(max(self.total[1], alone), 'environment')}"
        )


class _Side:
    """One of the two states, with what is asked of it kept."""

    def __init__(self, compiled: Compiled | None) -> None:
        self.plan: Plan | None = compiled.plan if compiled else None
        self.files: Mapping[str, bytes] = {path: id.encode() for path, id in compiled.files.ids().items()} if compiled else {}  # by blob ids
        self.tenants = self.plan.tenants if self.plan else {}
        self.lanes: Mapping[str, Lane] = self.plan.lanes if self.plan else {}
        self.environments = self.plan.environments if self.plan else {}
        self._answers: dict[str, dict[str, tuple[tuple[str | None, str], ...]]] = {}

    @cached_property
    def bases(self) -> dict[str, str]:
        """Service → a hash of all that its base and the components read."""
        if self.plan is None:
            return {}
        folders: dict[str, list[bytes]] = {}
        for path, content in sorted(self.files.items()):
            if path.startswith(("overlays/base/", "overlays/components/")):
                folders.setdefault("/".join(path.split("/")[:3]), []).append(path.encode() + b"\0" + content)
        return {folder: sha256(b"".join(parts)).hexdigest()[:12] for folder, parts in folders.items()}

    @cached_property
    def versions(self) -> dict[tuple[Unit, str], tuple[str, str]]:
        """(unit, service) → (what people call the version, all that makes its pods)."""
        if self.plan is None:
            return {}
        found = {}
        for unit, runs in self.plan.runs.items():
            for service, run in runs.items():
                folders = {*self.plan.bases[service].folders, *(folder for name in run.components for folder in self.plan.components[name].folders)}
                made = (run.digest or run.tag, run.components, sorted(run.env.items()), sorted((folder, self.bases.get(folder)) for folder in folders))
                found[unit, service] = (run.digest[:19] if run.digest else str(run.tag), repr((made, self.plan.services[service].image)))
        return found

    def answers(self, lane: str) -> dict[str, tuple[tuple[str | None, str], ...]]:
        """Service → who answers in a lane, as (unit, all that makes its pods), sorted."""
        if lane not in self._answers:
            assert self.plan is not None
            self._answers[lane] = {
                service: tuple(sorted(((str(unit), self.versions[unit, service][1]) if unit else (None, "") for unit in units), key=str))
                for service, units in reach.answers(self.plan, lane).items()
            }
        return self._answers[lane]

    def said(self, choices: Iterable[tuple[str, int]], service: str) -> tuple[Answer, ...]:
        """The answers of a service for shares of lanes."""
        choices = [(lane, weight) for lane, weight in choices if weight]
        total = sum(weight for _, weight in choices)
        shares: dict[str | None, float] = {}
        for lane, weight in choices:
            for unit, _ in self.answers(lane).get(service, ()):
                shares[unit] = shares.get(unit, 0) + weight
        return tuple(Answer(unit, self.versions[Unit.parse(unit), service][0] if unit else "", round(100 * share / total, 2)) for unit, share in sorted(shares.items(), key=lambda pair: (-pair[1], str(pair[0]))))


def diff(before: Compiled | None, after: Compiled) -> Difference:
    """What changes from one compiled state to the next; `before` None: there was nothing."""
    old, new = _Side(before), _Side(after)
    names = {"tenants": (old.tenants, new.tenants), "environments": (old.environments, new.environments)}
    return Difference(
        tenants=tuple(_askers(old, new, *names["tenants"], lambda side, name: side.tenants[name].choices)),
        environments=tuple(_askers(old, new, *names["environments"], lambda side, name: ((name, 1),))),
        lanes=tuple(_changes({name: _lane(lane) for name, lane in old.lanes.items()}, {name: _lane(lane) for name, lane in new.lanes.items()})),
        workloads=tuple(_workloads(old, new)),
        routes=tuple(_routes(old, new)),
        policies=tuple(_changes(_edges(old.plan), _edges(new.plan))),
        applications=tuple(_applications(old.files, new.files)),
        files=tuple(_changes(old.files, new.files, lambda one, other: "")),
        total=(len(new.tenants), len(new.environments)),
    )


def _changes(old: Mapping[str, object], new: Mapping[str, object], how: Callable[[object, object], str] = lambda one, other: f"{one} → {other}") -> Iterable[Change]:
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield Change(name, COMES, new[name] if isinstance(new[name], str) else "")  # type: ignore[arg-type]
        elif name not in new:
            yield Change(name, GOES, old[name] if isinstance(old[name], str) else "")  # type: ignore[arg-type]
        elif old[name] != new[name]:
            yield Change(name, CHANGES, how(old[name], new[name]))


def _askers(old: _Side, new: _Side, before: Mapping[str, object], after: Mapping[str, object], choices: Callable[[_Side, str], Iterable[tuple[str, int]]]) -> Iterable[Asker]:
    same = {lane: old.answers(lane) == new.answers(lane) for lane in old.lanes.keys() & new.lanes.keys()}
    for name in sorted(before.keys() | after.keys()):
        was, now = (choices(old, name) if name in before else ()), (choices(new, name) if name in after else ())
        if was == now and all(same.get(lane) for lane, _ in now):
            if before[name] != after[name]:  # told by other rules, or reached by other hosts
                yield Asker(name, CHANGES, ())
            continue
        services = tuple(_moved(old, new, tuple(was), tuple(now)))
        if services or (name in before) != (name in after) or before[name] != after[name]:
            yield Asker(name, CHANGES if name in before and name in after else COMES if name in after else GOES, services)


def _moved(old: _Side, new: _Side, was: tuple[tuple[str, int], ...], now: tuple[tuple[str, int], ...]) -> Iterable[Moved]:
    def whole(side: _Side, choices: tuple[tuple[str, int], ...], service: str) -> object:
        total = sum(weight for _, weight in choices)
        shares: dict[object, float] = {}
        for lane, weight in choices:
            if weight:
                key = side.answers(lane).get(service)
                shares[key] = shares.get(key, 0) + weight / total
        return shares

    for service in sorted({service for side, choices in ((old, was), (new, now)) for lane, weight in choices if weight for service in side.answers(lane)}):
        if whole(old, was, service) != whole(new, now, service):
            yield Moved(service, old.said(was, service), new.said(now, service))


def _lane(lane: Lane) -> str:
    pins = f"; pins {', '.join(f'{service} to {unit}' for service, unit in sorted(lane.pin.items()))}" if lane.pin else ""
    return f"through {', '.join(map(str, lane.through))}{pins}{'; strict' if lane.strict else ''}"


def _workloads(old: _Side, new: _Side) -> Iterable[Change]:
    for key in sorted(old.versions.keys() | new.versions.keys()):
        unit, service = key
        name = f"{service} in {unit}"
        if key not in old.versions:
            yield Change(name, COMES, new.versions[key][0])
        elif key not in new.versions:
            yield Change(name, GOES, old.versions[key][0])
        else:
            assert old.plan and new.plan
            was, now = old.plan.runs[unit][service], new.plan.runs[unit][service]
            told = [f"{field.replace('_', ' ')} {_value(getattr(was, field))} → {_value(getattr(now, field))}" for field in ("tag", "digest", "replicas", "components", "env") if getattr(was, field) != getattr(now, field)]
            if not told and old.versions[key] != new.versions[key]:
                told = ["its base, a component or its image changes"]
            if told:
                yield Change(name, CHANGES, ", ".join(told))


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={text}" for key, text in sorted(value.items())) or "none"
    return (", ".join(value) or "none") if isinstance(value, tuple) else str(value) if value is not None else "none"


def _routes(old: _Side, new: _Side) -> Iterable[Change]:
    """Rows (lane, service) whose unit changes, once for all environments: a colour means the same in each of them."""
    services = sorted({*(old.plan.services if old.plan else ()), *(new.plan.services if new.plan else ())})
    for lane in sorted(old.lanes.keys() | new.lanes.keys()):
        was = old.plan.answers.get(lane, {}) if old.plan else {}
        now = new.plan.answers.get(lane, {}) if new.plan else {}
        if was == now:
            continue
        for service in services:
            if was.get(service) != now.get(service):
                kind = COMES if lane not in old.lanes else GOES if lane not in new.lanes else CHANGES
                one, other = was.get(service) or NOBODY, now.get(service) or NOBODY
                yield Change(f"{service} in lane {lane}", kind, f"{one} → {other}" if kind == CHANGES else str(other if kind == COMES else one))


def _edges(plan: Plan | None) -> dict[str, bool]:
    return {} if plan is None else {
        f"{f'{caller[0]} in {caller[1]}' if caller else 'the ingress'} may call {service} in {unit}": True
        for (service, unit), callers in plan.callers.items()
        for caller in callers
    }


def _applications(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterable[Change]:
    """Applications that come and go, and those that Argo CD syncs since files of their own folder differ."""
    def named(files: Mapping[str, bytes]) -> dict[str, str]:
        found = {"edge": "edge"} if f"{APPLICATIONS}edge.yaml" in files else {}
        return found | {"/".join(path.removesuffix(".yaml").split("/")[2:]): "" for path in files if path.startswith(APPLICATIONS) and path.count("/") == 3}

    was, now = named(old), named(new)
    moved: dict[str, int] = {}
    for change in _changes(old, new, lambda one, other: ""):
        parts = change.name.split("/")
        if parts[0] == "overlays" and len(parts) > 2 and parts[1] not in ("base", "components"):
            name = "edge" if parts[1] == "edge" else f"{parts[1]}/{parts[2]}"
            moved[name] = moved.get(name, 0) + 1
    for name in sorted(was.keys() | now.keys()):
        if name not in was or name not in now:
            yield Change(name, COMES if name in now else GOES)
        elif name in moved:
            yield Change(name, CHANGES, _count(moved[name], "file"))


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
