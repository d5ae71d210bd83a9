"""Smoke tests: whether what they ask can be answered at all."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.plan.services import SmokeRequest
from generator.plan.units import Unit
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

CODE = "GEN311"


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    for unit, tests in plan.tests.items():
        for name, test in tests.items():
            place = resolved.place_of_unit(unit).at("tests", name)
            for index, request in enumerate(test.requests):
                yield from _request(plan, unit, request, place.at("requests", index))
            for index, service in enumerate(test.calls):
                yield from _answered(plan, unit, service, place.at("calls", index))


def _request(plan: Plan, unit: Unit, request: SmokeRequest, place: Place) -> Iterator[Finding]:
    web = [port.name for port in plan.web_ports(request.service)]
    if (request.port is not None and request.port not in web) or not web:
        hint = (
            f"one of {', '.join(web)}"
            if web
            else "test it with an image of your own that speaks its protocol"
        )
        yield Finding(
            CODE,
            place.at("port") if request.port else place.at("service"),
            f"a request needs a port of {request.service} that speaks HTTP",
            hint,
        )
        return
    yield from _answered(plan, unit, request.service, place.at("service"))


def _answered(plan: Plan, unit: Unit, service: str, place: Place) -> Iterator[Finding]:
    if service not in plan.known[unit.environment]:
        yield Finding(
            CODE,
            place,
            f"nothing in {unit.environment} runs or calls {service}, so its name means nothing "
            "there",
            "ask a service that has a name there, or let a unit run it",
        )
    elif service not in plan.answers[str(unit)]:
        yield Finding(
            CODE,
            place,
            f"nobody answers for {service} in the lane {unit}",
            "let a unit of the lane run it",
        )
