"""Questions through the gateway: every host and every tenant's rule, with colours forged outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.mesh import tokens
from tests.mesh.case import Case
from tests.mesh.oracle import Choice, Outcome

Given = dict[str, dict[str, str]]  # what a request brings: claims, headers, cookies
NOTHING: Given = {"claim": {}, "header": {}, "cookie": {}}
ENDS = ("", "/1", "x", "?a=/b", "/../1")


def ask(case: Case) -> None:
    hosts, entries = case.input.hosts(), case.input.entries()
    if not entries:
        return
    for host in sorted(hosts):
        for given in brought(case):
            for path in {case.dice.choice(entries)[0], case.dice.choice(entries)[0]}:
                _question(case, host, path + case.dice.choice(ENDS[:4]), given)
    host = case.dice.choice(sorted(hosts))
    _status(case, 404, "a host of nobody", "nobody.example.org", entries[0][0], NOTHING)
    if case.input.entered("/nothing-begins-so") is None:
        _status(case, 404, "a path of nobody", host, "/nothing-begins-so", NOTHING)
    forged = tokens.token({"tenant": "c0"}, forged=True)
    _status(
        case,
        401,
        "a forged token",
        host,
        entries[0][0],
        NOTHING,
        [["authorization", f"Bearer {forged}"]],
    )


def brought(case: Case) -> Iterator[Given]:
    """What requests bring: nothing, what one rule asks for, and what rules of several tenants ask for at once."""
    yield NOTHING
    rules = [
        rule
        for tenant in case.input.tenants.values()
        for rule in tenant["match"]
        if "host" not in rule
    ]
    for rule in rules:
        yield {kind: dict(rule.get(kind) or {}) for kind in NOTHING}
    for _ in range(3 if rules else 0):
        mixed: Given = {kind: {} for kind in NOTHING}
        for rule in case.dice.sample(rules, min(len(rules), 3)):
            for kind, pairs in rule.items():
                mixed[kind] |= pairs
        yield mixed
    if rules:  # nearly
        rule = case.dice.choice(rules)
        yield {
            kind: {name: value + "0" for name, value in (rule.get(kind) or {}).items()}
            for kind in NOTHING
        }


def sent(given: Given) -> list[list[str]]:
    """Headers that bring it."""
    headers = [[name, value] for name, value in given["header"].items()]
    headers.append(
        [
            "cookie",
            "; ".join(
                ["a=b", *(f"{name}={value}" for name, value in given["cookie"].items()), "z=1"]
            ),
        ]
    )
    if given["claim"]:
        headers.append(["authorization", f"Bearer {tokens.token(given['claim'])}"])
    return headers


def send(
    case: Case, host: str, path: str, headers: list[list[str]], http2: bool = False
) -> dict[str, Any]:
    return case.gateway.ask(
        address=case.cluster.gateway["status"]["podIP"],
        port=case.input.platform["ingress"]["port"],
        host=host,
        path=path,
        headers=headers,
        http2=http2,
    )


def outcomes(case: Case, chosen: list[Choice], service: str) -> list[Outcome]:
    """What may become of a request that gets one of these lanes at the edge."""
    return [
        Outcome(case.input.target(choice, service), case.name(choice), case.name(choice))
        for choice in chosen
    ]


def _question(case: Case, host: str, path: str, given: Given) -> None:
    entered = case.input.entered(path)
    assert entered
    service, port = entered
    header, lane, http2 = (
        case.input.header,
        case.dice.choice([*case.input.lanes(), "nobody"]),
        case.dice.random() < 0.3,
    )
    forged = case.dice.choice(
        [
            [],
            [],
            [[header, lane]],
            [[header.upper(), lane], [header, case.dice.choice(case.input.lanes())]],
            [[header.title(), lane if http2 else f" {lane} "]],
            [[header, ""]],
        ]
    )
    more = [["baggage", f"{header}={lane},x=1"]] if case.dice.random() < 0.2 else []
    written = case.dice.choice(
        (host, host, f"{host}:{case.input.platform['ingress']['port']}", host.upper())
    )
    answer = send(case, written, path, sent(given) + forged + more, http2)
    if case.input.trusts(host) and len(forged) == 1 and forged[0][1].strip():
        expected = case.input.outcomes(
            service, case.input.hosts()[host], [forged[0][1].strip()], None, outside=True
        )
    else:
        expected = outcomes(case, case.input.told(host, given), service)
    case.judge.hear(
        f"gateway {written}{path} {given} forged {forged}{' (HTTP/2)' if http2 else ''}",
        answer,
        service,
        port,
        expected,
        None,
    )


def _status(
    case: Case,
    status: int,
    what: str,
    host: str,
    path: str,
    given: Given,
    more: list[list[str]] | None = None,
) -> None:
    case.judge.record.requests += 1
    answer = send(case, host, path, sent(given) + (more or []))
    if answer.get("status") != status:
        case.judge.wrong(f"{what}, {host}{path}: {answer}, expected {status}")


def shares(case: Case, draws: int) -> None:
    """Requests of weighted tenants fall to their lanes within five standard deviations."""
    entries = case.input.entries()
    weighted = [
        (tenant, rule)
        for tenant in case.input.tenants.values()
        for rule in tenant["match"]
        if isinstance(tenant["lane"], list)
        and ("header" in rule or "cookie" in rule or "claim" in rule)
    ]
    if not entries or not weighted:
        return
    tenant, rule = case.dice.choice(weighted)
    host, (path, service, port) = (
        case.dice.choice(sorted(case.input.hosts())),
        case.dice.choice(entries),
    )
    sticky = next(iter((tenant.get("sticky") or {"": ""}).items()))
    total = sum(choice["weight"] for choice in tenant["lane"])
    weight: dict[str, int] = {}
    for choice in tenant["lane"]:
        name = case.name(choice["lane"])
        weight[name] = weight.get(name, 0) + choice["weight"]
    seen = dict.fromkeys(weight, 0)
    given = NOTHING | rule
    users: dict[str, str] = {}
    for index in range(draws):
        user = f"user-{index % (draws * 3 // 4)}"  # some come again
        who = given | {sticky[0]: given[sticky[0]] | {sticky[1]: user}} if sticky[0] else given
        answer = send(case, host, path, sent(who))
        said = [
            outcome
            for name in weight
            for outcome in outcomes(case, [name], service)
            if case.judge.fits(answer, service, port, outcome, None)
        ]
        if (
            len(said) != 1 or said[0].lane is None
        ):  # refusals of lanes may share a body, and refused calls name none
            return
        seen[said[0].lane] += 1
        if sticky[0] and users.setdefault(user, said[0].lane) != said[0].lane:
            case.judge.wrong(f"{user} of {tenant} got {users[user]}, then {said[0].lane}")
    case.judge.record.requests += draws
    for name, count in seen.items():
        share = weight[name] / total
        if abs(count - draws * share) > 5 * (draws * share * (1 - share)) ** 0.5:
            case.judge.wrong(f"shares {weight}: {seen} of {draws}")
