"""Where things are: what each cluster sees of the plan.

Clusters that share no mesh know nothing of each other. What one of them gets is printed of the plan
as if the others did not exist, so that no change elsewhere changes a byte of it; lanes that would
lead from one to another are refused before there is a plan. Clusters of one mesh see all of its
environments, and each is printed those that run on it: who calls is routed by its own cluster, and
let in by that of whom it calls.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from generator.plan.tenants import Tenant
from generator.plan.units import Lane, Unit
from generator.vocabulary.later import Later
from generator.vocabulary.names import OWN

if TYPE_CHECKING:
    from generator.plan.plan import Plan
    from generator.plan.platform import Cluster, Platform

K = TypeVar("K")
V = TypeVar("V")

ELSEWHERE = "@"  # begins what the edge gives instead of a colour where the lane is elsewhere


def inhabited(plan: Plan) -> tuple[str, ...]:
    """The clusters for which anything is printed: those with a name, and the platform's own unless
    all environments are in others of which none shares its mesh."""
    seats = plan.platform.seats
    used = any(not environment.cluster for environment in plan.environments.values())
    shared = any(name and not seat.cluster.mesh for name, seat in seats.items())
    return tuple(name for name in seats if name or used or shared) if seats else ("",)


def meshes(plan: Plan) -> tuple[str, ...]:
    """A cluster of each mesh."""
    found: dict[str, str] = {}
    for cluster in inhabited(plan):
        found.setdefault(plan.platform.mesh_of(cluster), cluster)
    return tuple(found.values())


def far(plan: Plan) -> list[str]:
    """The environments that run on other clusters of the mesh that a plan is seen from."""
    return [name for name in plan.environments if name not in plan.residents]


def several(platform: Platform) -> bool:
    """Whether there is more than one mesh."""
    return len({seat.cluster.mesh for seat in platform.seats.values()}) > 1


def present(plan: Plan, environments: Collection[str]) -> list[str]:
    """The services of the catalogue; of some of all environments those that something there runs,
    or may ask for."""
    if not several(plan.platform) and len(environments) == len(plan.environments):
        return list(plan.services)
    units = (unit for name in environments for unit in plan.units(name))
    there = {name for unit in units for name in plan.runs[unit]}
    there.update(*(plan.known[name] for name in environments))
    return [name for name in plan.services if name in there]


def beside(plan: Plan) -> list[Cluster]:
    """The other clusters of the mesh that a plan is seen from."""
    here, seats = plan.platform.cluster, plan.platform.seats
    return [
        seat.cluster
        for name, seat in seats.items()
        if name != here.name and seat.cluster.mesh == here.mesh
    ]


def of_lane(plan: Plan, lane: str) -> str:
    """The cluster where a lane begins."""
    return plan.environments[plan.lanes[lane].through[0].environment].cluster


def together(plan: Plan, *lanes: Lane) -> bool:
    """Whether lanes lead through one mesh alone."""
    units = {unit for lane in lanes for unit in (*lane.through, *lane.pin.values())}
    those = {plan.environments[unit.environment].cluster for unit in units}
    return len(set(map(plan.platform.mesh_of, those))) < 2


def named(cluster: str) -> str:
    """A cluster in words."""
    return f"the cluster {cluster}" if cluster else "the platform's own cluster"


def short(plan: Plan, environment: str) -> str:
    """Where an environment runs, in a word or two: nothing where there is one cluster."""
    return (
        f"cluster {called(plan.environments[environment].cluster)}" if plan.platform.seats else ""
    )


def called(cluster: str | None) -> str:
    """What people call a cluster in a list."""
    return cluster or OWN


def key(word: str | None) -> str | None:
    """What the plan calls a cluster that people name."""
    return "" if word == OWN else word


def told(plan: Plan, unit: Unit) -> dict[str, str | None]:
    """Where a unit runs, as JSON says it: nothing where there is one cluster."""
    cluster = plan.environments[unit.environment].cluster
    return {"cluster": cluster or None} if plan.platform.seats else {}


def elsewhere(tenant: Tenant) -> str | None:
    """Where a tenant's lane is, in words, of one whose lane is not here."""
    lane, _ = tenant.choices[0]
    return named(lane.removeprefix(ELSEWHERE)) if lane.startswith(ELSEWHERE) else None


def seen_from(plan: Plan, cluster: str) -> Plan:
    """What a cluster knows of the plan: what is in its mesh."""
    if not plan.platform.seats:
        return plan
    mesh_of = plan.platform.mesh_of
    mesh = mesh_of(cluster)
    here = {name for name, one in plan.environments.items() if mesh_of(one.cluster) == mesh}
    lanes = {name: lane for name, lane in plan.lanes.items() if lane.through[0].environment in here}

    def in_mesh(unit: Unit) -> bool:
        return unit.environment in here

    return replace(
        plan,
        platform=plan.platform.at(cluster),
        environments=_only(plan.environments, here.__contains__),
        runs=_only(plan.runs, in_mesh),
        asleep=frozenset(filter(in_mesh, plan.asleep)),
        lanes=lanes,
        tenants=_tenants(plan, lanes),
        answers=_only(plan.answers, lanes.__contains__),
        slept=_only(plan.slept, lanes.__contains__),
        previews={host: unit for host, unit in plan.previews.items() if in_mesh(unit)},
        visited={host: name for host, name in plan.visited.items() if name in here},
        known=_only(plan.known, here.__contains__),
        callers=_only(plan.callers, lambda callee: in_mesh(callee[1])),
        allowed=_only(plan.allowed, lambda callee: in_mesh(callee[1])),
        handling=Later(
            lambda: {
                asked: handled.among(lanes)
                for asked, handled in plan.handling.items()
                if asked[0] in here
            }
        ),
        tests=_only(plan.tests, in_mesh),
    )


def _only(whole: Mapping[K, V], wanted: Callable[[K], bool]) -> Mapping[K, V]:
    return Later(lambda: {key: value for key, value in whole.items() if wanted(key)})


def _tenants(plan: Plan, lanes: Mapping[str, object]) -> dict[str, Tenant]:
    """The tenants whose lane is here. Those whose lane is elsewhere are told so, by all of their
    rules that no tenant here has; hosts lead to their own cluster by themselves."""
    own = {name: one for name, one in plan.tenants.items() if one.choices[0][0] in lanes}
    taken = {rule for tenant in own.values() for rule in tenant.rules}
    known = dict(own)
    for name, tenant in plan.tenants.items():
        rules = tuple(rule for rule in tenant.rules if rule[0] != "host" and rule not in taken)
        if name not in own and rules:
            there = ELSEWHERE + of_lane(plan, tenant.choices[0][0])
            known[name] = Tenant(name, rules, ((there, 1),))
            taken.update(rules)
    return known
