"""What would lead from one mesh to another: such a way ends nowhere, so it is refused where it is
written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from generator.plan import clusters
from generator.plan.platform import Platform
from generator.plan.units import Environment, Lane, Unit
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

CODE = "GEN214"


def of_extends(
    platform: Platform, environments: Mapping[str, Environment], places: Mapping[str, Place]
) -> Iterator[Finding]:
    """Environments that fall back to one in another mesh; `places` tell where each says so."""
    for name, environment in environments.items():
        parent = environment.extends[0] if environment.extends else None
        if parent is not None and _parts(platform, environment, environments[parent]):
            yield Finding(
                CODE,
                places[name],
                f"{name} is {_where(environment)}, and {parent} {_where(environments[parent])}, in "
                "another mesh: nothing there can answer for it",
                "run what it needs in it, or extend an environment of its own mesh",
            )


def of_lane(
    platform: Platform,
    environments: Mapping[str, Environment],
    lane: Lane,
    through: Place,
    pin: Place,
) -> Iterator[Finding]:
    """Units that are in another mesh than the first that the lane goes through."""
    if not platform.seats or not lane.through:
        return
    first = lane.through[0]
    named: Iterable[tuple[Place, Unit]] = (
        *((through.at(index), unit) for index, unit in enumerate(lane.through)),
        *((pin.at(service), unit) for service, unit in sorted(lane.pin.items())),
    )
    begin = environments[first.environment]
    for place, unit in named:
        there = environments[unit.environment]
        if _parts(platform, begin, there):
            yield Finding(
                CODE,
                place,
                f"the lane begins with {first}, {_where(begin)}, and {unit} is {_where(there)}, in "
                "another mesh: no request comes from one to the other",
                "make a lane of its own in each mesh",
            )


def of_choices(
    platform: Platform,
    environments: Mapping[str, Environment],
    lanes: Iterable[Lane],
    place: Place,
) -> Iterator[Finding]:
    """Lanes that share one tenant's requests, of more than one mesh."""
    begins = [environments[lane.through[0].environment] for lane in lanes if lane.through]
    for begin in begins[1:]:
        if _parts(platform, begins[0], begin):
            yield Finding(
                CODE,
                place,
                f"the lanes of this tenant begin {_where(begins[0])} and {_where(begin)}, in other "
                "meshes: one ingress cannot share requests out among them",
                "write a tenant for each mesh; both may have the same rules",
            )
            return


def _parts(platform: Platform, one: Environment, other: Environment) -> bool:
    return platform.mesh_of(one.cluster) != platform.mesh_of(other.cluster)


def _where(environment: Environment) -> str:
    return f"in {clusters.named(environment.cluster)}"
