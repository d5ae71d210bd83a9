-- Rules and lanes come as text, line by line: a function of LuaJIT holds 65,536 constants.
local TABLES, COOKIES, READ, NOTHING = {}, {}, {}, {}

local function rules(order, kind, name)
  if kind == "cookie" then COOKIES[name] = true end
  TABLES[#TABLES + 1] = {order = order .. name, read = READ[kind], name = name, lanes = {}}
end

local function take(lane, values)
  local lanes = TABLES[#TABLES].lanes
  for value in string.gmatch(values, "[^\n]+") do lanes[value] = lane end
end

local function shares(choices, kind, name)
  if kind == "cookie" then COOKIES[name] = true end
  local made = {total = 0, kind = kind, name = name}
  for weight, lane in string.gmatch(choices, "(%d+) (%S+)") do
    made[#made + 1] = {lane, tonumber(weight)}
    made.total = made.total + tonumber(weight)
  end
  return made
end

-- Whether a token may have come: Istio looks for one in these two places. What was verified is dear
-- to ask for.
local function is_told(headers)
  if headers:get("authorization") then return true end
  local path = headers:get(":path")
  return path and string.find(path, "?", 1, true)
end

-- Claims are text or whole numbers, which a token's reader holds exactly below 2^53.
local function claims(handle, headers)
  if not is_told(headers) then return NOTHING end
  local verified = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn")
  for _, payload in pairs(verified or NOTHING) do
    if type(payload) == "table" then return payload end
  end
  return NOTHING
end

local function comparable(value)
  if type(value) == "string" then return value end
  if type(value) ~= "number" or value ~= math.floor(value) then return nil end
  if math.abs(value) >= 9007199254740992 then return nil end
  return value == 0 and "0" or string.format("%.0f", value)
end

-- The first cookie of a name counts. Quotes around a value are not a part of it.
local function cookies(headers)
  local found = {}
  for index = 0, headers:getNumValues("cookie") - 1 do
    for pair in string.gmatch(headers:getAtIndex("cookie", index), "[^;]+") do
      local name = string.match(pair, "^%s*([^=%s]+)")
      if COOKIES[name] and not found[name] then
        local value = string.match(pair, "^%s*[^=%s]+%s*=(.*%S)") or ""
        value = string.match(value, "^%s*(.*)")
        value = string.match(value, '^"(.*)"$') or value
        if value ~= "" then found[name] = value end
      end
    end
  end
  return found
end

local function hostname(headers)
  local host = headers:get(":authority") or ""
  if string.find(host, ":", 1, true) then host = string.gsub(host, ":[^:]*$", "") end
  if string.byte(host, -1) == 46 then host = string.sub(host, 1, -2) end
  return string.lower(host)
end

-- The request that is looked at; one table for all, as each more is to be collected.
local ASKED = {}

local function ask(handle)
  ASKED.handle, ASKED.headers = handle, handle:headers()
  ASKED.claims, ASKED.cookies, ASKED.host = nil, nil, nil
  return ASKED
end

-- What a request says; what is read whole is read once.
function READ.header(asked, name)
  local value = asked.headers:get(name)
  return value
end

function READ.claim(asked, name)
  asked.claims = asked.claims or claims(asked.handle, asked.headers)
  return comparable(asked.claims[name])
end

function READ.cookie(asked, name)
  asked.cookies = asked.cookies or cookies(asked.headers)
  return asked.cookies[name]
end

function READ.host(asked)
  asked.host = asked.host or hostname(asked.headers)
  return asked.host
end

-- Empty is absent.
local function said(asked, kind, name)
  local value = READ[kind](asked, name)
  return value ~= "" and value or nil
end

-- No rule is for what is empty.
local function find(asked)
  for index = 1, #TABLES do
    local rule = TABLES[index]
    local value = rule.read(asked, rule.name)
    local lane = value and rule.lanes[value]
    if lane then return lane, rule.order end
  end
end

local function point(user)
  local hash = 5381
  for index = 1, #user do hash = (hash * 33 + string.byte(user, index)) % 4294967296 end
  for _ = 1, 3 do hash = (hash * 16807) % 2147483647 end
  return hash / 2147483647
end

-- Unseeded, the numbers of each worker begin alike after each change of the table.
math.randomseed(2147483647 * point(tostring(TABLES) .. os.time() .. os.clock()))

local function choose(asked, lane)
  if type(lane) ~= "table" then return lane end
  local user = lane.kind and said(asked, lane.kind, lane.name)
  local left = (user and point(user) or math.random()) * lane.total
  for _, choice in ipairs(lane) do
    if left < choice[2] then return choice[1] end
    left = left - choice[2]
  end
end

