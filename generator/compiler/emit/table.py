"""The edge's table in Lua: who a request belongs to, and the colour that it gets.

It removes a colour from outside, looks the request's rules up in hash tables (constant time, whatever the number of
tenants) and sets the lane's name. Tenants beyond one table's room are in further shards, each a filter of its own that
wins over those before it by the order of rules alone; a tenant's shard depends on its name and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from generator.compiler.emit.lua import BAGGAGE, quote
from generator.vocabulary.plan import RULE_KINDS, Choices, Plan, Sticky, Table

BLOCK = 10_000  # lanes per Lua function: LuaJIT takes 65,536 constants in one

_LOOK_UP = """\
local function rules(order, kind, name)
  TABLES[#TABLES + 1] = {order = order .. name, kind = kind, name = name, lanes = {}}
end

local function take(lane, values)
  local lanes = TABLES[#TABLES].lanes
  for value in string.gmatch(values, "[^\\n]+") do lanes[value] = lane end
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

local function said(handle, kind, name)
  if kind == "claim" then return claim(handle, name) end
  if kind == "header" then return handle:headers():get(name) end
  if kind == "cookie" then return cookie(handle:headers(), name) end
  return hostname(handle:headers())
end

local function find(handle, before)
  for _, rule in ipairs(TABLES) do
    if before and rule.order >= before then return end
    local value = said(handle, rule.kind, rule.name)
    local lane = value and rule.lanes[value]
    if lane then return lane, rule.order end
  end
end

local function point(text)
  local hash = 5381
  for index = 1, #text do hash = (hash * 33 + string.byte(text, index)) % 4294967296 end
  for _ = 1, 3 do hash = (hash * 16807) % 2147483647 end
  return hash / 2147483647
end

local function choose(handle, lane)
  if type(lane) ~= "table" then return lane end
  local user = lane.by and said(handle, lane.by[1], lane.by[2])
  local left = (user and point(user) or math.random()) * lane.total
  for _, choice in ipairs(lane) do
    if left < choice[2] then return choice[1] end
    left = left - choice[2]
  end
end

"""
_REMEMBER = """\
local function earlier(handle)
  local found = handle:streamInfo():dynamicMetadata():get("gen.tenants")
  return found and found["order"]
end

local function remember(handle, order)
  handle:streamInfo():dynamicMetadata():set("gen.tenants", "order", order)
end

"""
_GIVE = """\
local function give(handle, lane)
  local headers = handle:headers()
  headers:remove(COLOUR)
  if lane then headers:add(COLOUR, lane) end
{carry}  handle:clearRouteCache()
end

"""
_WITHOUT = """\
function envoy_on_request(handle)
  give(handle, nil)
end
"""
_FIRST = """\
function envoy_on_request(handle)
  local headers = handle:headers()
  for _, name in ipairs(REMOVED) do headers:remove(name) end
  if TRUSTED[hostname(headers)] and headers:getNumValues(COLOUR) == 1 then
{trust}    return
  end
  local lane, order = find(handle)
  give(handle, choose(handle, lane))
{remember}end

"""
_LATER = """\
function envoy_on_request(handle)
  local lane, order = find(handle, earlier(handle))
  if lane then
    give(handle, choose(handle, lane))
    remember(handle, order)
  end
end

"""


def code(plan: Plan) -> Iterator[str]:
    """The Lua of each shard; the first also holds what concerns every request."""
    parts = plan.shards
    several, baggage = len(parts) > 1, plan.platform.mesh.propagation == "baggage"
    give = (BAGGAGE if baggage else "") + _give(baggage)
    trust = ('    remember(handle, "")\n' if several else "") + ("    carry(headers, headers:get(COLOUR))\n" if baggage else "")
    first = _FIRST.format(trust=trust, remember='  remember(handle, order or "~")\n' if several else "")
    trusted = sorted(f"TRUSTED[{quote(host)}] = true" for environment in plan.environments.values() if environment.trusts_colour for host in environment.hosts)
    removed = f"local REMOVED = {{{quote(plan.callee_header) if plan.callee_header else ''}}}"
    for index, shard in enumerate(parts):
        head = [f"local COLOUR = {quote(plan.platform.mesh.header)}", "local TABLES = {}"] + (["local TRUSTED = {}", removed] if index == 0 else [])
        lua = _LOOK_UP + (_REMEMBER if several else "") + give + (_LATER if index else first)
        lines = [*head, "", lua.rstrip("\n"), "", *(trusted if index == 0 else [])]
        for (order, kind, name), values in _tables(plan, shard, hosts=index == 0):
            lines += _rules(order, kind, name, values)
        yield "\n".join(lines) + "\n"


def without(plan: Plan) -> str:
    """What the filter does where no table has arrived: nobody's colour comes in."""
    baggage = plan.platform.mesh.propagation == "baggage"
    lines = [f"local COLOUR = {quote(plan.platform.mesh.header)}", ""]
    return "\n".join([*lines, (BAGGAGE if baggage else "") + _give(baggage) + _WITHOUT])


def _give(baggage: bool) -> str:
    return _GIVE.format(carry="  carry(headers, lane)\n" if baggage else "")


def _rules(order: int, kind: str, name: str, values: Mapping[str, list[str]]) -> Iterator[str]:
    """Values by their lane, each on a line of its own. They are printable, so that they stand as they are: many fit into
    one table then, and each further one costs every request."""
    yield f"rules({quote(str(order))}, {quote(kind)}, {quote(name)})"
    lanes = sorted(values)
    for start in range(0, len(lanes), BLOCK):
        yield "do local function block()"
        for lane in lanes[start : start + BLOCK]:
            text = "\n".join(sorted(values[lane]))
            level = next("=" * length for length in range(len(text)) if f"]{'=' * length}]" not in text)
            yield from (f"take({lane}, [{level}[", text, f"]{level}])")
        yield "end block() end"


def _tables(plan: Plan, shard: Table, hosts: bool) -> Iterable[tuple[tuple[int, str, str], Mapping[str, list[str]]]]:
    """((order, kind, name), lane in Lua → values) in the order of asking. The hosts of environments give their own
    lane, and those of branches the branch's, where no tenant has taken them: last, so that tenants of later shards win."""
    found: dict[tuple[int, str, str], dict[str, list[str]]] = {}
    for (choices, sticky), asked in shard.items():
        lane = _lane(choices, sticky)
        for (kind, name), values in asked.items():
            found.setdefault((RULE_KINDS.index(kind), kind, name), defaultdict(list))[lane] += values
    for host, lane in plan.host_lanes.items() if hosts else ():
        found.setdefault((len(RULE_KINDS), "host", ""), defaultdict(list))[quote(lane)].append(host)
    return sorted(found.items(), key=lambda table: table[0])


def _lane(choices: Choices, sticky: Sticky) -> str:
    if len(choices) == 1:
        return quote(choices[0][0])
    total = sum(weight for _, weight in choices)
    by = f"by = {{{', '.join(map(quote, sticky))}}}, " if sticky else ""
    return "{total = %d, %s%s}" % (total, by, ", ".join("{%s, %d}" % (quote(lane), weight) for lane, weight in choices))
