"""What the plane of an environment, or a kind of routes, cannot do, and somebody asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generator.compiler.resolve import Resolved
from generator.plan import clusters
from generator.plan.plan import Plan
from generator.plan.platform import release
from generator.targets import registry
from generator.targets.target import Capability, Target, Targets
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.plural import some
from generator.vocabulary.source import Place

CANNOT = "GEN335"
ASKING = 6  # who asks for what, that one finding names
_WAYS_OUT = {
    Capability.OTHERS: "move those environments to `plane: ambient` first, or take their names out "
    "of `addresses`: no waypoint stands before their pods that could route the call",
}


class _Share(NamedTuple):
    """What is printed for a target in a cluster: these environments, and whether they are all."""

    cluster: str
    environments: list[str]
    whole: bool

    @property
    def named(self) -> list[str]:
        return [clusters.named(self.cluster)] if self.whole else self.environments


def check(resolved: Resolved, plan: Plan, targets: Targets) -> Iterator[Finding]:
    """Each target is asked what those environments need that are printed for it."""
    those: dict[Target, list[_Share]] = {}
    for cluster in plan.clusters:
        here = targets.at(plan, cluster)
        for target, environments in here.items():
            share = _Share(cluster, environments, whole=len(here) == 1)
            those.setdefault(target, []).append(share)
    told = set[tuple[Place, str]]()
    for target, shares in those.items():
        group = _Group(resolved, plan, target, shares, alone=len(those) > 1)
        yield from group.unable()
        if target.plane.made:
            for seen, environments in group.meshes:
                yield from _mistaken(resolved, seen, environments, told, *target.plane.made)
        yield from group.too_old()


class _Group:
    """What is printed for one target, and how it is called where others are not. `meshes` is the
    plan as each of theirs sees it, with the environments there."""

    def __init__(
        self, resolved: Resolved, plan: Plan, target: Target, shares: list[_Share], *, alone: bool
    ) -> None:
        self._project, self._target, self._shares = resolved.project, target, shares
        self._place = resolved.project.place("platform", "platform")
        called = [name for share in shares for name in share.named]
        self._where = f" in {some(called, ASKING)}" if alone else ""
        oldest = (plan.platform.at(share.cluster).mesh.istio for share in shares)
        self._istio = min(oldest, key=release)
        self.meshes = list(self._meshes(plan))

    def _meshes(self, plan: Plan) -> Iterator[tuple[Plan, list[str]]]:
        mesh_of = plan.platform.mesh_of
        for cluster in plan.meshes:
            here = [one for one in self._shares if mesh_of(one.cluster) == mesh_of(cluster)]
            if here:
                those = [name for one in here for name in one.environments]
                yield plan.seen_from(cluster), those

    def unable(self) -> Iterator[Finding]:
        """What the target cannot, with all who ask for it there."""
        asked: dict[Capability, dict[str, None]] = {}
        for seen, environments in self.meshes:
            for need, who in self._target.lacking(seen, environments):
                asked.setdefault(need, {}).update(dict.fromkeys(who))
        target = self._target
        for need in (one for one in Capability if one in asked):
            yield Finding(
                CANNOT,
                self._at(*_chosen(target, need)),
                f"{target} cannot {need.value}{self._where} "
                f"(asked for by {some(list(asked[need]), ASKING)})",
                _WAYS_OUT.get(need, "remove what asks for it, or choose what can (docs/planes.md)"),
            )

    def too_old(self) -> Iterator[Finding]:
        """An Istio that the target is too new for; the oldest there, where several are."""
        choices = (("mesh", "plane"), ("mesh", "routes"), ("ingress", "kind"))
        since, chosen = max(
            zip((part.since for part in self._target.parts), choices, strict=True),
            key=lambda pair: pair[0],
        )
        if release(self._istio) < since:
            oldest = ".".join(map(str, since))
            yield Finding(
                CANNOT,
                self._at(*chosen),
                f"{self._target} needs Istio {oldest}, and the oldest in use{self._where} is "
                f"{self._istio}",
                f"say `istio: '{oldest}'` once no older one runs",
            )

    def _at(self, *choice: str) -> Place:
        """Where it is chosen: with an environment or a cluster of its own, or for the whole
        platform."""
        here = (name for share in self._shares for name in share.environments)
        for name in here if choice[-1] == "plane" else ():
            if self._project.environments[name].plane:
                return self._project.place("environment", name).at("plane")
        platform = self._project.platform
        said = platform.clusters if platform else {}
        for share in self._shares:
            name = share.cluster
            if name in said and choice[-1] in said[name].model_fields_set:
                return self._place.at("clusters", name, choice[-1])
        return self._place.at(*choice)


def _chosen(target: Target, need: Capability) -> tuple[str, str]:
    """Which choice of the platform cannot."""
    usual = registry.target()
    if need in target.ingress.cannot | (usual.ingress.can - target.ingress.can - usual.routes.can):
        return "ingress", "kind"
    if need in usual.plane.can | target.plane.cannot and need not in target.plane.can:
        return "mesh", "plane"
    return "mesh", "routes"


def _mistaken(
    resolved: Resolved,
    plan: Plan,
    environments: list[str],
    told: set[tuple[Place, str]],
    name: str,
    label: str,
) -> Iterator[Finding]:
    """What would be taken for the plane's own pods, which all others let in; each place once."""
    for place, message, hint in _taken(resolved, plan, environments, name, label):
        if (place, hint) not in told:
            told.add((place, hint))
            yield Finding(CANNOT, place, message, hint)


def _taken(
    resolved: Resolved, plan: Plan, environments: list[str], name: str, label: str
) -> Iterator[tuple[Place, str, str]]:
    place_of, there = resolved.project.place, clusters.present(plan, environments)
    message, hint = f"the plane itself makes what is called {name} in each namespace", "rename it"
    if name in there:
        yield place_of("service", name), message, hint
    for unit in (unit for environment in environments for unit in plan.units(environment)):
        for service, run in plan.runs[unit].items():
            for item in resolved.bases.brought.get((service, run.components), ()):
                same = names.kubernetes_name(item.name, unit.branch) == name
                if same and service != name:
                    yield item.place, f"{message} (in {unit})", hint
    for service in (one for one in there if one in plan.bases):
        if any(label in workload.pods for workload in plan.bases[service].workloads):
            said = f"pods of {service} have the label {label}, by which the plane knows its own"
            yield place_of("service", service), said, "remove the label from its base"
