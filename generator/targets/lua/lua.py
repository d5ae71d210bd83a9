"""Lua in Envoy: its files, literals, and the filter that runs it."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from generator.plan.plan import Plan
from generator.targets.yaml_text import Block

FILTER_PRIORITY = 10  # after Istio's own filters, so that what they are placed beside is there
FILTERS = "networking.istio.io/v1alpha3"  # the version of EnvoyFilter
V3 = "type.googleapis.com/envoy.extensions.filters"  # where the types of Envoy's filters begin
_PLAIN = re.compile(r"[ !#-\[\]-~]*")
_NOT_PLAIN = re.compile(rb"[^ !#-\[\]-~]")
_WHEN = re.compile(r"(.*) -- when ([\w ]+)\n")
_LUA = f"{V3}.http.lua.v3.Lua"
_LUA_PER_ROUTE = f"{V3}.http.lua.v3.LuaPerRoute"

# Of baggage, what each library keeps whose last release was asked (`tests/edge/propagators.py`).
MEMBERS, LONGEST, BYTES = 64, 4096, 8192


def program(*parts: str, **given: bool) -> str:
    """The Lua of files beside this one, put together. A line that ends in `-- when WORDS` is there
    only if each of the words is given as true; comments stay behind."""
    return "".join("".join(_kept(part, given)) for part in parts)


def _kept(part: str, given: Mapping[str, bool]) -> list[str]:
    lines = []
    for line in _read(part).splitlines(keepends=True):
        if not (condition := _WHEN.fullmatch(line)):
            lines.append(line)
        elif all(given[word] for word in condition[2].split()):
            lines.append(condition[1] + "\n")
    return lines


@cache
def _read(part: str) -> str:
    # `importlib.resources` would load what reads archives, for each changed tenant.
    text = (pkgutil.get_data(str(__package__), f"{part}.lua") or b"").decode()
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("--"))


def colour(plan: Plan) -> list[str]:
    """Lines that say what the colour is called, and what baggage may hold where that carries it."""
    mesh = plan.platform.mesh
    lines = [f"local COLOUR = {quote(mesh.header)}"]
    if mesh.propagation == "baggage":
        lines.append(f"local MEMBERS, LONGEST, BYTES = {MEMBERS}, {LONGEST}, {BYTES}")
    return lines


def quote(text: str) -> str:
    """A Lua string literal; what is not plain ASCII becomes decimal escapes of its UTF-8 bytes."""
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    escaped = _NOT_PLAIN.sub(lambda byte: b"\\%03d" % byte.group()[0], text.encode())
    return f'"{escaped.decode()}"'


def constant(name: str, content: Mapping[str, str]) -> list[str]:
    """Lines of a table of strings."""
    return [
        f"local {name} = {{",
        *(f"  [{quote(key)}] = {quote(value)}," for key, value in sorted(content.items())),
        "}",
    ]


def insert_before_router(context: str, name: str, code: str | None) -> dict[str, Any]:
    """The patch of an EnvoyFilter that lets Lua see each request before it is routed; without code
    only that of routes."""
    source = {"default_source_code": {"inline_string": Block(code)}} if code else {}
    router = {
        "name": "envoy.filters.network.http_connection_manager",
        "subFilter": {"name": "envoy.filters.http.router"},
    }
    return {
        "applyTo": "HTTP_FILTER",
        "match": {"context": context, "listener": {"filterChain": {"filter": router}}},
        "patch": {
            "operation": "INSERT_BEFORE",
            "value": {"name": name, "typed_config": {"@type": _LUA} | source},
        },
    }


def on_every_route(context: str, name: str, code: str) -> dict[str, Any]:
    """The patch that gives the filter of that name other code, as a part of the routes: those are
    exchanged between two requests, while another listener ends the connections of the one before.
    """
    source = {"@type": _LUA_PER_ROUTE, "source_code": {"inline_string": Block(code)}}
    return {
        "applyTo": "ROUTE_CONFIGURATION",
        "match": {"context": context},
        "patch": {"operation": "MERGE", "value": {"typed_per_filter_config": {name: source}}},
    }
