"""Questions from inside the mesh: from one sidecar, every service it calls, in every environment, in every colour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.mesh.case import Case
from tests.mesh.envoy import Client

COLOURS = 10  # lanes asked for at one address; a wide repository has more
PRIVATE = 0.5  # share of the questions that are asked by a private name as well
DIALLED = 0.15  # share of the questions that are asked at a Pod's address as well


def ask(case: Case) -> None:
    for unit, caller in case.callers:
        for service in case.input.calls(caller):
            for environment in case.input.near(unit):
                if service not in case.input.known_in(environment):
                    continue
                if environment in case.input.addressed(caller, unit):
                    _address(case, (caller, unit), service, environment)
                else:
                    _elsewhere(case, (caller, unit), service, environment)
            _branch(case, (caller, unit), service)


def _branch(case: Case, caller: tuple[str, str], service: str) -> None:
    """A branch's own Service is no way into it: sidecars know the service's name alone, and lanes decide."""
    branches = [
        unit for unit, runs in sorted(case.input.units.items()) if "/" in unit and service in runs
    ]
    web = [port for port in case.input.ports(service) if port["protocol"] != "tcp"]
    if branches and web:
        namespace, name = case.input.pod(service, case.dice.choice(branches))
        _unknown(case, caller, name, namespace, web[0]["port"], [])


def _elsewhere(case: Case, caller: tuple[str, str], service: str, environment: str) -> None:
    """A name that nobody said would be dialled is known to no sidecar, whatever the colour."""
    namespace = case.input.namespace(environment)
    for port in case.input.ports(service):
        if port["protocol"] != "tcp":
            lane = case.dice.choice([None, *case.input.lanes()])
            _unknown(case, caller, service, namespace, port["port"], [lane] if lane else [])
            continue
        address = case.cluster.addresses[namespace, service]
        answer = case.pods[case.input.pod(*caller)].ask(
            address=address, port=port["port"], tcp=True
        )
        case.judge.record.requests += 1
        if "error" not in answer:
            case.judge.wrong(
                f"{'@'.join(caller)} tcp→ {service}.{namespace}, which it may not dial: {answer}"
            )


def _unknown(
    case: Case,
    caller: tuple[str, str],
    name: str,
    namespace: str,
    port: int,
    colours: list[str],
) -> None:
    answer = case.pods[case.input.pod(*caller)].ask(
        address=case.cluster.addresses[namespace, name],
        port=port,
        host=f"{name}.{namespace}",
        headers=[[case.input.header, colour] for colour in colours],
    )
    case.judge.record.requests += 1
    if not case.is_unknown(answer):
        case.judge.wrong(
            f"{'@'.join(caller)} → {name}.{namespace} itself, colours {colours}: {json.dumps(answer)}"
        )


def _address(case: Case, caller: tuple[str, str], service: str, environment: str) -> None:
    namespace, unit = case.input.namespace(environment), caller[1]
    address = case.cluster.addresses.get((namespace, service))
    if address is None:
        case.judge.wrong(f"{service} has no name in {environment}")
        return
    pod = case.pods[case.input.pod(*caller)]
    ports = case.input.ports(service)
    for port in ports:
        if port["protocol"] == "tcp":
            answer = pod.ask(address=address, port=port["port"], tcp=True)
            case.judge.hear(
                f"{'@'.join(caller)} tcp→ {service}:{port['port']} in {environment}",
                answer,
                service,
                port,
                case.input.outcomes(service, environment, [], unit, tcp=True),
                caller,
            )
    web = [port for port in ports if port["protocol"] != "tcp"]
    for colours in colours_to_send(case) if web else ():
        port = case.dice.choice(web)
        host = case.dice.choice(
            _written(service, namespace, port["port"], near=environment == unit.split("/")[0])
        )
        header = case.input.header.upper() if case.dice.random() < 0.1 else case.input.header
        coloured = [[header, colour] for colour in colours]
        if (
            case.input.propagation == "baggage"
            and len(colours) == 1
            and colours[0] in case.input.lanes()
            and case.dice.random() < 0.5
        ):
            coloured = [["baggage", f"a=1, {case.input.header}={colours[0]};p=1 ,b={colours[0]}"]]
        unknown = (
            [[case.input.private[1], "trpc.shop.nobody"]]
            if case.input.private[0] == "calleeHeader" and case.dice.random() < 0.1
            else []
        )
        request = {
            "port": port["port"],
            "host": host,
            "headers": coloured + unknown,
            "http2": port["protocol"] != "http" and case.dice.random() < 0.5,
        }
        outcomes = case.input.outcomes(service, environment, colours, unit)
        if environment == unit.split("/")[0] and case.dice.random() < PRIVATE:
            for place, authority, headers in _privately(case, caller, service, port):
                words = f"{'@'.join(caller)} → {service} by a private name at {place}:{port['port']} as {authority} {headers} colours {colours}"
                answer = pod.ask(
                    address=place, **request | {"host": authority, "headers": [*coloured, *headers]}
                )
                case.judge.hear(words, answer, service, port, outcomes, caller)
        dialled = [address, *_pods(case, caller, service, port)]
        for place in dialled:
            words = f"{'@'.join(caller)} → {place}:{port['port']} as {host} in {environment} colours {colours}{' (HTTP/2)' if request['http2'] else ''}"
            case.judge.hear(
                words, pod.ask(address=place, **request), service, port, outcomes, caller
            )


def _privately(
    case: Case, caller: tuple[str, str], service: str, port: dict[str, Any]
) -> Iterator[tuple[str, str, list[list[str]]]]:
    """(address, authority, headers) of a call by a private name, which means the caller's own environment: what the
    private name service hands out is dialled, and the call says the name in the way that the platform chose."""
    way, header = case.input.private
    for name in case.input.services[service].get("names") or []:
        for address in _pods(case, caller, service, port, always=True):
            dialled = f"{address}:{port['port']}"
            if way == "authority":
                yield address, case.dice.choice((name, f"{name}:{port['port']}")), []
            elif way == "port":
                yield address, case.dice.choice((dialled, address)), []
            else:
                yield address, case.dice.choice((dialled, address, name)), [[header, name]]


def _written(service: str, namespace: str, port: int, near: bool) -> list[str]:
    """A service's name as clients write it; `near`: from its own namespace."""
    names = [
        f"{service}.{namespace}.svc.cluster.local",
        f"{service}.{namespace}.svc",
        f"{service}.{namespace}",
    ] + ([service, service] if near else [])
    return [name for short in names for name in (short, f"{short}:{port}")]


