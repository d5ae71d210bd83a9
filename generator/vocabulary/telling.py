"""What may tell tenants at the edge: names that can tell nothing, names that tell nobody apart, how
values are compared, and what a request is charged for. `docs/reference/edge.md` is printed from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from generator.vocabulary import names


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Envoy sets, removes or overwrites these behind Istio's edge settings before any filter sees them.
# `make edge` asks real Envoys of each version for the whole list.
UNSEEN = _words(
    """
    keep-alive proxy-connection te upgrade
    x-envoy-decorator-operation x-envoy-downstream-service-cluster
    x-envoy-downstream-service-node x-envoy-expected-rq-timeout-ms x-envoy-external-address
    x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-internal x-envoy-ip-tags
    x-envoy-max-retries x-envoy-original-host x-envoy-original-path x-envoy-original-url
    x-envoy-retriable-header-names x-envoy-retriable-status-codes x-envoy-retry-grpc-on
    x-envoy-retry-on x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-per-try-timeout-ms
    x-envoy-upstream-rq-timeout-ms x-envoy-upstream-stream-duration-ms
    x-forwarded-client-cert x-forwarded-for x-forwarded-proto x-request-id
    """
)
# They say how the request itself is carried; `host` and `cookie` are kinds of rules of their own.
CARRYING = _words(
    """
    connection content-length cookie expect host http2-settings trailer transfer-encoding
    """
)
# Every client sends them, or any proxy on the way adds them, whoever the tenant is.
EVERYBODYS_HEADERS = _words(
    """
    accept accept-charset accept-encoding accept-language access-control-request-headers
    access-control-request-method authorization b3 baggage cache-control cdn-loop client-ip
    content-encoding content-language content-type date dnt early-data forwarded from
    if-match if-modified-since if-none-match if-range if-unmodified-since max-forwards origin
    pragma prefer priority proxy-authorization range referer traceparent tracestate
    true-client-ip upgrade-insecure-requests user-agent via warning x-client-ip
    x-cloud-trace-context x-http-method-override x-original-host x-original-url x-ot-span-context
    x-real-ip x-requested-with x-rewrite-url x-scheme
    """
)
EVERYBODYS_PREFIXES = ("grpc-", "sec-", "x-amzn-", "x-b3-", "x-envoy-", "x-forwarded-", "x-istio-")
# All tokens of an issuer have them, with the same values or with new ones each time.
EVERYBODYS_CLAIMS = _words(
    """
    acr amr aud auth_time azp client_id exp iat iss jti nbf nonce scope scp token_type typ ver
    """
)
EXACT = 2**53  # whole numbers below it are what was written; at and above it neighbours are one

# What a request is charged for each name that rules look at, in microseconds, as measured on
# LuaJIT in Envoy (`python -m tests.edge.cost`), and the most that all of them together may cost.
COSTS = {"header": 0.25, "cookie": 0.1, "claim": 0.1, "host": 0.1}
MOST = 50.0
_PORT = re.compile(r":[^:]*$")
_ESCAPED, _UNRESERVED = re.compile("%([0-9A-Fa-f]{2})"), re.compile("[A-Za-z0-9._~-]")


def unseen(header: str, removed: frozenset[str]) -> str | None:
    """Why no filter at the edge sees a header as the client sent it, or None. `removed`: the mesh's
    own, which the edge takes away."""
    if header in removed:
        return "it is removed at the edge"
    if header in UNSEEN:
        return "Envoy sets or removes it itself"
    if header in CARRYING or not names.matches(names.HEADER, header):
        return "it says how the request is carried"
    return None


def everybodys(kind: str, name: str) -> bool:
    """Whether requests of all tenants carry it: a rule that looks at it takes those of others."""
    if kind == "claim":
        return name in EVERYBODYS_CLAIMS
    if kind == "header":
        return name in EVERYBODYS_HEADERS or name.startswith(EVERYBODYS_PREFIXES)
    return False


def allows(allowed: tuple[str, ...], kind: str, asked: str) -> bool:
    """Whether a platform's list has a name, or a host that one of its entries ends with a dot."""
    if kind != "host":
        return asked in allowed
    return any(asked == entry or (entry[0] == "." and asked.endswith(entry)) for entry in allowed)


def meant_already(header: str) -> str | None:
    """Why a header can be no carrier of the mesh's own, of the colour or of a callee's name; or
    None."""
    if why := unseen(header, frozenset()):
        return why
    if everybodys("header", header):
        return "clients and proxies send it with another meaning"
    return None


def cost(asked: Mapping[str, int]) -> float:
    """Microseconds that a request spends on so many names of each kind."""
    return sum(COSTS[kind] * count for kind, count in asked.items())


def claim_text(value: Any) -> str | None:
    """A claim as it is compared; None if it can fit no rule."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if abs(value) >= EXACT or value != int(value):
        return None
    return str(int(value))


def reads_as(value: str) -> str | None:
    """What a rule's value is when a token holds it as anything but text, and can then never fit;
    None for what fits either way."""
    if value in ("true", "false"):
        return "a truth value"
    if value == "null":
        return "nothing"
    if value[0] in "[{":
        return "a list or an object"
    if re.fullmatch(r"-?[0-9]+", value):
        return "a number that is not exact" if abs(int(value)) >= EXACT else None
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", value):
        return "a number that is not whole"
    return None


def cookie_text(value: str) -> str:
    """A cookie's value as it is compared: without blanks around it, and without its quotes."""
    value = value.strip()
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1] if quoted else value


def path_text(path: str) -> str:
    """A path as routes see it: what needs no escape has none, and steps back are gone."""
    path = _ESCAPED.sub(_plain, path.partition("?")[0].partition("#")[0])
    steps: list[str] = []
    for step in path.split("/")[1:]:
        if step == "..":
            steps = steps[:-1]
        elif step != ".":
            steps.append(step)
    return "/" + "/".join(steps)


def _plain(escaped: re.Match[str]) -> str:
    letter = chr(int(escaped[1], 16))
    return letter if _UNRESERVED.fullmatch(letter) else escaped[0]


def host_text(host: str) -> str:
    """A host as it is compared: in lower case, without a port and without a dot at the end."""
    return _PORT.sub("", host).removesuffix(".").lower()
