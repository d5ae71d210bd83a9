"""What the benches on the mesh ask for: which tenants, which call, and what paired rounds say."""

from __future__ import annotations

import math
import statistics
from collections import Counter

from bench.stage import PORT
from generator.plan.plan import Plan
from generator.plan.units import Unit

FEW, MANY = 10, 20_000
Versions = dict[str, Unit | None]  # the value that tells a tenant → the unit that answers it


def versions(plan: Plan, service: str) -> Versions:
    """Who answers each tenant for a service that env-00 lets in."""
    found: Versions = {}
    for tenant in plan.tenants.values():
        answer = plan.answers[tenant.choices[0][0]].get(service)
        found.update((value, answer) for kind, _, value in tenant.rules if kind == "header")
    return found


def chosen(units: list[Versions]) -> list[str]:
    """Ten tenants whose versions, of each service, are those that most tenants ask for."""
    left = [Counter(of.values()) for of in units]

    def asked(value: str) -> int:
        return sum(count[of[value]] for count, of in zip(left, units, strict=True))

    found = []
    for _ in range(FEW):
        best = max(units[0], key=asked)
        found.append(best)
        for count, of in zip(left, units, strict=True):
            del count[of[best]]
    return found


def weights(of: Versions, few: list[str]) -> list[float]:
    """How often each of few tenants asks, so that together they ask for each version as often as
    all do."""
    every, theirs = Counter(of.values()), Counter(of[value] for value in few)
    return [every[of[value]] / theirs[of[value]] for value in few]


def busiest(plan: Plan) -> tuple[str, str, str]:
    """(caller, callee, lane) of the baseline of env-00: the callee in HTTP/1 with the most routes,
    and a lane of its last."""
    found = []
    for caller in plan.runs[Unit("env-00")]:
        for callee in plan.services[caller].calls:
            lanes = sum(len(route.lanes) for route in plan.routes("env-00", callee))
            if plan.services[callee].ports[0].port == PORT:
                found.append((lanes, caller, callee))
    _, caller, callee = max(found)
    return caller, callee, plan.routes("env-00", callee)[-1].lanes[-1]


def shared(few: list[float], many: list[float]) -> tuple[float, float]:
    """(mean, standard error) of many over few, round by round."""
    parts = [math.log(two / one) for one, two in zip(few, many, strict=True)]
    mean = math.exp(statistics.mean(parts))
    return mean, mean * statistics.stdev(parts) / len(parts) ** 0.5


def added(seen: list[float], plain: list[float]) -> str:
    """The median of paired differences."""
    difference = statistics.median(one - other for one, other in zip(seen, plain, strict=True))
    return f"{difference:+.0f} µs" if difference else ""