def _pods(
    case: Case, caller: tuple[str, str], service: str, port: dict[str, Any], always: bool = False
) -> list[str]:
    """Now and then the address of a Pod of the service, as a private name service hands it out: whichever Pod was
    dialled, the name as authority and the colour decide. A call to the own Pod never meets its Envoy."""
    if (not always and case.dice.random() > DIALLED) or port.get(
        "targetPort", port["port"]
    ) != port["port"]:
        return []
    if not case.by_pods:
        return []
    units = [
        unit
        for unit, runs in sorted(case.input.running.items())
        if service in runs and (service, unit) != caller
    ]
    return (
        [case.cluster.pods[case.input.pod(service, case.dice.choice(units))]["status"]["podIP"]]
        if units
        else []
    )


def colours_to_send(case: Case) -> Iterator[list[str]]:
    """None, known ones, what only looks like one, and two at once."""
    lanes = case.input.lanes()
    yield []
    yield from (
        [lane] for lane in (lanes if len(lanes) <= COLOURS else case.dice.sample(lanes, COLOURS))
    )
    lane = case.dice.choice(lanes)
    for odd in (
        "nobody",
        lane + "x",
        "x" + lane,
        lane[:-1],
        lane.replace("-", ".") + "|",
        "",
        lane.upper() + "_",
        f"{lane},{lane}",
        f"{lane}|{lane}",
        ".*",
    ):
        if odd not in lanes and case.dice.random() < 0.6:
            yield [odd]
    yield [lane, case.dice.choice(lanes)]


def plaintext(case: Case) -> None:
    """Without an identity nobody is answered: from a pod outside the mesh, straight to each Pod's address."""
    client = Client(case.network, "apps")
    try:
        for (namespace, name), pod in case.cluster.pods.items():
            for port in pod["spec"]["containers"][0]["ports"]:
                answer = client.ask(
                    address=pod["status"]["podIP"], port=port["containerPort"], host=name
                )
                case.judge.record.requests += 1
                if "error" not in answer:
                    case.judge.wrong(f"plaintext to {name}.{namespace}: {json.dumps(answer)}")
    finally:
        client.close()
