"""What the edge must do with a request, read from the input and from the words of the reference.

Written apart from the compiler, `explain` and the filters. Where a lane is drawn, all that may come
are right; that a user's stays the same is held by the one who asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_plus

from tests.edge.world import LINKS
from tests.mesh.oracle import Choice, Input, shares


@dataclass(frozen=True)
class Asked:
    """A request as it is sent. `claims` None: without a token, or with none that counts."""

    host: str
    path: str = "/"
    headers: list[tuple[str, str]] = field(default_factory=list)
    claims: dict[str, Any] | None = None
    http2: bool = False

    def lines(self, name: str) -> list[str]:
        """The lines of a header as they arrive: blanks around a value are no part of it."""
        return [value.strip(" \t") for key, value in self.headers if key.lower() == name]


@dataclass(frozen=True)
class Right:
    """What may come back: 404, or the service and the lanes that the request may take. `user`: who
    must get the same lane each time."""

    status: int
    service: str = ""
    lanes: tuple[Choice, ...] = ()
    user: tuple[str, ...] | None = None


def right(source: Input, asked: Asked) -> Right:
    written = asked.host[: asked.host.rindex(":")] if ":" in asked.host else asked.host
    host, hosts = written.lower(), source.hosts()
    entered = source.entered(_path(asked.path))
    if host not in hosts or entered is None:
        return Right(404)
    service = entered[0]
    sent = [value for value in asked.lines(source.header) if value]
    if source.trusts(host) and len(sent) == 1:
        return Right(200, service, (sent[0],))
    if (link := _cookie(asked, "__Host-gen-link")) in LINKS and LINKS[link][0] == host:
        return Right(200, service, (LINKS[link][1],))
    tenant = _tenant(source, asked, host)
    if tenant is None:
        return Right(200, service, (source.previews.get(host) or hosts[host],))
    lanes = tuple(lane for lane, weight in shares(tenant) if weight)
    user = None
    if sticky := tenant.get("sticky"):
        kind, name = next(iter(sticky.items()))
        if (known := said(asked, kind, name)) is not None:
            user = (kind, known)
    return Right(200, service, lanes, user)


def _path(path: str) -> str:
    """The path as the gateway compares it: letters that need no escape have none, and steps back
    are gone."""
    path = re.sub(r"%([0-9A-Fa-f]{2})", _letter, path.partition("?")[0])
    steps: list[str] = []
    for step in path.split("/")[1:]:
        if step == "..":
            steps = steps[:-1]
        elif step != ".":
            steps.append(step)
    return "/" + "/".join(steps)


def _letter(escaped: re.Match[str]) -> str:
    letter = chr(int(escaped[1], 16))
    return letter if re.fullmatch(r"[A-Za-z0-9._~-]", letter) else escaped[0]


def _tenant(source: Input, asked: Asked, host: str) -> dict[str, Any] | None:
    """The tenant of the first rule that fits: by kind, then by name."""
    for kind in ("claim", "header", "cookie"):
        rules = sorted(
            (name, value, key)
            for key, tenant in source.tenants.items()
            for rule in tenant["match"]
            for name, value in (rule.get(kind) or {}).items()
        )
        for name, value, key in rules:
            if said(asked, kind, name) == value:
                found: dict[str, Any] = source.tenants[key]
                return found
    for tenant in source.tenants.values():
        if {"host": host} in tenant["match"]:
            whole: dict[str, Any] = tenant
            return whole
    return None


def said(asked: Asked, kind: str, name: str) -> str | None:
    """What a request says; None where it says nothing that could be compared."""
    if kind == "header":
        return ",".join(asked.lines(name)) or None
    if kind == "cookie":
        return _cookie(asked, name)
    return _claim((asked.claims or {}).get(name))


def _claim(value: Any) -> str | None:
    """Text as it is; of numbers whole ones that a double holds exactly, as their digits."""
    match value:
        case bool() | None:
            return None
        case str():
            return value or None
        case int() | float():
            held = float(value)
            exact = held.is_integer() and -(2**53) < held < 2**53
            return f"{int(held):d}" if exact else None
    return None


def _cookie(asked: Asked, name: str) -> str | None:
    """The first cookie of the name that is not empty."""
    for line in asked.lines("cookie"):
        for pair in line.split(";"):
            key, equals, value = pair.partition("=")
            if equals and key.strip() == name:
                value = value.strip()
                if re.fullmatch(r'".*"', value):
                    value = value[1:-1]
                if value:
                    return value
    return None


def baggage_wrong(source: Input, asked: Asked, lane: str, arrived: str | None) -> str | None:
    """What is wrong with the baggage that an application got, by the words of W3C and of the
    libraries that will read it."""
    members = (arrived or "").split(",")
    if unquote(members[0]) != f"{source.header}={lane}":
        return "the colour does not stand first"
    for member in members[1:]:
        if unquote_plus(member.partition("=")[0]).strip() == source.header:
            return "another colour is in it"
    if len(members) > 64 or len(arrived or "") > 8192:
        return "more than libraries keep"
    sent = [part.strip() for line in asked.lines("baggage") for part in line.split(",")]
    order = iter(sent)
    if not all(member.strip() in order for member in members[1:]):
        return "members that nobody sent, or in another order"
    return None
