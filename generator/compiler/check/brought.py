"""Objects of bases and components beside those of others: names, kinds, and what there is once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.manifests import allowed
from generator.manifests.rules.workloads import CRON_JOB, STATEFUL_SET
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.vocabulary import names
from generator.vocabulary.base import Brought
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

# Kubernetes takes longer names of these, and makes nothing of them, or refuses them late.
LONGEST = {
    "StatefulSet": STATEFUL_SET,
    "CronJob": CRON_JOB,
    "Job": names.LONGEST_LABEL,
    "Service": names.LONGEST_LABEL,
}
LONGEST_NAME = 253
OWN_NAMES = "gen."  # how the names of ConfigMaps begin that gen emits into a namespace

Named = tuple[Unit, str, str, Brought]  # a unit, its service, the name there, and the object


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """All that units bring, with their suffixes."""
    told = dict.fromkeys(_allowed_by_nobody(resolved))
    once: defaultdict[str, list[Named]] = defaultdict(list)
    for environment in plan.environments:
        taken: dict[tuple[str, str, str], Named] = {}
        for named in _objects(resolved, plan, environment):
            told |= dict.fromkeys(_named(resolved, plan, named, taken))
            for what, _ in named[3].once:
                once[what].append(named)
    for what, wanting in sorted(once.items()):
        told |= dict.fromkeys(_twice(resolved, what, wanting))
    yield from told


def _objects(resolved: Resolved, plan: Plan, environment: str) -> Iterator[Named]:
    """What the units of an environment bring; first of all what gen emits itself."""
    brought = []
    for unit in plan.units(environment):
        gone = plan.gone(unit)
        for service, run in sorted(plan.runs[unit].items()):  # the same order in all units
            items = resolved.bases.brought.get((service, run.components), ())
            there = (item for item in items if (item.group, item.kind) not in gone)
            brought += [(unit, service, item) for item in there]
    for unit, service, item in sorted(brought, key=lambda each: not each[2].own):
        yield unit, service, names.kubernetes_name(item.name, unit.branch), item


def _named(
    resolved: Resolved, plan: Plan, named: Named, taken: dict[tuple[str, str, str], Named]
) -> Iterator[Finding]:
    unit, _, name, item = named
    place = _place(resolved, named)
    first = taken.setdefault((item.group, item.kind, name), named)
    if first is not named:
        yield _collision(resolved, named, first)
    elif not item.own and item.kind == "Service" and name in plan.known[unit.environment]:
        related = ((resolved.project.place("service", name), "the service"),)
        message = f"the Service {name} in {unit.environment} is that of the service {name}"
        yield Finding("GEN209", place, message, "give it another name", related)
    if item.kind == "ConfigMap" and name.startswith(OWN_NAMES):
        message = f"names that begin with `{OWN_NAMES}` are those of ConfigMaps that gen emits"
        yield Finding("GEN209", item.place, message, "give it another name")
    most = LONGEST.get(item.kind, LONGEST_NAME)
    if len(name) > most and not item.own:
        message = f"the {item.kind} {name} would have {len(name)} characters; {most} can be used"
        hint = "shorten the name of the branch or of the object"
        yield Finding("GEN106", place, message, hint, ((item.place, "written here"),))
    if not item.own:
        yield from _accounts(resolved, named)
        yield from _made(named, place, taken)
    if item.kind and not item.own and unit.branch is not None:
        yield from _baselines(resolved, named, place)


def _accounts(resolved: Resolved, named: Named) -> Iterator[Finding]:
    """Accounts that policies, which tell identities by how they begin, take for another service's:
    by their own name, or by that in a branch."""
    unit, service, _, item = named
    for account, spot in item.accounts:
        if account == service:
            continue  # what gen gives
        there = names.kubernetes_name(account, unit.branch)
        for said, place in ((account, spot), (there, _place(resolved, named))):
            if (other := _taken_for(resolved, said)) not in (None, service):
                related = ((resolved.project.place("service", str(other)), "the service"),)
                message = f"policies mistake the account {said[:80]} for one of the service {other}"
                hint = f"give it a name that begins with `{service}-`, or with no service's name"
                yield Finding("GEN432", place, message, hint, related)
                break


def _taken_for(resolved: Resolved, account: str) -> str | None:
    """The service whose accounts begin as this one does."""
    services = resolved.project.services
    alike = (service for service in services if f"{account}-".startswith(f"{service}-"))
    return max(alike, key=len, default=None)


def _made(
    named: Named, place: Place, taken: dict[tuple[str, str, str], Named]
) -> Iterator[Finding]:
    """A Secret that a controller makes of it, whose name no branch's suffix reaches."""
    unit, service, _, item = named
    if item.makes is None:
        return
    first = taken.setdefault(("", "Secret", item.makes), named)
    if first is not named:
        other, owner, _, known = first
        message = (
            f"the Secret {item.makes[:80]} that {item.kind} {item.name[:80]} of {service} makes in "
            f"{unit} is already that of {owner} in {other}"
        )
        hint = f"give the {item.kind} the name of its Secret: both then follow a branch's names"
        yield Finding("GEN209", place, message, hint, ((known.place, "taken here"),))


