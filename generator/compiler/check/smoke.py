"""Smoke tests: whether what they ask can be answered at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.compiler.resolve import Resolved
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Plan, Unit
from generator.vocabulary.source import Place

if TYPE_CHECKING:
    from generator.vocabulary.model import Request

CODE = "GEN311"


def check(resolved: Resolved, plan: Plan, found: list[Finding]) -> None:
    for unit, tests in plan.tests.items():
        for name, test in tests.items():
            place = resolved.place_of_unit(unit).at("tests", name)
            for index, request in enumerate(test.requests):
                found += _request(plan, unit, request, place.at("requests", index))
            for index, service in enumerate(test.calls):
                found += _answered(plan, unit, service, place.at("calls", index))


def _request(plan: Plan, unit: Unit, request: Request, place: Place) -> list[Finding]:
    web = [port.name for port in plan.web_ports(request.service)]
    if request.port is not None and request.port not in web or not web:
        hint = f"one of {', '.join(web)}" if web else "test it with an image of your own that speaks its protocol"
        return [Finding(CODE, place.at("port") if request.port else place.at("service"), f"a request needs a port of {request.service} that speaks HTTP", hint)]
    return _answered(plan, unit, request.service, place.at("service"))


def _answered(plan: Plan, unit: Unit, service: str, place: Place) -> list[Finding]:
    if service not in plan.known[unit.environment]:
        return [Finding(CODE, place, f"nothing in {unit.environment} runs or calls {service}, so its name means nothing there", "ask a service that has a name there, or let a unit run it")]
    if service not in plan.answers[str(unit)]:
        return [Finding(CODE, place, f"nobody answers for {service} in the lane {unit}", "let a unit of the lane run it")]
    return []
