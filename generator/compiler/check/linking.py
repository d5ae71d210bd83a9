"""Links into lanes that would lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.nearest import did_you_mean

HOSTLESS, ENVIRONMENT, LANE, CROSSES = "GEN327", "GEN204", "GEN206", "GEN214"


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    links = plan.platform.ingress.links
    if links is None:
        return
    place = resolved.project.place("platform", "platform").at("ingress", "links", "lanes")
    owned = {lane.split("/")[0] for lane in plan.host_lanes.values()}
    there = sorted(name for name in plan.lanes if not name.startswith(names.INLINE))
    for environment, lanes in links.lanes.items():
        if environment not in plan.environments:
            hint = did_you_mean(environment, plan.environments)
            message = f"there is no environment `{environment}`"
            yield Finding(ENVIRONMENT, place.key(environment), message, hint)
        elif environment not in owned:
            yield Finding(
                HOSTLESS,
                place.key(environment),
                f"{environment} has no host, so no link can lead there",
                "give it `hosts`, or take it out of the links",
            )
        for index, lane in enumerate(lanes):
            if lane not in there:
                where = place.at(environment, index)
                hint = did_you_mean(lane, there)
                yield Finding(LANE, where, f"there is no lane `{lane}`", hint)
            elif environment in plan.environments and _elsewhere(plan, environment, lane):
                yield Finding(
                    CROSSES,
                    place.at(environment, index),
                    f"the lane {lane} is in another mesh than {environment}: no link at its hosts "
                    "can lead there",
                    "let links at hosts of its own mesh lead there",
                )


def _elsewhere(plan: Plan, environment: str, lane: str) -> bool:
    return lane not in plan.seen_from(plan.environments[environment].cluster).lanes
