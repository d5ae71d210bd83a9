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

from generator.io.revision import edited_below
from generator.plan import moving
from generator.plan.clusters import ELSEWHERE, together
from generator.plan.plan import Plan
from generator.plan.units import Lane, Unit
from generator.vocabulary import layout, names
from generator.vocabulary.files import FileSet
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from generator.io.git import Repository
    from generator.io.tip import Tip

Before = Callable[[str], Plan | None]  # the plan of a commit, None if it has errors
SECONDS = 600  # until the edge of before is gone for certain
_ROUTES = re.compile(r"overlays/(?:lanes(?:\.[a-z0-9-]+)?|[^/]+/mesh/services)/[^/]+\.yaml")
_TABLES = re.compile(r"overlays/edge(?:\.[a-z0-9-]+)?/tenants")
_TRAILER = re.compile(r"^Gen-Keeps: ([0-9]{1,11}) ([a-z0-9/-]{1,128}) (\{.*\})$", re.MULTILINE)
_SHARES = re.compile(r'shares\("([^"]*)"(?:, "[^"]*"){0,2}\)')  # weights and lanes in turn
# With its values, which may look like anything.
_GIVEN = re.compile(r"^ *take\((.*), \[(=*)\[\n(?:.*\n)*? *\]\2\]\)$", re.MULTILINE)
_RULES = re.compile(r"^ *rules\(", re.MULTILINE)
# Hosts, and the lanes that links may lead into there.
_LINKED = re.compile(
    r"^ *allow\(\[(=*)\[\n(?:.*\n)*? *\]\1\], \[(=*)\[\n((?:.*\n)*?.*?)\]\2\]\)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class RollOut:
    """From what a branch holds to what is said in another commit, its `source`. `before` gives the
    plan of a commit, and `agreed` is what a person agrees to lose."""

    repository: Repository
    tip: Tip
    source: str
    before: Before
    agreed: Collection[str]

    def last(self) -> Plan | None:
        """What was published last, if it is known here."""
        if not self._is_known():
            return None
        source = str(self.tip.source)
        if (old := self.before(source)) is None and "lanes" not in self.agreed:
            raise Refusal(
                f"{source[:10]}, from which the branch was published, does not compile with this "
                "gen, so nobody can tell whether requests still go to what leaves",
                "publish a commit that takes nothing away first, or agree to wrong answers and "
                "errors for some seconds: --allow-deletes lanes",
                exit_code=4,
            )
        return old

    def led(self, files: FileSet) -> Plan | None:
        """The same, if lanes may have been led elsewhere since: a route changes, and so does what
        is said of environments, branches or lanes that were there, and are."""
        if not any(
            _ROUTES.fullmatch(path) and self.changes(files, path) for path in self.tip.owned
        ):
            return None
        if not self._is_known() or not self._edited():
            return None
        return self.before(str(self.tip.source))

    def changes(self, files: FileSet, path: str) -> bool:
        """Whether a file is there before and after, with another content."""
        tree = self.tip.tree
        return path in tree and path in files and tree[path].id != files.id(path)

    def _is_known(self) -> bool:
        return self.tip.source is not None and self.repository.has(self.tip.source)

    def _edited(self) -> bool:
        edited = edited_below(self.repository, str(self.tip.source), self.source, layout.ROOT)
        return any(layout.classify(path)[0] in ("environment", "branch", "lane") for path in edited)


@dataclass(frozen=True, slots=True)
class KeptLane:
    """A lane that left at a time (seconds since 1970), or that was led elsewhere."""

    lane: Lane
    since: int

    @property
    def content(self) -> str:
        """The way that it goes, as JSON."""
        content: dict[str, Any] = {
            "through": [*map(str, self.lane.through)],
            "pin": {service: str(unit) for service, unit in sorted(self.lane.pin.items())},
            "strict": self.lane.strict,
        }
        content |= {"way": True} if self.lane.kind == moving.WAY else {}
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
        kind = moving.WAY if content.get("way") is True else "kept"
        lane = Lane(name, through, pin, content.get("strict") is True, kind)
        kept.append(KeptLane(lane, int(since)))
    return tuple(kept)


def _unit(text: Any) -> Unit:
    if not isinstance(text, str) or not names.matches(names.UNIT, text):
        raise ValueError
    return Unit.parse(text)


def keep(out: RollOut, now: Plan, files: FileSet, clock: int) -> tuple[KeptLane, ...]:
    """The lanes to keep beside those of the plan, and the ways that its own went before; of one
    name the last is the newest. Refused where one cannot be kept, since what it goes through is
    gone."""
    given = _given(out.repository, out.tip)
    kept = [
        each
        for each in out.tip.keeps
        if abs(clock - each.since) < SECONDS and each.lane.leads_through(now.runs)
    ]
    kept += [KeptLane(way, clock) for way in _moved(out, given, out.led(files), now)]
    kept += [KeptLane(lane, clock) for lane in _left(out, given, now)]
    newest = {(each.lane.name, each.content): each for each in kept}
    return tuple(sorted(newest.values(), key=lambda each: (each.lane.name, each.since)))


def _moved(out: RollOut, given: Collection[str], old: Plan | None, now: Plan) -> Iterator[Lane]:
    """The ways that lanes of the plan went before. Refused where one that the edge gives went
    through what is gone."""
    if old is None:
        return
    for name in sorted(given) if "lanes" not in out.agreed else ():
        asked = _asked(old, name) if name in old.lanes and name in now.lanes else set[Unit]()
        if gone := sorted(unit for unit in asked if unit not in now.runs):
            raise Refusal(
                f"requests in the lane {name} go to {gone[0]} until this is rolled out, and that "
                "would go in the same step",
                f"lead the lane elsewhere first, and delete {gone[0]} when that has arrived; or "
                "agree to errors for some seconds: --allow-deletes lanes",
                exit_code=4,
            )
    yield from moving.ways_before(old, now)


def _asked(plan: Plan, name: str) -> set[Unit]:
    """The units that requests of a lane come to."""
    here = plan.answers[name]
    return {here[service] for service in plan.reached(name) if service in here}


def _left(out: RollOut, given: Collection[str], now: Plan) -> Iterator[Lane]:
    """The lanes that the edge gives, and whom nothing takes any longer."""
    taken = {*_takers(now), *now.host_lanes.values(), *_linked(now)}
    # Noted only: it may leave with the next merge.
    yield from (now.lanes[name] for name in given if name in now.lanes and name not in taken)
    gone = {name for name in given if name not in now.lanes}
    old = out.last() if gone else None
    if old is None:
        return
    takers = _takers(old)
    for name in sorted(gone & (takers.keys() | _linked(old))):
        if old.lanes[name].leads_through(now.runs) and together(now, old.lanes[name]):
            yield old.lanes[name]
        elif name in takers and "lanes" not in out.agreed:
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


def drained(out: RollOut, now: Plan, files: Collection[str]) -> None:
    """Refuses a service that leaves a unit which stays, unless it was drained, or the unit sleeps:
    no route led there, or the workloads of one that goes to sleep change after the routes."""
    gone = [
        (unit, service)
        for unit, service in sorted(_leaving(out.tip, files))
        if unit in now.runs
        and unit not in now.asleep
        and service not in now.runs[unit]
        and {*out.agreed}.isdisjoint(
            (unit.environment, f"{unit.environment}/{unit.label}", "files")
        )
    ]
    old = out.last() if gone else None
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


def come_in(out: RollOut, now: Plan, files: FileSet) -> None:
    """Refuses what would part adopted pods from who asks them: to close an environment in the step
    in which the last of its pods get a proxy, since the namespace changes before they do, and to
    find the pods of a workload that stays by other labels than it has."""
    environments = [
        name
        for name in sorted(now.environments)
        if {*out.agreed}.isdisjoint((name, f"{name}/{names.BASELINE}", "files"))
    ]
    closing = [
        name
        for name in environments
        if not now.environments[name].adopting
        and out.changes(files, f"overlays/{name}/namespace/namespace.yaml")
    ]
    found = [
        (name, service)
        for name in environments
        for service, run in now.runs.get(Unit(name), {}).items()
        if run.adopted is None
        and out.changes(files, f"overlays/{name}/{names.BASELINE}/{service}/service.yaml")
    ]
    old = out.last() if closing or found else None
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


def _leaving(tip: Tip, files: Collection[str]) -> set[tuple[Unit, str]]:
    """Services whose folder in a unit goes."""
    leaving = set()
    for path in tip.owned:
        parts = path.split("/")
        if path not in files and len(parts) == 5 and parts[0] == "overlays":
            branch = parts[2] if parts[2] != names.BASELINE else None
            leaving.add((Unit(parts[1], branch), parts[3]))
    return leaving


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
