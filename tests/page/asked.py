"""Random requests at a plan, and what `gen explain` says of them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from generator.plan.plan import Plan
from generator.plan.tenants import RULE_KINDS
from generator.views.explain import Request, as_json, explain_lane, explain_request
from generator.views.externals import dials_json
from generator.vocabulary.refusal import Refusal

ODD_PATHS = ("/", "", "/x/../", "/%61pi", "//", "/a?b=/c", "/.", "x/y", "/%2e%2e/", "/a#b", "/ %zz")
ODD_VALUES = ("", " ", "nobody", '"', '""', "constructor", "__proto__", "é", "a,b", "\t x", "true")
ODD_CLAIMS = (0, -0.0, 7, 1.0, 1.5, -3, 2**53 - 1, 2**53, 1e300, True, None, ["acme"], {"a": 1})


def requests(plan: Plan, dice: random.Random, count: int) -> Iterator[Request]:
    """Requests that mean something, and odd ones."""
    rules = [rule for tenant in plan.tenants.values() for rule in tenant.rules]
    sticky = [tenant.sticky for tenant in plan.tenants.values() if tenant.sticky]
    hosts = [*plan.host_environments]
    for _ in range(count):
        headers: dict[str, list[str]] = {}
        cookies: dict[str, str] = {}
        claims: dict[str, Any] = {}
        host = _host(dice, hosts)
        for kind, name, value in _drawn(dice, rules, sticky):
            if kind == "header":
                headers.setdefault(name, []).append(value)
            elif kind == "cookie":
                cookies.setdefault(name, f'"{value}"' if dice.random() < 0.2 else value)
            elif kind == "claim":
                claims.setdefault(name, _claim(dice, value))
            else:
                host = value
        if dice.random() < 0.3:
            gone = [f"{name}/gone" for name in plan.environments]
            lanes = [*plan.lanes, *gone, *ODD_VALUES]
            headers[plan.platform.mesh.header] = dice.choices(lanes, k=dice.choice((1, 1, 1, 2)))
        yield Request(host, _path(dice, plan), headers, cookies, claims)


def _drawn(dice: random.Random, rules: list[Any], sticky: list[Any]) -> Iterator[tuple[str, str, str]]:  # fmt: skip
    for kind, name, value in dice.choices(rules, k=dice.choice((0, 1, 1, 2, 4))) if rules else ():
        yield kind, name, dice.choice(ODD_VALUES) if dice.random() < 0.15 else value
    for kind, name in dice.choices(sticky, k=dice.choice((0, 1, 2))) if sticky else ():
        yield kind, name, f"user-{dice.randrange(1000)}"


def _claim(dice: random.Random, value: str) -> Any:
    if dice.random() < 0.2:
        return dice.choice(ODD_CLAIMS)
    return int(value) if value.isdecimal() and dice.random() < 0.5 else value


def _host(dice: random.Random, hosts: list[str]) -> str:
    host = dice.choice(hosts) if hosts and dice.random() < 0.95 else "nobody.example.com"
    return dice.choice((host, host, host, host.upper(), f"{host}:8080", f"{host}.", f"{host}.:"))


def _path(dice: random.Random, plan: Plan) -> str:
    paths = [way.path for way in plan.entries()]
    if not paths or dice.random() < 0.1:
        return dice.choice(ODD_PATHS)
    return dice.choice(paths) + dice.choice(("", "", "/more", "?q=1", "/../", "%2F"))


def sent(request: Request) -> dict[str, Any]:
    """A request as the page takes it."""
    return {
        "host": request.host,
        "path": request.path,
        "headers": request.headers,
        "cookies": request.cookies,
        "claims": request.claims,
    }


def told(plan: Plan, request: Request) -> Any:
    """What the page must say of it."""
    try:
        explained = explain_request(plan, request)
    except Refusal as refusal:
        tenant, there = str(refusal).partition(" tenant ")[2].split(" is in ")
        return {"refused": "cluster", "tenant": tenant, "elsewhere": there}
    if explained is None:
        from generator.vocabulary.telling import host_text

        return {"refused": "path" if host_text(request.host) in plan.host_environments else "host"}
    answer = as_json(plan, explained)
    return {
        "lane": answer["lane"],
        "toldBy": answer["toldBy"],
        "choices": [[one["lane"], one["weight"]] for one in answer["choices"]],
        "also": answer["alsoFits"],
        "hops": _hops(explained.hops),
        "shared": [hop["sharedWith"] for hop in answer["hops"]],
        "externals": dials_json(plan, explained.hops),
    }


def of_lane(plan: Plan, lane: str) -> Any:
    return _hops(explain_lane(plan, lane).hops)


def _hops(hops: Any) -> list[dict[str, Any]]:
    return [
        {
            "service": hop.service,
            "environment": hop.environment,
            "caller": [hop.caller[0], str(hop.caller[1])] if hop.caller else None,
            "lane": hop.lane,
            "target": str(hop.target) if hop.target else None,
            "because": hop.because,
            "queue": hop.queue,
            "assumed": hop.assumed,
        }
        for hop in hops
    ]


def kinds_asked(requests_: list[Request]) -> set[str]:
    """Which kinds of rules were tried at all."""
    found = {"header"} if any(one.headers for one in requests_) else set()
    found |= {"cookie"} if any(one.cookies for one in requests_) else set()
    found |= {"claim"} if any(one.claims for one in requests_) else set()
    return found & set(RULE_KINDS)


def line(value: Any) -> str:
    """JSON in one form, for comparing."""
    return json.dumps(value, sort_keys=True)
