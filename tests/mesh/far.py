"""What is asked where there are several clusters: chains that go from one to another, tenants of other meshes, what must be
refused, and gen's own table."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.mesh import chains as near
from tests.mesh import ingress
from tests.mesh.case import Case, gen
from tests.mesh.oracle import shares
from tests.mesh.tables import unit as unit_of


def chains(case: Case, times: int) -> None:
    """In at a gateway and along the calls. Each application dials its own environment, whose names mean something where it
    runs; so who answers decides what is dialled next."""
    for _ in range(times if case.input.entries() else 0):
        path, service, port = case.dice.choice(case.input.entries())
        host = case.dice.choice(sorted(case.input.hosts()))
        given = case.dice.choice(list(ingress.brought(case)))
        chosen = case.input.told(host, given)
        if len(chosen) == 1:
            _chain(case, host, path, service, port, given, chosen[0])


def _chain(
    case: Case, host: str, path: str, service: str, port: Any, given: Any, choice: Any
) -> None:
    calls: list[near.Call] = []
    caller, unit, colour = service, case.input.target(choice, service), case.name(choice)
    via = []
    while unit is not None and len(calls) < near.HOPS:
        environment = unit.split("/")[0]
        web = [
            (callee, to)
            for callee in case.input.calls(caller)
            for to in case.input.ports(callee)
            if to["protocol"] != "tcp"
        ]
        if not web:
            break
        callee, to = case.dice.choice(web)
        namespace = case.input.namespace(environment)
        forwards = case.input.services[caller].get("forwardsColour", True) and colour is not None
        address, name = (
            case.cluster.addresses[namespace, callee],
            f"{callee}.{namespace}.svc.cluster.local",
        )
        via.append(f"{address},{to['port']},{name}:{to['port']},{int(forwards)}")
        calls.append((callee, environment, to))
        (outcome,) = case.input.outcomes(callee, environment, [colour] if forwards else [], unit)
        caller, unit, colour = callee, outcome.unit, outcome.colour
    sent = path + ("?via=" + quote(";".join(via), safe="") if via else "")
    answer = ingress.send(case, host, sent, ingress.sent(given))
    question = (
        f"chain from {host}{path} {given} on to {[(callee, where) for callee, where, _ in calls]}"
    )
    before = len(case.judge.record.disagreements)
    case.judge.hear(
        question, answer, service, port, ingress.outcomes(case, [choice], service), None
    )
    if answer.get("status") == 200 and len(case.judge.record.disagreements) == before:
        near._follow(case, question, json.loads(answer["body"]), service, calls)


def strangers(case: Case, mesh: str) -> None:
    """At a gateway of a mesh: tenants whose lane is in another are told so, and hosts of others are nobody's."""
    whole, own = case.input, case.input.within(mesh)
    if not own.hosts() or not own.entries():
        return
    path, host = own.entries()[0][0], min(own.hosts())
    taken = [rule for tenant in own.tenants.values() for rule in tenant["match"]]
    trusted = own.trusts(host)
    for name, tenant in whole.tenants.items():
        if name in own.tenants:
            continue
        there = whole.cluster(whole.lane(shares(tenant)[0][0])["through"][0].split("/")[0])
        where = f"the cluster {there}" if there else "the platform's own cluster"
        for rule in tenant["match"]:
            if "host" in rule or rule in taken or trusted:
                continue
            given = ingress.NOTHING | rule
            answer = ingress.send(case, host, path, ingress.sent(given))
            case.judge.record.requests += 1
            if (answer.get("status"), answer.get("body")) != (
                503,
                f"this tenant's lane is in {where}\n",
            ):
                case.judge.wrong(f"tenant {name} at {host} of another mesh, by {rule}: {answer}")
    for other in sorted(whole.hosts().keys() - own.hosts().keys()):
        answer = ingress.send(case, other, path, [])
        case.judge.record.requests += 1
        if answer.get("status") != 404:
            case.judge.wrong(f"the host {other} of another mesh: {answer}")


def refusals(case: Case) -> None:
    """What may lead to no other cluster is refused before anything runs: fallbacks unless the platform allows them, and lanes
    from one mesh to another."""
    source = case.input
    parents = {name: one.get("extends") or name for name, one in source.environments.items()}
    falls = any(source.cluster(one) != source.cluster(other) for one, other in parents.items())
    platform = source.platform | {"mesh": source.platform["mesh"] | {"across": "refuse"}}
    _refused(case, "GEN216", "platform.yaml", platform, falls)
    first, *others = sorted(source.environments)
    mesh = source.mesh(source.cluster(first))
    for other in others:
        parts = source.mesh(source.cluster(other)) != mesh
        _refused(case, "GEN214", "lanes/parted.yaml", {"through": [first, other]}, parts)


def _refused(case: Case, code: str, path: str, content: Any, must: bool) -> None:
    """The case with one file exchanged or more: a finding must be there, or must not."""
    with tempfile.TemporaryDirectory(prefix="gen-refused-") as folder:
        repository = Path(folder)
        for part in ("environments", "overlays"):
            shutil.copytree(case.repository / part, repository / part)
        (repository / "environments" / path).parent.mkdir(exist_ok=True)
        (repository / "environments" / path).write_text(json.dumps(content))  # names like 1e3
        told = gen(repository, "validate").stdout
    if (code in told) != must:
        case.judge.wrong(f"{path} {content}: {code} is told {not must}, and must be {must}")


def routes(case: Case) -> None:
    """`gen routes` says what the oracle says, mesh by mesh."""
    rows = {
        (row["environment"], row["service"], row["lane"]): unit_of(row["target"])
        for row in case.table["routes"]
    }
    expected = {}
    for mesh in {case.input.mesh(case.input.cluster(name)) for name in case.input.environments}:
        seen = case.input.within(mesh)
        for environment in seen.environments:
            for service in seen.known_in(environment):
                for lane in (None, *seen.lanes()):
                    told = seen.met(service, environment, lane) if lane else environment
                    expected[environment, service, lane] = seen.target(told, service)
    if rows != expected:
        different = sorted(rows.items() ^ expected.items(), key=str)[:5]
        case.judge.wrong(f"gen routes: {different}")
