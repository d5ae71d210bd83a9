"""Requests that go on: in at the gateway and along the calls, three hops, through applications that forward the colour
or do not. Whatever lane a weighted tenant got at the edge, the whole chain keeps it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from tests.mesh import ingress
from tests.mesh.case import Case
from tests.mesh.oracle import Choice, Outcome

HOPS = 3
Call = tuple[str, str, dict[str, Any]]  # (service, environment it is addressed to, port)


def ask(case: Case, times: int) -> None:
    """Every pod on the way needs an Envoy."""
    if case.input.entries():
        for _ in range(times):
            _chain(case)


def _chain(case: Case) -> None:
    path, service, port = case.dice.choice(case.input.entries())
    host, given = (
        case.dice.choice(sorted(case.input.hosts())),
        case.dice.choice(list(ingress.brought(case))),
    )
    chosen = case.input.told(host, given)
    calls = _way(case, chosen[0], service)
    via = [
        f"{case.cluster.addresses[case.input.namespace(environment), callee]},{to['port']},{callee}.{case.input.namespace(environment)}.svc.cluster.local:{to['port']},{int(case.input.services[caller].get('forwardsColour', True))}"
        for caller, (callee, environment, to) in zip(
            [service, *(callee for callee, _, _ in calls)], calls, strict=False
        )
    ]
    answer = ingress.send(
        case,
        host,
        path + ("?via=" + quote(";".join(via), safe="") if via else ""),
        ingress.sent(given),
    )
    question = f"chain from {host}{path} {given} on to {[(callee, environment) for callee, environment, _ in calls]}"
    before = len(case.judge.record.disagreements)
    case.judge.hear(question, answer, service, port, ingress.outcomes(case, chosen, service), None)
    if answer.get("status") == 200 and len(case.judge.record.disagreements) == before:
        _follow(case, question, json.loads(answer["body"]), service, calls)


def _way(case: Case, lane: Choice, service: str) -> list[Call]:
    """Calls drawn beforehand: mostly in the environment where the pod lives, as applications write them."""
    calls: list[Call] = []
    unit = case.input.target(lane, service)
    while unit is not None and len(calls) < HOPS - 1:
        possible = [
            (callee, environment, port)
            for callee in case.input.calls(service)
            for port in case.input.ports(callee)
            if port["protocol"] != "tcp"
            for environment in [
                unit.split("/")[0],
                case.dice.choice(sorted(case.input.environments)),
            ]
            if callee in case.input.known_in(environment)
            and environment in case.input.addressed(service, unit)
        ]
        if not possible:
            break
        calls.append(case.dice.choice(possible))
        service = calls[-1][0]
        unit = case.input.target(lane, service)
    return calls


def _follow(
    case: Case, question: str, said: dict[str, Any], service: str, calls: list[Call]
) -> None:
    """Hop by hop: who answered tells in which unit the next call starts, and with which colour."""
    unit = next(
        unit
        for unit in case.input.units
        if case.judge.pods[said["address"]] == case.input.pod(service, unit)
    )
    for callee, environment, port in calls:
        forwards = (
            case.input.services[service].get("forwardsColour", True) and said["colour"] is not None
        )
        (outcome,) = case.input.outcomes(
            callee, environment, [said["colour"]] if forwards else [], unit
        )
        case.judge.record.requests += 1
        if environment not in case.input.addressed(service, unit):
            if not case.is_unknown(_answer(said.get("next", {}))):
                case.judge.wrong(
                    f"{question}: {service}@{unit} → {callee} in {environment}: {said}"
                )
            return None
        following = said.get("next", {"error": "it went no further"})
        if not _right(case, following, (service, unit), callee, port, outcome):
            return case.judge.wrong(
                f"{question}: {service}@{unit} → {callee} in {environment}: {following}, expected {outcome}"
            )
        if "error" in following or outcome.unit is None:
            return None
        said, service, unit = following, callee, outcome.unit
    return None


def _answer(said: dict[str, Any]) -> dict[str, Any]:
    """What an application says of its call, as a client would have heard it."""
    status, _, body = said.get("error", "").partition(" ")
    return {"status": int(status), "body": body} if status.isdigit() else said


def _right(
    case: Case,
    said: dict[str, Any],
    caller: tuple[str, str],
    callee: str,
    port: dict[str, Any],
    outcome: Outcome,
) -> bool:
    if "error" not in said:
        allowed = (
            case.judge.edges is None
            or outcome.unit is None
            or (caller, (callee, outcome.unit)) in case.judge.edges
        )
        return outcome.unit is not None and allowed and case.judge.came(said, callee, port, outcome)
    answer = _answer(said)
    return "status" in answer and case.judge.fits(answer, callee, port, outcome, caller)
