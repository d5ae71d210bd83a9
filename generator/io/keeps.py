"""What leaves the configuration while requests still go there: lanes stay in the mesh for a while,
the rest is refused.

A roll-out changes the mesh before the edge, since a colour must be known before it is given. So a
colour that the edge gives until then must be known until then, too: for some seconds the edge of
before meets the mesh of now. What lanes are kept, and since when, stands in the commit's message; a
publish ten minutes later lets go of them. And it changes workloads before the mesh, so what a unit
runs may only leave it once no route leads there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.plan.clusters import ELSEWHERE
from generator.plan.plan import Plan
from generator.plan.units import Lane, Unit
from generator.vocabulary import names
from generator.vocabulary.files import FileSet
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from generator.io.git import Repository
    from generator.io.tip import Tip

Before = Callable[[str], Plan | None]  # the plan of a commit, None if it has errors
SECONDS = 600  # until the edge of before is gone for certain
_TABLES = re.compile(r"overlays/edge(?:\.[a-z0-9-]+)?/tenants")
_TRAILER = re.compile(r"^Gen-Keeps: ([0-9]{1,12}) ([a-z0-9/-]{1,128}) (\{.*\})$", re.MULTILINE)
_SHARES = re.compile(r'shares\("([^"]*)"(?:, "[^"]*"){0,2}\)')  # weights and lanes in turn
# With its values, which may look like anything.
_GIVEN = re.compile(r"^ *take\((.*), \[(=*)\[\n(?:.*\n)*? *\]\2\]\)$", re.MULTILINE)
_RULES = re.compile(r"^ *rules\(", re.MULTILINE)
# Hosts, and the lanes that links may lead into there.
_LINKED = re.compile(
    r"^ *allow\(\[(=*)\[\n(?:.*\n)*? *\]\1\], \[(=*)\[\n((?:.*\n)*?.*?)\]\2\]\)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class KeptLane:
    """A lane that left at a time (seconds since 1970)."""

    lane: Lane
    since: int

    def __str__(self) -> str:
        lane = self.lane
        content = {
            "through": [*map(str, lane.through)],
            "pin": {service: str(unit) for service, unit in sorted(lane.pin.items())},
            "strict": lane.strict,
        }
        return f"Gen-Keeps: {self.since} {lane.name} {json.dumps(content, separators=(',', ':'))}"


def read(message: str) -> tuple[KeptLane, ...]:
    """What a commit's message says; what gen would not have written is overlooked."""
    kept = []
    for since, name, text in _TRAILER.findall(message):
        try:
            content = json.loads(text)
            through = tuple(_unit(unit) for unit in content["through"])
            pin = {str(service): _unit(unit) for service, unit in content["pin"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        if not names.matches(names.UNIT, name):
            continue
        lane = Lane(name, through, pin, content.get("strict") is True, "kept")
        kept.append(KeptLane(lane, int(since)))
    return tuple(kept)


def _unit(text: Any) -> Unit:
    if not isinstance(text, str) or not names.matches(names.UNIT, text):
        raise ValueError
    return Unit.parse(text)


def keep(
    repository: Repository, tip: Tip, now: Plan, before: Before, agreed: Collection[str], clock: int
) -> tuple[KeptLane, ...]:
    """The lanes to keep beside those of the plan. Refused where one cannot be kept, since what it
    goes through is gone."""
    kept = {
        each.lane.name: each
        for each in tip.keeps
        if abs(clock - each.since) < SECONDS and each.lane.leads_through(now.runs)
    }
    given, taken = _given(repository, tip), {*_takers(now), *now.host_lanes.values(), *_linked(now)}
    # Noted only: it may leave with the next merge.
    kept |= {name: KeptLane(now.lanes[name], clock) for name in given & now.lanes.keys() - taken}
    gone = given - now.lanes.keys()
    old = _published(repository, tip, before, "lanes" in agreed) if gone else None
    if old is not None:
        takers = _takers(old)
        for name in gone & _linked(old) - takers.keys():
            if old.lanes[name].leads_through(now.runs):
                kept[name] = KeptLane(old.lanes[name], clock)
        for name, tenant in sorted((lane, takers[lane]) for lane in gone & takers.keys()):
            if old.lanes[name].leads_through(now.runs):
                kept[name] = KeptLane(old.lanes[name], clock)
            elif "lanes" not in agreed:
                raise Refusal(
                    f"the tenant {tenant} takes the lane {name} until this is rolled out, and "
                    "what the lane goes through would go in the same step",
                    "publish the tenant's move first, and delete what it took when that has "
                    "arrived; or agree to wrong answers and errors for some seconds: "
                    "--allow-deletes lanes",
                    exit_code=4,
                )
    return tuple(kept[name] for name in sorted(kept))


def _linked(plan: Plan) -> set[str]:
    """Lanes that links may lead into."""
    return set().union(*plan.linked.values())


def _takers(plan: Plan) -> dict[str, str]:
    """Lane → a tenant that takes it."""
    return {
        lane: tenant.name
        for tenant in plan.tenants.values()
        for lane, weight in tenant.choices
        if weight
    }


def drained(
    repository: Repository,
    tip: Tip,
    now: Plan,
    files: Collection[str],
    before: Before,
    agreed: Collection[str],
) -> None:
    """Refuses a service that leaves a unit which stays, unless it was drained, or the unit sleeps:
    no route led there, or the workloads of one that goes to sleep change after the routes."""
    gone = [
        (unit, service)
        for unit, service in sorted(_leaving(tip, files))
        if unit in now.runs
        and unit not in now.asleep
        and service not in now.runs[unit]
        and {*agreed}.isdisjoint((unit.environment, f"{unit.environment}/{unit.label}", "files"))
    ]
    old = _published(repository, tip, before, "lanes" in agreed) if gone else None
    for unit, service in gone:
        run = old.runs.get(unit, {}).get(service) if old is not None else None
        slept = old is not None and unit in old.asleep
        if run is not None and not run.draining and not slept:
            raise Refusal(
                f"{service} leaves {unit} while routes lead to it: a unit's workloads change "
                "before the routes do",
                "publish it with `draining: true` beside its tag first, and take it away when "
                "that has arrived; or agree to errors for some seconds: --allow-deletes "
                f"{unit.environment}/{unit.label}",
                exit_code=4,
            )


def come_in(
    repository: Repository,
    tip: Tip,
    now: Plan,
    files: FileSet,
    before: Before,
    agreed: Collection[str],
) -> None:
    """Refuses what would part adopted pods from who asks them: to close an environment in the step
    in which the last of its pods get a proxy, since the namespace changes before they do, and to
    find the pods of a workload that stays by other labels than it has."""
    environments = [
        name
        for name in sorted(now.environments)
        if {*agreed}.isdisjoint((name, f"{name}/{names.BASELINE}", "files"))
    ]
    closing = [
        name
        for name in environments
        if not now.environments[name].adopting
        and _changes(tip, files, f"overlays/{name}/namespace/namespace.yaml")
    ]
    found = [
        (name, service)
        for name in environments
        for service, run in now.runs.get(Unit(name), {}).items()
        if run.adopted is None
        and _changes(tip, files, f"overlays/{name}/{names.BASELINE}/{service}/service.yaml")
    ]
    old = _published(repository, tip, before, "lanes" in agreed) if closing or found else None
    if old is None:
        return
    for name in closing:
        _shut_out(old, name)
    for name, service in found:
        _lost(old, name, service)


def _shut_out(old: Plan, name: str) -> None:
    runs = old.runs.get(Unit(name), {})
    if left := sorted(service for service, run in runs.items() if run.untouched):
        raise Refusal(
            f"{name} would be closed while pods of {', '.join(left)} have no proxy yet",
            "publish the rest first, with `adopting: true` as it was, and take that away when "
            "it has arrived; or agree to errors for some seconds: --allow-deletes "
            f"{name}/{names.BASELINE}",
            exit_code=4,
        )


def _lost(old: Plan, name: str, service: str) -> None:
    if old.adopted(service, name):
        raise Refusal(
            f"the Service {service} of {name} would look for pods by gen's labels, and the "
            "workload goes on knowing its own by those that it was made with",
            "leave `adopted` as it was, for as long as there is that workload; if this one has "
            f"another name: --allow-deletes {name}/{names.BASELINE}",
            exit_code=4,
        )


def _changes(tip: Tip, files: FileSet, path: str) -> bool:
    return path in tip.tree and path in files and tip.tree[path].id != files.id(path)


def _leaving(tip: Tip, files: Collection[str]) -> set[tuple[Unit, str]]:
    """Services whose folder in a unit goes."""
    leaving = set()
    for path in tip.owned:
        parts = path.split("/")
        if path not in files and len(parts) == 5 and parts[0] == "overlays":
            branch = parts[2] if parts[2] != names.BASELINE else None
            leaving.add((Unit(parts[1], branch), parts[3]))
    return leaving


def _published(repository: Repository, tip: Tip, before: Before, agreed: bool) -> Plan | None:
    """What was published last, if it is known here."""
    if tip.source is None or not repository.has(tip.source):
        return None
    if (old := before(tip.source)) is None and not agreed:
        raise Refusal(
            f"{tip.source[:10]}, from which the branch was published, does not compile with this "
            "gen, so nobody can tell whether requests still go to what leaves",
            "publish a commit that takes nothing away first, or agree to wrong answers and errors "
            "for some seconds: --allow-deletes lanes",
            exit_code=4,
        )
    return old


def _given(repository: Repository, tip: Tip) -> set[str]:
    """All lanes that the edge's table gives."""
    tables = repository.blobs([blob.id for path, blob in tip.tree.items() if _TABLES.match(path)])
    given: set[str] = set()
    for table in tables:
        text = table.decode("utf-8", "replace")
        for lanes, _ in _GIVEN.findall(text):
            given |= _lanes(lanes)
        # They stand before what tenants may have written. Units go with their lane.
        for *_, lanes in _LINKED.findall(_RULES.split(text, maxsplit=1)[0]):
            given |= {lane for lane in lanes.split() if "/" not in lane}
    return _lane_names(given)


def _lane_names(given: set[str]) -> set[str]:
    """Without what is given to tenants whose lane is in another mesh."""
    return {name for name in given if not name.startswith(ELSEWHERE)}


def _lanes(taken: str) -> set[str]:
    """The lanes of one entry, which may stand as earlier versions of gen wrote it."""
    if shares := _SHARES.fullmatch(taken):
        return set(shares[1].split()[1::2])
    return set(re.findall(r'"([^"]*)"', re.sub(r"by = \{[^}]*\}, ", "", taken)))
