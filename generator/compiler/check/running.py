"""What units say of a workload beside what its base says: replicas, ports."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.vocabulary.base import Workload
from generator.vocabulary.findings import Finding


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Replicas beside an autoscaler, and none where requests go."""
    answering = {
        (unit, service) for answers in plan.answers.values() for service, unit in answers.items()
    }
    for unit, runs in plan.runs.items():
        for service, run in runs.items():
            if run.replicas is None:
                if (unit, service) in answering and _is_idle(plan, unit, service):
                    place = resolved.place_of_unit(unit).key("runs", service)
                    message = (
                        f"the base of {service} says that no pod runs, and lanes lead to {unit}: "
                        "nobody answers"
                    )
                    hint = "say `replicas` here, or in the base"
                    yield Finding("GEN438", place, message, hint)
                continue
            yield from _autoscaled(resolved, plan, unit, service)
            if run.replicas == 0 and (unit, service) in answering:
                place = resolved.place_of_unit(unit).at("runs", service, "replicas")
                message = (
                    f"no pod of {service} runs in {unit}, and lanes lead there: nobody answers"
                )
                hint = "run at least one, or set `draining: true` to lead lanes past it"
                yield Finding("GEN438", place, message, hint)


def _autoscaled(resolved: Resolved, plan: Plan, unit: Unit, service: str) -> Iterator[Finding]:
    for workload in plan.bases[service].workloads:
        if workload.container and _scales(plan, unit, service, workload):
            yield Finding(
                "GEN436",
                resolved.place_of_unit(unit).at("runs", service, "replicas"),
                f"an autoscaler of the base sets the replicas of {workload.kind} {workload.name}",
                "delete it, and say `minReplicas` in the autoscaler",
            )


def _scales(plan: Plan, unit: Unit, service: str, workload: Workload) -> bool:
    """Whether an autoscaler of the unit says how many of a workload run."""
    components = plan.runs[unit][service].components
    parts = (plan.bases[service], *(plan.components[name] for name in components))
    return any(part.scales(workload, plan.gone(unit)) for part in parts)


def _is_idle(plan: Plan, unit: Unit, service: str) -> bool:
    """Whether the base says of all that would answer that none runs, and nothing else says more."""
    serving = [each for each in plan.bases[service].workloads if each.serves]
    if not serving or plan.runs[unit][service].components:
        return False
    return all(each.replicas == 0 and not _scales(plan, unit, service, each) for each in serving)
