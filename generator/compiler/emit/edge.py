"""The ingress → `overlays/edge/`: the Gateway, verified tokens, and the table that tells tenants and gives colours.

The table is a Lua filter before the router. It removes a colour from outside, looks the request's rules up in hash
tables (constant time, whatever the number of tenants) and sets the lane's name; routes then match that header alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from generator.compiler.emit import meta
from generator.compiler.emit.kustomize import kustomization
from generator.compiler.emit.lua import quote
from generator.compiler.emit.mesh import NETWORKING
from generator.compiler.emit.meta import thing
from generator.compiler.emit.policies import SECURITY
from generator.compiler.emit.yaml_text import Block, documents
from generator.vocabulary.files import FileSet
from generator.vocabulary.plan import Plan

KINDS = ("claim", "header", "cookie", "host")  # the order in which rules are asked; within a kind, names in order
BLOCK = 10_000  # entries per Lua function: LuaJIT takes 65,536 constants in one

_FILTER = """\
local TRUSTED, TABLES = {}, {}

local function rules(kind, name, ...)
  local lanes = {}
  for _, block in ipairs({...}) do
    for value, lane in pairs(block()) do lanes[value] = lane end
  end
  TABLES[#TABLES + 1] = {kind = kind, name = name, lanes = lanes}
end

local function claim(handle, name)
  local verified = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn")
  for _, payload in pairs(verified or {}) do
    local value = type(payload) == "table" and payload[name]
    if type(value) == "string" then return value end
    if type(value) == "number" then return tostring(value) end
  end
end

local function cookie(headers, name)
  for pair in string.gmatch(headers:get("cookie") or "", "[^;,]+") do
    local key, value = string.match(pair, "^%s*([^=%s]+)=(%S*)%s*$")
    if key == name then return value end
  end
end

local function hostname(headers)
  local host = string.gsub(headers:get(":authority") or "", ":%d+$", "")
  return string.lower(host)
end

local function find(handle, headers, host)
  for _, rule in ipairs(TABLES) do
    local value
    if rule.kind == "claim" then value = claim(handle, rule.name)
    elseif rule.kind == "header" then value = headers:get(rule.name)
    elseif rule.kind == "cookie" then value = cookie(headers, rule.name)
    else value = host end
    local lane = value and rule.lanes[value]
    if lane then return lane end
  end
end

local function choose(lane)
  if type(lane) ~= "table" then return lane end
  local point = math.random() * lane.total
  for _, choice in ipairs(lane) do
    if point < choice[2] then return choice[1] end
    point = point - choice[2]
  end
end

function envoy_on_request(handle)
  local headers = handle:headers()
  for _, name in ipairs(REMOVED) do headers:remove(name) end
  local host = hostname(headers)
  if not (TRUSTED[host] and headers:getNumValues(COLOUR) == 1) then
    headers:remove(COLOUR)
    local lane = choose(find(handle, headers, host))
    if lane then headers:add(COLOUR, lane) end
    handle:clearRouteCache()
  end
end

"""


def emit(plan: Plan, files: FileSet) -> None:
    """`overlays/edge/`: `gateway.yaml`, and `tenants.yaml`, the only file that a tenant's change touches."""
    files.add("overlays/edge/gateway.yaml", documents(*_gateway(plan)))
    files.add("overlays/edge/tenants.yaml", documents(_table(plan)))
    files.add("overlays/edge/kustomization.yaml", kustomization(resources=["gateway.yaml", "tenants.yaml"]))


def _gateway(plan: Plan) -> Iterator[dict[str, Any]]:
    ingress, name = plan.platform.ingress, plan.platform.name
    port: dict[str, Any] = {"number": ingress.port, "name": "http", "protocol": "HTTP"}
    server: dict[str, Any] = {"port": port}
    if ingress.tls:
        server["port"] = port | {"name": "https", "protocol": "HTTPS"}
        server["tls"] = {"mode": "SIMPLE", "credentialName": ingress.tls.credential}
    namespaces = sorted(environment.namespace for environment in plan.environments.values())
    server["hosts"] = [f"{namespace}/*" for namespace in namespaces]
    yield thing(plan, NETWORKING, "Gateway", name, ingress.namespace, meta.EDGE, {"selector": dict(sorted(ingress.selector.items())), "servers": [server]})
    if ingress.jwt:
        rules = [_issuer(issuer) for issuer in ingress.jwt]
        selector = {"matchLabels": dict(sorted(ingress.selector.items()))}
        yield thing(plan, SECURITY, "RequestAuthentication", name, ingress.namespace, meta.EDGE, {"selector": selector, "jwtRules": rules})


def _issuer(issuer: Any) -> dict[str, Any]:
    keys = {"jwks": issuer.jwks} if issuer.jwks else {"jwksUri": issuer.jwks_uri}
    audiences = {"audiences": list(issuer.audiences)} if issuer.audiences else {}
    return {"issuer": issuer.issuer} | keys | audiences | {"forwardOriginalToken": True}


def _table(plan: Plan) -> dict[str, Any]:
    lua = {"@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua", "default_source_code": {"inline_string": Block(_lua(plan))}}
    manager = {"name": "envoy.filters.network.http_connection_manager", "subFilter": {"name": "envoy.filters.http.router"}}
    patch = {
        "applyTo": "HTTP_FILTER",
        "match": {"context": "GATEWAY", "listener": {"filterChain": {"filter": manager}}},
        "patch": {"operation": "INSERT_BEFORE", "value": {"name": "gen.tenants", "typed_config": lua}},
    }
    spec = {"workloadSelector": {"labels": dict(sorted(plan.platform.ingress.selector.items()))}, "priority": meta.FILTER_PRIORITY, "configPatches": [patch]}
    return thing(plan, "networking.istio.io/v1alpha3", "EnvoyFilter", f"{plan.platform.name}-tenants", plan.platform.ingress.namespace, meta.EDGE, spec)


def _lua(plan: Plan) -> str:
    trusted = [f"TRUSTED[{quote(host)}] = true" for environment in plan.environments.values() if environment.trusts_colour for host in environment.hosts]
    removed = [quote(plan.callee_header)] if plan.callee_header else []
    lines = [f"local COLOUR = {quote(plan.platform.mesh.header)}", f"local REMOVED = {{{', '.join(removed)}}}", _FILTER.rstrip("\n"), *sorted(trusted)]
    for (_, kind, name), entries in _tables(plan):
        lines.append(f"rules({quote(kind)}, {quote(name)}")
        for start in range(0, len(entries), BLOCK):
            lines.append(", function() return {")
            lines += [f"  [{quote(value)}] = {lane}," for value, lane in entries[start : start + BLOCK]]
            lines.append("} end")
        lines.append(")")
    return "\n".join(lines) + "\n"


def _tables(plan: Plan) -> Iterable[tuple[tuple[int, str, str], list[tuple[str, str]]]]:
    """((order, kind, name), [(value, lane in Lua)]) in the order of asking. The hosts of environments give their own
    lane where no tenant has taken them, so that what an environment overrides holds for the whole chain."""
    tables: dict[tuple[int, str, str], dict[str, str]] = {}
    for tenant in plan.tenants.values():
        lane = _lane(tenant.choices)
        for rule in tenant.rules:
            for order, kind in enumerate(KINDS):
                told = getattr(rule, kind)
                if told:
                    name, value = ("", told) if kind == "host" else next(iter(told.items()))
                    tables.setdefault((order, kind, name), {})[value] = lane
    hosts = tables.setdefault((KINDS.index("host"), "host", ""), {})
    for name, environment in plan.environments.items():
        for host in environment.hosts:
            hosts.setdefault(host, quote(name))
    return [(key, sorted(table.items())) for key, table in sorted(tables.items()) if table]


def _lane(choices: tuple[tuple[str, int], ...]) -> str:
    if len(choices) == 1:
        return quote(choices[0][0])
    total = sum(weight for _, weight in choices)
    return "{total = %d, %s}" % (total, ", ".join("{%s, %d}" % (quote(lane), weight) for lane, weight in choices))
