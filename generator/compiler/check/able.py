"""What the platform's plane, or its kind of routes, cannot do, and somebody asks for."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.targets import registry
from generator.targets.target import Capability, Target
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.plural import some
from generator.vocabulary.source import Place

CANNOT = "GEN335"
ASKING = 6  # who asks for what, that one finding names


def check(resolved: Resolved, plan: Plan, target: Target) -> Iterator[Finding]:
    platform = resolved.project.place("platform", "platform")
    for need, who in target.lacking(plan):
        yield Finding(
            CANNOT,
            platform.at(*_chosen(target, need)),
            f"{target} cannot {need.value} (asked for by {some(who, ASKING)})",
            "remove what asks for it, or choose what can (docs/planes.md)",
        )
    if target.plane.made:
        yield from _mistaken(resolved, plan, *target.plane.made)
    yield from _too_old(platform, plan, target)


def _chosen(target: Target, need: Capability) -> tuple[str, str]:
    """Which choice of the platform cannot."""
    usual = registry.target()
    if need in target.ingress.cannot | (usual.ingress.can - target.ingress.can - usual.routes.can):
        return "ingress", "kind"
    if need in usual.plane.can | target.plane.cannot and need not in target.plane.can:
        return "mesh", "plane"
    return "mesh", "routes"


def _too_old(platform: Place, plan: Plan, target: Target) -> Iterator[Finding]:
    choices = (("mesh", "plane"), ("mesh", "routes"), ("ingress", "kind"))
    since, chosen = max(
        zip((part.since for part in target.parts), choices, strict=True), key=lambda pair: pair[0]
    )
    if tuple(map(int, plan.platform.mesh.istio.split("."))) < since:
        oldest = ".".join(map(str, since))
        yield Finding(
            CANNOT,
            platform.at(*chosen),
            f"{target} needs Istio {oldest}, and the oldest in use is {plan.platform.mesh.istio}",
            f"say `istio: '{oldest}'` once no older one runs",
        )


def _mistaken(resolved: Resolved, plan: Plan, name: str, label: str) -> Iterator[Finding]:
    """What would be taken for the plane's own pods, which all others let in."""
    message, hint = f"the plane itself makes what is called {name} in each namespace", "rename it"
    if name in plan.services:
        yield Finding(CANNOT, resolved.project.place("service", name), message, hint)
    told: set[Place] = set()
    for unit, runs in plan.runs.items():
        for service, run in runs.items():
            for item in resolved.bases.brought.get((service, run.components), ()):
                same = names.kubernetes_name(item.name, unit.branch) == name
                if same and service != name and item.place not in told:
                    told.add(item.place)
                    yield Finding(CANNOT, item.place, f"{message} (in {unit})", hint)
    for service, base in plan.bases.items():
        if any(label in workload.pods for workload in base.workloads):
            place = resolved.project.place("service", service)
            said = f"pods of {service} have the label {label}, by which the plane knows its own"
            yield Finding(CANNOT, place, said, "remove the label from its base")
