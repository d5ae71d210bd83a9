"""What a change does: tenants and services whose answer changes, and what comes, goes and changes
to bring it about.

Computed over all tenants, lanes, services and environments, on the two plans and their file sets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from generator.compiler.compile import Compiled
from generator.plan.plan import Plan
from generator.plan.units import Lane, Unit
from generator.views import stores
from generator.views.callers import words
from generator.views.diff_askers import environments, overtaken, tenants
from generator.views.diff_objects import objects, of_base
from generator.views.diff_settings import settings, trust
from generator.views.difference import (
    CHANGES,
    COMES,
    GOES,
    NOBODY,
    Change,
    Difference,
    kind_of,
)
from generator.views.side import Side
from generator.vocabulary.names import APPLICATIONS
from generator.vocabulary.plural import count, some

SHOWN = 10  # objects that one line names


def diff(before: Compiled | None, after: Compiled) -> Difference:
    """What changes from one compiled state to the next; `before` None: there was nothing."""
    old, new = Side(before), Side(after)
    old.facing(new)
    new.facing(old)
    return Difference(
        trust=tuple(trust(before, after)),
        tenants=tuple(tenants(old, new)),
        overtaken=tuple(overtaken(old, new)),
        environments=tuple(environments(old, new)),
        lanes=tuple(_changes(_lanes(old), _lanes(new))),
        workloads=tuple(_workloads(old, new)),
        routes=tuple(_routes(old, new)),
        stores=tuple(stores.changes(old.plan, after.plan)),
        policies=tuple(_policies(old.plan, new.plan)),
        settings=tuple(settings(before, after)),
        objects=tuple(objects(old, new)),
        applications=tuple(_applications(old.files, new.files)),
        files=tuple(_files(old.files, new.files)),
        total=(len(new.tenants), len(new.environments)),
    )


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        kind = kind_of(name, old, new)
        if kind != CHANGES:
            yield Change(name, kind, new.get(name) or old.get(name) or "")
        elif old[name] != new[name]:
            yield Change(name, kind, f"{old[name]} → {new[name]}")


def _files(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Change(name, kind_of(name, old, new))


def _lanes(side: Side) -> dict[str, str]:
    return {name: _lane(lane) for name, lane in side.lanes.items()}


def _lane(lane: Lane) -> str:
    parts = [f"through {', '.join(map(str, lane.through))}"]
    if lane.pin:
        pins = (f"{service} to {unit}" for service, unit in sorted(lane.pin.items()))
        parts.append(f"pins {', '.join(pins)}")
    if lane.strict:
        parts.append("strict")
    return "; ".join(parts)


def _workloads(old: Side, new: Side) -> Iterator[Change]:
    for key in sorted(old.versions.keys() | new.versions.keys()):
        unit, service = key
        name, kind = f"{service} in {unit}", kind_of(key, old.versions, new.versions)
        if kind == COMES:
            yield Change(name, kind, new.versions[key][0])
        elif kind == GOES:
            yield Change(name, kind, old.versions[key][0])
        elif told := _workload(old, new, unit, service):
            yield Change(name, kind, told)


def _workload(old: Side, new: Side, unit: Unit, service: str) -> str:
    """What differs of a workload that both sides have; empty where nothing does."""
    if old.plan is None or new.plan is None:
        return ""
    was, now = old.plan.runs[unit][service], new.plan.runs[unit][service]
    told = [
        f"{name} {_value(one)} → {_value(other)}"
        for name, one, other in zip(now._fields, was, now, strict=True)
        if one != other
    ]
    images = [side.services[service].image for side in (old, new)]
    if images[0] != images[1]:
        told.append(f"image {' → '.join(images)}")
    if not told and old.versions[unit, service] != new.versions[unit, service]:
        choices = (service, was.components), (service, now.components)
        changed = [
            f"{kind} {name} {change}"
            for (_, kind, name), change in of_base(old, new, *choices).items()
        ]
        return f"of its base or components, {some(changed, SHOWN)}"
    return ", ".join(told)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        value = tuple(f"{key}={text}" for key, text in sorted(value.items()))
    if isinstance(value, tuple):
        value = ", ".join(value) or None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _routes(old: Side, new: Side) -> Iterator[Change]:
    """Rows (lane, service) whose unit changes, once for all environments: a colour means the same
    in each of them."""
    services = sorted(old.services.keys() | new.services.keys())
    for lane in sorted(old.lanes.keys() | new.lanes.keys()):
        was, now = old.targets(lane), new.targets(lane)
        if was == now:
            continue
        kind = kind_of(lane, old.lanes, new.lanes)
        for service in services:
            one, other = was.get(service), now.get(service)
            if one != other:
                yield Change(f"{service} in lane {lane}", kind, _route(kind, one, other))


def _route(kind: str, one: Unit | None, other: Unit | None) -> str:
    before, after = str(one or NOBODY), str(other or NOBODY)
    return {COMES: after, GOES: before, CHANGES: f"{before} → {after}"}[kind]


def _policies(old: Plan | None, new: Plan | None) -> Iterator[Change]:
    """Whom policies let in and no longer let in. A state without any lets everybody in, which is
    said as a matter of trust and not edge by edge."""
    if old is None or (_enforced(old) and new is not None and _enforced(new)):
        yield from _changes(_edges(old), _edges(new))


def _enforced(plan: Plan) -> bool:
    platform = plan.platform
    return platform.mesh.mtls == "strict" or platform.namespaces.network_policies != "none"


def _edges(plan: Plan | None) -> dict[str, str]:
    """Who is let in where, in words."""
    calls: dict[str, str] = {}
    if plan is None or not _enforced(plan):
        return calls
    for (service, unit), callers in plan.allowed.items():
        for caller in callers:
            calls[f"{words(caller)} may call {service} in {unit}"] = ""
    return calls


def _applications(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    """Applications that come and go, and those that Argo CD syncs, since files that they read
    differ, or their own manifest."""
    was, now = _named(old), _named(new)
    moved = Counter(
        name for change in _files(old, new) if (name := _application(change.name)) is not None
    )
    for name in sorted(was | now):
        kind = kind_of(name, was, now)
        if kind != CHANGES:
            yield Change(name, kind)
        elif moved[name]:
            yield Change(name, kind, count(moved[name], "file"))
        elif old[f"{APPLICATIONS}{name}.yaml"] != new[f"{APPLICATIONS}{name}.yaml"]:
            yield Change(name, kind, "bases or components that it reads, or its manifest")


def _named(files: Iterable[str]) -> set[str]:
    """The Applications of units and meshes, and the edge's."""
    applications = {
        path.removeprefix(APPLICATIONS).removesuffix(".yaml")
        for path in files
        if path.startswith(APPLICATIONS) and path.count("/") == 3
    }
    return applications | ({"edge"} if f"{APPLICATIONS}edge.yaml" in files else set())


def _application(path: str) -> str | None:
    """The Application whose folder a file stands in."""
    top, _, below = path.partition("/")
    folder, *rest = below.split("/")
    if top != "overlays" or not rest or folder in ("base", "components"):
        return None
    return "edge" if folder == "edge" else f"{folder}/{rest[0]}"
