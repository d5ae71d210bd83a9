-- A link says that somebody with the private key allowed a lane at a host until a time. The cookie
-- is the link's own words, and is proven again with each request. A proof costs 50 microseconds, so
-- that each worker keeps what it has proven, while there is room: two halves of as many.
local HALF = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8"
local STATEMENT = "^([0-9a-f]+):([1-9]%d*):([a-z0-9.-]+):([a-z0-9/-]+):(/[%w/._%%-]*)$"
local ROOM = 512
local FORGED = "This link is not genuine, or was altered. Ask for a new one."
local ELSEWHERE = "This link is for another host."
local LONG = "This link would hold for longer than this platform allows."
local EXPIRED = "This link has expired. Ask for a new one."
local GONE = "The lane that this link leads into is gone, or links may no longer lead into it."
local LINKS, known, older, fresh = {}, {}, {}, 0
COOKIES[COOKIE] = true

local function allow(hosts, lanes)
  local allowed = {}
  for lane in string.gmatch(lanes, "[^\n]+") do allowed[lane] = true end
  for host in string.gmatch(hosts, "[^\n]+") do LINKS[host] = allowed end
end

-- Of the two numbers s that fit, the smaller one counts: so nobody makes a second link of one.
local function parsed(token)
  if #token > 1024 then return end
  local words, signature = string.match(token, "^(.+):([0-9a-f]+)$")
  if not words or #signature ~= 128 or string.sub(signature, 65) > HALF then return end
  local key, ends, host, lane, path = string.match(words, STATEMENT)
  if not KEYS[key] or #ends > 11 or string.sub(path, 1, 2) == "//" then return end
  return {
    words = words, signature = signature, key = KEYS[key],
    ends = tonumber(ends), host = host, lane = lane, path = path,
  }
end

-- A number as DER has it: no byte too many, and the first one below 128.
local function integer(hex)
  hex = string.match(hex, "^0*(%x+)$")
  if #hex % 2 == 1 then hex = "0" .. hex end
  if string.find(hex, "^[89a-f]") then hex = "00" .. hex end
  return string.format("02%02x%s", #hex / 2, hex)
end

local function bytes(hex)
  return (string.gsub(hex, "%x%x", function(byte) return string.char(tonumber(byte, 16)) end))
end

-- One key for each request: a second one that is imported would be the first.
local function verified(handle, link)
  local both = integer(string.sub(link.signature, 1, 64)) .. integer(string.sub(link.signature, 65))
  local signature, words = bytes(string.format("30%02x%s", #both / 2, both)), SCOPE .. link.words
  local key = handle:importPublicKey(link.key, #link.key):get()
  return handle:verifySignature("sha256", key, signature, #signature, words, #words) == true
end

-- An error in it is no proof. Without this, Envoy would let the request pass as it came.
local function is_proven(handle, token, link)
  if known[token] then return true end
  if not older[token] then
    local done, right = pcall(verified, handle, link)
    if not done or not right then return false end
  end
  if fresh == ROOM then known, older, fresh = {}, known, 0 end
  known[token], fresh = link, fresh + 1
  return true
end

-- What holds, or why it does not; what is cheap to tell first.
local function held(asked, token)
  local link, now = known[token] or older[token] or parsed(token), os.time()
  if not link then return nil, FORGED end
  if link.host ~= asked.host then return nil, ELSEWHERE end
  if link.ends <= now then return nil, EXPIRED end
  if link.ends > now + LONGEST then return nil, LONG end
  if not is_proven(asked.handle, token, link) then return nil, FORGED end
  if not LINKS[asked.host][link.lane] then return nil, GONE end
  return link
end

-- No code runs behind it.
local function answer(handle, status, text, location, cookie)
  local headers = {
    [":status"] = status,
    ["cache-control"] = "no-store",
    ["content-type"] = "text/plain; charset=utf-8",
    ["referrer-policy"] = "no-referrer",
    ["x-content-type-options"] = "nosniff",
    ["location"] = location,
  }
  if cookie then
    local value, seconds = cookie[1], cookie[2]
    headers["set-cookie"] = COOKIE .. "=" .. value .. "; Path=/; Max-Age=" .. seconds
      .. "; Secure; HttpOnly; SameSite=Lax"
  end
  handle:respond(headers, text .. "\n")
end

local OUT = {"", "0"}

local function visit(asked, path)
  local place, token = string.match(path, "^/%.gen/(%l+)%??([^&]*)")
  if place == "leave" then
    answer(asked.handle, "303", "You have left the lane.", "/", OUT)
  elseif place == "link" then
    local link, why = held(asked, token)
    if link then
      local seconds = string.format("%d", link.ends - os.time())
      answer(asked.handle, "303", "Welcome.", link.path, {token, seconds})
    else
      local over = why == EXPIRED or why == GONE
      answer(asked.handle, over and "410" or "403", why)
    end
  end
end

-- A link comes before the rules of tenants. A cookie that does not hold is none; but a lane that is
-- gone is told, once, to whoever believes to be in it.
local function linked(asked)
  if LINKS[said(asked, "host", "")] then
    local path = asked.headers:get(":path") or ""
    if string.sub(path, 1, 6) == "/.gen/" then visit(asked, path) end
    if string.find(asked.headers:get("cookie") or "", COOKIE, 1, true) then
      local link, why = held(asked, said(asked, "cookie", COOKIE) or "")
      if link then return link.lane, "" end
      if why == GONE then answer(asked.handle, "410", why, nil, OUT) end
    end
  end
  return find(asked)
end

