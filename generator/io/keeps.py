"""What leaves the configuration while requests still go there: lanes stay in the mesh for a while,
the rest is refused.

A roll-out changes the mesh before the edge, since a colour must be known before it is given. So a
colour that the edge gives until then must be known until then, too: for some seconds the edge of
before meets the mesh of now. And routes change one by one: where others answer in a lane now, those
who answered before are let in until all have changed. What lanes and ways are kept, and since when,
stands in the commit's message; a publish ten minutes later lets go of them. And a roll-out changes
workloads before the mesh, so what a unit runs may only leave it once no route leads there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.plan import moving
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
_ROUTES = re.compile(r"overlays/(?:lanes(?:\.[a-z0-9-]+)?|[^/]+/mesh/services)/[^/]+\.yaml")
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
    """A lane that left at a time (seconds since 1970), or that was led elsewhere."""

    lane: Lane
    since: int

    @property
    def content(self) -> str:
        """The way that it goes, as JSON."""
        content = {
            "through": [*map(str, self.lane.through)],
            "pin": {service: str(unit) for service, unit in sorted(self.lane.pin.items())},
            "strict": self.lane.strict,
        }
        return json.dumps(content, separators=(",", ":"))

    def __str__(self) -> str:
        return f"Gen-Keeps: {self.since} {self.lane.name} {self.content}"


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
    repository: Repository,
    tip: Tip,
    now: Plan,
    files: FileSet,
    before: Before,
    agreed: Collection[str],
    clock: int,
) -> tuple[KeptLane, ...]:
    """The lanes to keep beside those of the plan, and the ways that its own went before; of one
    name the last is the newest. Refused where one cannot be kept, since what it goes through is
    gone."""
    given = _given(repository, tip)
    kept = [
        each
        for each in tip.keeps
        if abs(clock - each.since) < SECONDS and each.lane.leads_through(now.runs)
    ]
    old = _led(repository, tip, files, before)
    kept += [KeptLane(way, clock) for way in _moved(given, old, now, agreed)]
    kept += [KeptLane(lane, clock) for lane in _left(repository, tip, now, given, before, agreed)]
    newest = {(each.lane.name, each.content): each for each in kept}
    return tuple(sorted(newest.values(), key=lambda each: (each.lane.name, each.since)))


def _led(repository: Repository, tip: Tip, files: FileSet, before: Before) -> Plan | None:
    """What was published last, if it is known here, and led any requests elsewhere."""
    if not _source_known(repository, tip):
        return None
    changes = any(_ROUTES.fullmatch(path) and _changes(tip, files, path) for path in tip.owned)
    return before(str(tip.source)) if changes else None


def _moved(
    given: Collection[str], old: Plan | None, now: Plan, agreed: Collection[str]
) -> Iterator[Lane]:
    """The ways that lanes of the plan went before. Refused where one that the edge gives went
    through what is gone."""
    if old is None:
        return
    for name in sorted(given) if "lanes" not in agreed else ():
        units = old.answers[name].values() if name in old.lanes and name in now.lanes else ()
        if gone := sorted({unit for unit in units if unit not in now.runs}):
            raise Refusal(
                f"requests in the lane {name} go to {gone[0]} until this is rolled out, and that "
                "would go in the same step",
                f"lead the lane elsewhere first, and delete {gone[0]} when that has arrived; or "
                "agree to errors for some seconds: --allow-deletes lanes",
                exit_code=4,
            )
    yield from moving.ways_before(old, now)


def _left(
    repository: Repository,
    tip: Tip,
    now: Plan,
    given: Collection[str],
    before: Before,
    agreed: Collection[str],
) -> Iterator[Lane]:
    """The lanes that the edge gives, and whom nothing takes any longer."""
    taken = {*_takers(now), *now.host_lanes.values(), *_linked(now)}
    # Noted only: it may leave with the next merge.
    yield from (now.lanes[name] for name in given if name in now.lanes and name not in taken)
    gone = {name for name in given if name not in now.lanes}
    old = _published(repository, tip, before, "lanes" in agreed) if gone else None
    if old is None:
        return
    takers = _takers(old)
    for name in sorted(gone & (takers.keys() | _linked(old))):
        if old.lanes[name].leads_through(now.runs):
            yield old.lanes[name]
        elif name in takers and "lanes" not in agreed:
            raise Refusal(
                f"the tenant {takers[name]} takes the lane {name} until this is rolled out, and "
                "what the lane goes through would go in the same step",
                "publish the tenant's move first, and delete what it took when that has "
                "arrived; or agree to wrong answers and errors for some seconds: "
                "--allow-deletes lanes",
                exit_code=4,
            )


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
    if not _source_known(repository, tip):
        return None
    source = str(tip.source)
    if (old := before(source)) is None and not agreed:
        raise Refusal(
            f"{source[:10]}, from which the branch was published, does not compile with this "
            "gen, so nobody can tell whether requests still go to what leaves",
            "publish a commit that takes nothing away first, or agree to wrong answers and errors "
            "for some seconds: --allow-deletes lanes",
            exit_code=4,
        )
    return old


def _source_known(repository: Repository, tip: Tip) -> bool:
    return tip.source is not None and repository.has(tip.source)


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
