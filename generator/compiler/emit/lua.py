"""Lua in Envoy: literals, and the filter that runs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from generator.compiler.emit.yaml_text import Block

FILTERS = "networking.istio.io/v1alpha3"  # the version of EnvoyFilter
_PLAIN = re.compile(r"[ !#-\[\]-~]*")
_LUA = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"
_LUA_PER_ROUTE = "type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute"

# W3C baggage: members are separated by commas, and the properties of one by semicolons.
BAGGAGE = """\
local function member(headers)
  for index = 0, headers:getNumValues("baggage") - 1 do
    for part in string.gmatch(headers:getAtIndex("baggage", index), "[^,]+") do
      local key, value = string.match(part, "^%s*([^=;%s]+)%s*=%s*([^;%s]*)")
      if key == COLOUR and value ~= "" then return value end
    end
  end
end

local function carry(headers, lane)
  local parts = {}
  for index = 0, headers:getNumValues("baggage") - 1 do
    for part in string.gmatch(headers:getAtIndex("baggage", index), "[^,]+") do
      if string.match(part, "^%s*([^=;%s]+)") ~= COLOUR then parts[#parts + 1] = part end
    end
  end
  headers:remove("baggage")
  if lane then parts[#parts + 1] = COLOUR .. "=" .. lane end
  if #parts > 0 then headers:add("baggage", table.concat(parts, ",")) end
end

"""


def quote(text: str) -> str:
    """A Lua string literal; what is not plain ASCII becomes decimal escapes of its UTF-8 bytes."""
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    return '"' + re.sub(rb'[^ !#-\[\]-~]', lambda byte: b"\\%03d" % byte.group()[0], text.encode()).decode() + '"'


def constant(name: str, content: Mapping[str, str]) -> list[str]:
    """Lines of a table of strings."""
    return [f"local {name} = {{", *(f"  [{quote(key)}] = {quote(value)}," for key, value in sorted(content.items())), "}"]


def insert_before_router(context: str, name: str, code: str | None) -> dict[str, Any]:
    """The patch of an EnvoyFilter that lets Lua see each request before it is routed; without code only that of routes."""
    source = {"default_source_code": {"inline_string": Block(code)}} if code else {}
    router = {"name": "envoy.filters.network.http_connection_manager", "subFilter": {"name": "envoy.filters.http.router"}}
    return {
        "applyTo": "HTTP_FILTER",
        "match": {"context": context, "listener": {"filterChain": {"filter": router}}},
        "patch": {"operation": "INSERT_BEFORE", "value": {"name": name, "typed_config": {"@type": _LUA} | source}},
    }


def on_every_route(context: str, name: str, code: str) -> dict[str, Any]:
    """The patch that gives the filter of that name other code, as a part of the routes: those are exchanged between two
    requests, while another listener ends the connections of the one before."""
    return {
        "applyTo": "ROUTE_CONFIGURATION",
        "match": {"context": context},
        "patch": {"operation": "MERGE", "value": {"typed_per_filter_config": {name: {"@type": _LUA_PER_ROUTE, "source_code": {"inline_string": Block(code)}}}}},
    }