def _baselines(resolved: Resolved, named: Named, place: Place) -> Iterator[Finding]:
    item = named[3]
    platform = resolved.project.platform
    kinds = platform.bases.kinds if platform else {}
    more = {allowed.parsed(kind): scope for kind, scope in kinds.items()}
    if allowed.scope((item.group, item.kind), more) == "baseline":
        message = f"this branch would bring the kind {item.kind}, which only baselines may"
        hint = "put it into a component that the environment's own run switches on"
        yield Finding("GEN409", place, message, hint, ((item.place, "brought here"),))


def _place(resolved: Resolved, named: Named) -> Place:
    """Where a name comes from: a branch's run, or the manifest alone."""
    unit, service, _, item = named
    if unit.branch is None:
        return item.place
    return resolved.place_of_unit(unit).key("runs", service)


def _collision(resolved: Resolved, named: Named, first: Named) -> Finding:
    unit, service, name, item = named
    other, owner, _, known = first
    if unit == other:  # the same in each unit that runs both
        what = f"{item.kind} {item.name[:80]} of {service} is already that of {owner}"
        message = f"{what}, and units run both"
        hint = "give one of the two another name"
        return Finding("GEN209", item.place, message, hint, ((known.place, "taken here"),))
    what = f"{item.kind} {name[:80]} of {service} in {unit} is already that of {owner} in {other}"
    related = ((item.place, "brought here"), (_place(resolved, first), "taken here"))
    return Finding("GEN209", _place(resolved, named), what, "rename the branch", related)


def _twice(resolved: Resolved, what: str, wanting: list[Named]) -> Iterator[Finding]:
    """What more than one unit wants, told once, where it is written."""
    units = sorted({(unit, service) for unit, service, _, _ in wanting})
    if len(units) < 2:
        return
    spots = {spot for _, _, _, item in wanting for said, spot in item.once if said == what}
    first = min(spots, key=lambda spot: (spot.path, spot.document, tuple(map(str, spot.route))))
    named = ", ".join(f"{service} in {unit}" for unit, service in units[:4])
    more = ", …" if len(units) > 4 else ""
    related = tuple(
        (resolved.place_of_unit(unit).key("runs", service), "runs it")
        for unit, service in units[:4]
    )
    yield Finding(
        "GEN434",
        first,
        f"there is {what} once, and {len(units)} units want it: {named}{more}",
        "take it out of the base, or put it into a component that one unit switches on",
        related,
    )


def _allowed_by_nobody(resolved: Resolved) -> Iterator[Finding]:
    """Kinds that no platform can allow, and services that there are not."""
    project = resolved.project
    if project.platform is None:
        return
    place = project.place("platform", "platform").at("bases")
    for text in project.platform.bases.kinds:
        kind = allowed.parsed(text)
        if (instead := allowed.never(kind)) is not None:
            message = f"no platform can let bases bring a {text[:80]}: {instead}"
            yield Finding("GEN409", place.key("kinds", text), message, "delete the line")
    for index, service in enumerate(project.platform.bases.privileged):
        if service not in project.services:
            message = f"there is no service `{service}`"
            yield Finding("GEN203", place.at("privileged", index), message, "correct the name")
