"""Services that ran before gen did: whether their pods are found as before, and by nobody else,
and what cannot be had as long as they have no proxy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from generator.compiler.resolve import Resolved
from generator.plan import journey
from generator.plan.plan import Plan
from generator.plan.services import Adopted
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.kube import adopted
from generator.vocabulary.base import Base, Labels, Workload, selects
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

WRONG, WITHOUT = "GEN331", "GEN332"
TOLD = 12  # lanes that are named


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    for unit, runs in plan.runs.items():
        for service, run in runs.items():
            if run.adopted is None:
                continue
            place = resolved.place_of_unit(unit).at("runs", service, "adopted")
            if unit.branch is not None:
                yield _in_a_branch(place)
                continue
            yield from _fits(plan, unit, service, run.adopted, place)
            yield from _found(plan, unit, service, run.adopted, place)
            if run.adopted.untouched:
                yield from _untouched(resolved, plan, unit, service, place)


def _in_a_branch(place: Place) -> Finding:
    message = "only an environment's own version can have run before gen did"
    return Finding(WRONG, place, message, "delete it here: a branch's pods are always new ones")


def _fits(plan: Plan, unit: Unit, service: str, kept: Adopted, place: Place) -> Iterator[Finding]:
    """The Service and the workloads find the pods that they found."""
    base = plan.bases[service]
    if not any(_selects(kept.selector, {**pod, **base.common}) for pod in base.pods):
        yield Finding(
            WRONG,
            place.at("selector"),
            f"no pods of the base of {service} have these labels, so its Service would find none",
            f"the base's pods have {_shown(base)}",
        )
    given = objects.labels(plan) | objects.selector(service, unit)
    said = [kept.selector, *(workload.knows for workload in base.workloads)]
    for key, value in {key: value for labels in said for key, value in labels.items()}.items():
        if not kept.untouched and objects.is_own(key) and given.get(key, value) != value:
            yield Finding(
                WRONG,
                place.at("selector"),
                f"pods of {service} are known by `{key}: {value[:63]}`, and gen's label of that "
                f"name is `{given[key]}`: they would be found no longer",
                "leave it `untouched: true`, or make the workload anew under another name",
            )
    for workload in base.workloads if not kept.untouched else ():
        yield from _hidden(service, workload, {**workload.pods, **base.common}, given, place)


def _hidden(
    service: str, workload: Workload, pod: Labels, given: Labels, place: Place
) -> Iterator[Finding]:
    """What a workload asks of its pods beside labels is true of them, and not with gen's labels."""
    for one in workload.asks:
        if selects({}, (one,), pod) and not selects({}, (one,), {**pod, **given}):
            yield Finding(
                WRONG,
                place.at("selector"),
                f"pods of {service} are known by `{one[0]} {one[1]}`, which is not true of gen's "
                f"label of that name, `{given[one[0]]}`: they would be found no longer",
                "leave it `untouched: true`, or make the workload anew under another name",
            )


def _found(plan: Plan, unit: Unit, service: str, kept: Adopted, place: Place) -> Iterator[Finding]:
    """Nobody else's pods have the labels, and no branch's."""
    base = plan.bases[service]
    for other in plan.units(unit.environment):
        for name in plan.runs[other]:
            if (other, name) == (unit, service):
                continue
            pods = list(_pods(plan, other, name))
            mine = base.workloads if name == service else ()
            if any(
                _selects(kept.selector, pod) or any(workload.finds(pod) for workload in mine)
                for pod in pods
            ):
                yield _others(service, name, other, place)


def _others(service: str, name: str, unit: Unit, place: Place) -> Finding:
    whose = f"those of {name}" if unit.branch is None else f"those of {name} in {unit}"
    hint = "name a label that only its own pods have"
    if name == service:
        hint = (
            "labels that gen sets itself cannot tell them apart: give the workload another label "
            "in its selector, or leave branches of it to another environment"
        )
    message = f"the labels by which {service} finds its pods are also {whose}"
    return Finding(WRONG, place.at("selector"), message, hint)


def _pods(plan: Plan, unit: Unit, service: str) -> Iterator[Labels]:
    """The labels that the pods of a service get in a unit."""
    parts = [plan.bases[service]]
    parts += [plan.components[name] for name in plan.runs[unit][service].components]
    keys = adopted.told_apart(plan, unit, service)
    given = objects.labels(plan) | objects.selector(service, unit)
    for workload in plan.bases[service].workloads:
        common = {key: value for part in parts for key, value in part.common.items()}
        apart = adopted.pods(workload, parts, keys, unit.label)
        yield {**workload.pods, **common, **apart, **given}


def _selects(selector: Mapping[str, str], pod: Labels) -> bool:
    return bool(selector) and selector.items() <= pod.items()


def _shown(base: Base) -> str:
    pods = {**next(iter(base.pods), {}), **base.common}
    return ", ".join(f"{key}: {value}" for key, value in islice(pods.items(), 4)) or "no labels"


def _untouched(
    resolved: Resolved, plan: Plan, unit: Unit, service: str, place: Place
) -> Iterator[Finding]:
    """Pods without a proxy: the namespace must be open, and lanes end in front of them."""
    if not plan.environments[unit.environment].adopting:
        yield Finding(
            WRONG,
            place.at("untouched"),
            f"pods of {service} have no proxy, and {unit.environment} lets in only whom a proxy "
            "vouches for",
            "write `adopting: true` in the environment's file, until no service is untouched",
        )
    behind = _behind(plan, service)
    away = sorted(name for name in behind if plan.answers[unit.environment].get(name) != unit)
    direct = [name for name in away if name in plan.services[service].calls]
    if direct:
        yield Finding(
            WITHOUT,
            place.at("untouched"),
            f"{service} calls {', '.join(direct)}, which {unit.environment} does not run, and "
            "without a proxy it finds nobody there",
            f"let {unit.environment} run it, or leave out `untouched`",
        )
    lost = sorted(_lost(plan, unit, service, behind))
    if lost:
        more = f" and {len(lost) - TOLD} more" if len(lost) > TOLD else ""
        yield Finding(
            WITHOUT,
            place.at("untouched"),
            f"{service} has no proxy in {unit.environment} yet: behind it requests of "
            f"{', '.join(lost[:TOLD])}{more} meet {unit.environment}'s own versions",
            f"leave out `untouched`, or run {service} in the branch as well",
            tuple((resolved.places[lane], f"the lane {lane}") for lane in lost[:TOLD]),
        )


def _behind(plan: Plan, service: str) -> set[str]:
    """All that is called in the end."""
    start = plan.services[service].calls
    return set(journey.walk(start, lambda name: plan.services[name].calls))


def _lost(plan: Plan, unit: Unit, service: str, behind: set[str]) -> Iterator[str]:
    """Lanes that come to it and change what answers behind it."""
    own = plan.answers[unit.environment]
    for lane, answers in plan.answers.items():
        comes = answers.get(service) == unit
        if comes and any(answers.get(name) != own.get(name) for name in behind):
            yield lane
