"""A shim for an RPC framework: what it must do so that a call finds the tenant's version.

Three things, whatever the framework: read the colour from each request that comes in, hold it for
all work that is done for that request, and send it with each call that goes out, with the name of
the service that is called. No dependencies; header names are as `environments/platform.yaml` says.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, TypeVar

COLOUR = "x-lane"  # mesh.header
CALLEE = "x-callee"  # mesh.privateNames.header
SPAN = ("traceparent", "tracestate", "baggage")  # W3C: traces go through the same hops
Result = TypeVar("Result")

_NOTHING: Mapping[str, str] = MappingProxyType({})
_carried: contextvars.ContextVar[Mapping[str, str]] = contextvars.ContextVar(
    "carried",
    default=_NOTHING,
)


@contextmanager
def serving(headers: Mapping[str, str]) -> Iterator[None]:
    """Around the handler of one request: what came in goes out with every call made inside, and
    with nothing else.

    Header names are compared without case. A colour sent twice is a conflict that hops may resolve
    differently: it is not passed on.
    """
    found: dict[str, str] = {}
    lowered = ((name.lower(), value) for name, value in headers.items())
    for name, value in lowered:
        if name == COLOUR and "," in value:
            continue
        if name == COLOUR or name in SPAN:
            found[name] = value
    token = _carried.set(found)
    try:
        yield
    finally:
        _carried.reset(token)


def calling(
    name: str,
    address: str,
    port: int,
    by: str = "authority",
    headers: Mapping[str, str] | None = None,
) -> tuple[str, dict[str, str]]:
    """(authority, headers) of a call to a service by its private name, dialled at `address`:`port`,
    which the private name service handed out. `by` is mesh.privateNames.by.

    What a caller passes in `headers` wins, but for the callee's name: one that was copied from the
    request that came in would lead this call to the wrong service.
    """
    sent = {key.lower(): value for key, value in (headers or {}).items()}
    sent.pop(CALLEE, None)
    sent = dict(_carried.get()) | sent
    if by == "authority":
        return f"{name}:{port}", sent
    if by in ("calleeHeader", "vhostHeader"):
        return f"{address}:{port}", sent | {CALLEE: name}
    return f"{address}:{port}", sent  # by port: it says enough


def carried(work: Callable[..., Result]) -> Callable[..., Result]:
    """Work for another thread or a later moment, done as if still inside the request that asked for
    it. Threads of a pool know nothing of the request otherwise, and this is where colours are lost
    most often."""
    context = contextvars.copy_context()

    def inside(*arguments: Any, **named: Any) -> Result:
        return context.copy().run(work, *arguments, **named)

    return inside


def received() -> dict[str, str]:
    """What came in with the request that is served: the headers of a message that is written for it
    (`queues.py`). Its consumer serves it with `serving(headers)`."""
    return dict(_carried.get())
