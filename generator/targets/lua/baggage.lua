-- W3C baggage: members are separated by commas, and the properties of one by semicolons. Libraries
-- decode keys and values, Python's a "+" as well, and strip what is left; so what would then read
-- as the colour is the colour.
local TOKEN = "%s*[%w!#$%%&'*+.^_`|~-]+%s*"
local VALUE = "%s*[%w!#$%%&'()*+./:<=>?@%[%]^_`{|}~-]*%s*"
local PAIR, FLAG = "^" .. TOKEN .. "=" .. VALUE .. "$", "^" .. TOKEN .. "$"

local function decoded(text)
  if not string.find(text, "%", 1, true) then return text end
  return (string.gsub(text, "%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

local function encoded(text)
  return (string.gsub(text, "[^%w/._~-]", function(byte)
    return string.format("%%%02X", string.byte(byte))
  end))
end

local function is_colour(key)
  if not string.find(key, "[%%+]") then return string.match(key, "^%s*(%S*)") == COLOUR end
  return string.gsub(decoded(string.gsub(key, "+", " ")), "[^!-~]+", "") == COLOUR
end

-- Whether every library can read a member: some drop all of them for the sake of one.
local function sound(part)
  local pair, properties = string.match(part, "^([^;]*)(.*)")
  if not string.find(pair, PAIR) then return false end
  if string.find(part, "%%.?%X") or string.find(part, "%%.?$") then return false end
  for property in string.gmatch(properties, ";([^;]*)") do
    if not string.find(property, FLAG) and not string.find(property, PAIR) then return false end
  end
  return true
end

-- Whether a member is passed on; most are plain.
local function is_kept(part)
  local plain = string.match(part, "^ ?([%w_.-]+)=[%w_./:-]*$")
  if plain then return plain ~= COLOUR end
  return not is_colour(string.match(part, "^[^=;]*")) and sound(part)
end

-- The colour stands first, and with it no more than every library keeps.
local function carry(headers, lane)
  local parts, size = {}, 0
  if lane then
    parts[1] = COLOUR .. "=" .. encoded(lane)
    size = #parts[1]
  end
  for index = 0, headers:getNumValues("baggage") - 1 do
    for part in string.gmatch(headers:getAtIndex("baggage", index), "[^,]+") do
      local more = size + 1 + #part
      local fits = #part <= LONGEST and more <= BYTES and #parts < MEMBERS
      if fits and is_kept(part) then
        parts[#parts + 1] = part
        size = more
      end
    end
  end
  headers:remove("baggage")
  if #parts > 0 then headers:add("baggage", table.concat(parts, ",")) end
end

