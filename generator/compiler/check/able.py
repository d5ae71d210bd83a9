"""What the plane of a cluster, or its kind of routes, cannot do, and somebody asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.compiler.resolve import Resolved
from generator.plan import clusters
from generator.plan.plan import Plan
from generator.plan.platform import release
from generator.targets import registry
from generator.targets.target import Capability, Target
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.plural import some
from generator.vocabulary.source import Place

CANNOT = "GEN335"
ASKING = 6  # who asks for what, that one finding names


def check(resolved: Resolved, plan: Plan, targets: Mapping[str, Target]) -> Iterator[Finding]:
    """Each target is asked what those clusters need that are printed for it."""
    those: dict[Target, list[str]] = {}
    for cluster, target in targets.items():
        those.setdefault(target, []).append(cluster)
    told = set[tuple[Place, str]]()
    for target, named in those.items():
        group = _Group(resolved, plan, target, named, alone=len(those) > 1)
        yield from group.unable()
        if target.plane.made:
            for seen in group.meshes:
                yield from _mistaken(resolved, seen, told, *target.plane.made)
        yield from group.too_old()


class _Group:
    """The clusters that are printed for one target, and how they are called where others are not.
    `meshes` is the plan as each of theirs sees it."""

    def __init__(
        self, resolved: Resolved, plan: Plan, target: Target, named: list[str], *, alone: bool
    ) -> None:
        self._project, self._target, self._named = resolved.project, target, named
        self._place = resolved.project.place("platform", "platform")
        self._where = f" in {some(list(map(clusters.named, named)), ASKING)}" if alone else ""
        self._istio = min((plan.platform.at(name).mesh.istio for name in named), key=release)
        self.meshes = [plan.seen_from(name) for name in plan.meshes if name in named]

    def unable(self) -> Iterator[Finding]:
        """What the target cannot, with all who ask for it there."""
        asked: dict[Capability, dict[str, None]] = {}
        for seen in self.meshes:
            for need, who in self._target.lacking(seen):
                asked.setdefault(need, {}).update(dict.fromkeys(who))
        target = self._target
        for need in (one for one in Capability if one in asked):
            yield Finding(
                CANNOT,
                self._at(*_chosen(target, need)),
                f"{target} cannot {need.value}{self._where} "
                f"(asked for by {some(list(asked[need]), ASKING)})",
                "remove what asks for it, or choose what can (docs/planes.md)",
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
        """Where it is chosen: with a cluster of its own, or for the whole platform."""
        platform = self._project.platform
        said = platform.clusters if platform else {}
        for name in self._named:
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
    resolved: Resolved, plan: Plan, told: set[tuple[Place, str]], name: str, label: str
) -> Iterator[Finding]:
    """What would be taken for the plane's own pods, which all others let in; each place once."""
    for place, message, hint in _taken(resolved, plan, name, label):
        if (place, hint) not in told:
            told.add((place, hint))
            yield Finding(CANNOT, place, message, hint)


def _taken(
    resolved: Resolved, plan: Plan, name: str, label: str
) -> Iterator[tuple[Place, str, str]]:
    place_of, there = resolved.project.place, clusters.present(plan)
    message, hint = f"the plane itself makes what is called {name} in each namespace", "rename it"
    if name in there:
        yield place_of("service", name), message, hint
    for unit, runs in plan.runs.items():
        for service, run in runs.items():
            for item in resolved.bases.brought.get((service, run.components), ()):
                same = names.kubernetes_name(item.name, unit.branch) == name
                if same and service != name:
                    yield item.place, f"{message} (in {unit})", hint
    for service in (one for one in there if one in plan.bases):
        if any(label in workload.pods for workload in plan.bases[service].workloads):
            said = f"pods of {service} have the label {label}, by which the plane knows its own"
            yield place_of("service", service), said, "remove the label from its base"
