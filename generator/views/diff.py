"""What a change does: tenants and services whose answer changes, and what comes, goes and changes
to bring it about.

Computed over all tenants, lanes, services and environments, on the two plans and their file sets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from generator.compiler.compile import Compiled
from generator.plan.plan import Plan
from generator.plan.units import Caller, Lane, Unit
from generator.views import stores
from generator.views.callers import words
from generator.views.diff_askers import environments, overtaken, tenants
from generator.views.diff_objects import objects, of_base
from generator.views.diff_printed import printed
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
from generator.views.reach import Reached
from generator.views.side import Side
from generator.vocabulary import names
from generator.vocabulary.plural import count, some

SHOWN = 10  # objects that one line names
Allowed = Mapping[tuple[str, Unit], tuple[Caller | None, ...]]


def diff(before: Compiled | None, after: Compiled, reached: Reached | None = None) -> Difference:
    """What changes from one compiled state to the next; `before` None: there was nothing. What was
    `reached` is kept for the next comparison."""
    reached = reached or Reached()
    old, new = Side(before, reached), Side(after, reached)
    old.other, new.other = new, old
    return Difference(
        trust=tuple(trust(before, after)),
        tenants=tuple(tenants(old, new)),
        overtaken=tuple(overtaken(old, new)),
        environments=tuple(environments(old, new)),
        lanes=tuple(_changes(_lanes(old), _lanes(new))),
        workloads=tuple(_workloads(old, new)),
        routes=tuple(_routes(old, new)),
        stores=tuple(stores.changes(old.plan, after.plan)),
        policies=tuple(_policies(old, new)),
        settings=tuple(settings(before, after)),
        objects=tuple(objects(old, new)),
        applications=tuple(_applications(old.files, new.files)),
        files=tuple(_files(old.files, new.files)),
        total=(len(new.tenants), len(new.environments)),
        printed=tuple(printed(old, new)),
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
    for key in sorted(old.running | new.running):
        unit, service = key
        name, kind = f"{service} in {unit}", kind_of(key, old.running, new.running)
        if kind == COMES:
            yield Change(name, kind, new.called(unit, service))
        elif kind == GOES:
            yield Change(name, kind, old.called(unit, service))
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
    if not told and (unit, service) in old.changed:
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


def _policies(old: Side, new: Side) -> Iterator[Change]:
    """Whom policies let in and no longer let in. A state without any lets everybody in, which is
    said as a matter of trust and not edge by edge."""
    was, now = old.plan, new.plan
    if old.shape == new.shape or now is None or not _enforced(now):
        return
    if was is None or _enforced(was):
        let_in = was.allowed if was else {}
        changed = {key for key, callers in now.allowed.items() if let_in.get(key) != callers}
        changed |= let_in.keys() - now.allowed.keys()
        yield from _changes(*(_edges(side, changed) for side in (let_in, now.allowed)))


def _enforced(plan: Plan) -> bool:
    platform = plan.platform
    return platform.mesh.mtls == "strict" or platform.namespaces.network_policies != "none"


def _edges(let_in: Allowed, where: Iterable[tuple[str, Unit]]) -> dict[str, str]:
    """Who is let in there, in words."""
    calls: dict[str, str] = {}
    for service, unit in where:
        for caller in let_in.get((service, unit), ()):
            calls[f"{words(caller)} may call {service} in {unit}"] = ""
    return calls


def _applications(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    """Applications that come and go, and those that Argo CD syncs, since files that they read
    differ, or their own manifest."""
    was, now = _named(old), _named(new)
    moved = Counter(
        name for change in _files(old, new) if (name := _application(change.name)) is not None
    )
    for name in sorted(was.keys() | now.keys()):
        kind = kind_of(name, was, now)
        if kind != CHANGES:
            yield Change(name, kind)
        elif moved[name]:
            yield Change(name, kind, count(moved[name], "file"))
        elif old[was[name]] != new[now[name]]:
            yield Change(name, kind, "bases or components that it reads, or its manifest")


def _named(files: Iterable[str]) -> dict[str, str]:
    """The Applications of units, meshes, lanes and edges, with their files."""
    return {name: path for path in files if (name := names.applied(path)) is not None}


def _application(path: str) -> str | None:
    """The Application whose folder a file stands in."""
    top, _, below = path.partition("/")
    folder, *rest = below.split("/")
    if top != "overlays" or not rest or folder in ("base", "components"):
        return None
    return folder if names.is_shared(folder) else f"{folder}/{rest[0]}"
