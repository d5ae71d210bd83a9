"""What gen itself says: `gen routes` and `gen explain` must agree with the oracle, and so with the mesh."""

from __future__ import annotations

import json
from typing import Any

from tests.mesh import ingress
from tests.mesh.case import Case, gen

EXPLAINED = 2  # requests of a case that `gen explain` is asked about; each takes a process


def compare(case: Case) -> None:
    """What is told without a command."""
    _routes(case)
    _exports(case)


def ask(case: Case) -> None:
    compare(case)
    if case.input.entries():
        for _ in range(EXPLAINED):
            _explain(case)


def _routes(case: Case) -> None:
    rows = {
        (row["environment"], row["service"], row["lane"]): unit(row["target"])
        for row in case.table["routes"]
    }
    expected = {
        (environment, service, lane): case.input.target(
            case.input.met(service, environment, lane) if lane else environment, service
        )
        for environment in case.input.environments
        for service in case.input.known_in(environment)
        for lane in (None, *case.input.lanes())
    }
    for row in sorted(rows.keys() | expected.keys(), key=str):
        if row not in rows or row not in expected or rows[row] != expected[row]:
            case.judge.wrong(
                f"gen routes {row}: {rows.get(row, 'no row')}, expected {expected.get(row, 'no row')}"
            )


def _exports(case: Case) -> None:
    """What speaks of hosts says who hears it: Istio's default is everybody, and then a foreign namespace is led astray."""
    for item in case.cluster.istio:
        if item["kind"] not in ("VirtualService", "DestinationRule", "ServiceEntry"):
            continue
        heard = item["spec"].get("exportTo", ["*"])
        if "*" in heard or not heard:
            case.judge.wrong(
                f"{item['kind']} {item['metadata']['name']} in {item['metadata']['namespace']} is seen from everywhere"
            )


def unit(target: dict[str, Any] | None) -> str | None:
    return target and "/".join(filter(None, (target["environment"], target["branch"])))


def _explain(case: Case) -> None:
    """A request at the edge, and every hop that it can go on to."""
    host, given = (
        case.dice.choice(sorted(case.input.hosts())),
        case.dice.choice(list(ingress.brought(case))),
    )
    path = case.dice.choice(case.input.entries())[0] + "/1"
    entered = case.input.entered(path)
    words = [
        word
        for kind, pairs in given.items()
        for name, value in pairs.items()
        for word in (f"--{kind}", f"{name}={value}")
    ]
    done = gen(
        case.repository, "explain", "--host", host, "--path", path, "--format", "json", *words
    )
    question = f"gen explain {host}{path} {given}"
    if done.returncode:
        return case.judge.wrong(f"{question}: exit {done.returncode} {done.stderr}")
    said, chosen = (
        json.loads(done.stdout),
        [case.name(choice) for choice in case.input.told(host, given)],
    )
    if said["lane"] not in chosen or {
        choice["lane"] for choice in said["choices"] if choice["weight"]
    } != set(chosen):
        return case.judge.wrong(
            f"{question}: lane {said['lane']} of {said['choices']}, expected {chosen}"
        )
    for index, hop in enumerate(said["hops"]):
        service, start = hop["service"], hop["from"]
        tcp = all(port["protocol"] == "tcp" for port in case.input.ports(service))
        (outcome, *_) = case.input.outcomes(
            service,
            start["environment"],
            [hop["lane"]] if hop["lane"] is not None else [],
            start.get("unit"),
            tcp,
            outside="unit" not in start,
        )
        if unit(hop["target"]) != outcome.unit or (
            index == 0 and (entered is None or service != entered[0])
        ):
            return case.judge.wrong(f"{question}: hop {hop}, expected {outcome}")
    return None
