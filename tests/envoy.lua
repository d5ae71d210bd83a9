-- What Envoy hands to a filter of Lua, as far as the filters here ask for it. A request is a list of
-- {name, value}; what is absent comes back as no value at all, as Envoy's own functions do it.
local Headers = {}
Headers.__index = Headers

local function values(headers, name)
  local found = {}
  for _, pair in ipairs(headers) do
    if pair[1] == string.lower(name) then found[#found + 1] = pair[2] end
  end
  return found
end

function Headers:get(name)
  self.asked = self.asked + 1
  local found = values(self, name)
  if #found == 0 then return end
  return table.concat(found, ",")
end

function Headers:getAtIndex(name, index)
  local value = values(self, name)[index + 1]
  if value == nil then return end
  return value
end

function Headers:getNumValues(name) return #values(self, name) end

-- What writes a header has the route chosen anew.
function Headers:add(name, value)
  self.rerouted.count = 1
  assert(type(value) == "string", "a header's value is a string")
  self[#self + 1] = {string.lower(name), value}
end

function Headers:remove(name)
  self.rerouted.count = 1
  for index = #self, 1, -1 do
    if self[index][1] == string.lower(name) then table.remove(self, index) end
  end
end

function Headers:replace(name, value)
  self:remove(name)
  self:add(name, value)
end

local function metadata(kept)
  return {
    get = function(_, name)
      if kept[name] == nil then return end
      return kept[name]
    end,
    set = function(_, name, key, value)
      kept[name] = kept[name] or {}
      kept[name][key] = value
    end,
  }
end

-- Behind an answer of its own a filter is not gone on with.
local function through(handle, answered)
  local running = coroutine.create(envoy_on_request)
  local done, why = coroutine.resume(running, handle)
  if not done then error(why, 0) end
  assert(coroutine.status(running) == "dead" or answered.status)
end

local function handle(headers, kept, address, verify)
  local found, rerouted = metadata(kept), {count = 0, streamed = 0}
  headers.asked, headers.rerouted = 0, rerouted
  setmetatable(headers, Headers)
  local stream = {
    dynamicMetadata = function() return found end,
    downstreamLocalAddress = function() return address end,
  }
  local imported
  local it = {
    headers = function() return headers end,
    streamInfo = function()
      rerouted.streamed = rerouted.streamed + 1
      return stream
    end,
    clearRouteCache = function() rerouted.count = 1 end,
    -- A second key that is imported in one request is the first one.
    importPublicKey = function(_, key, size)
      imported = imported or string.sub(key, 1, size)
      return {get = function() return imported end}
    end,
    verifySignature = function(_, hash, key, signature, signed, words, size)
      return verify(hash, key, string.sub(signature, 1, signed), string.sub(words, 1, size))
    end,
    respond = function(_, answer, text)
      rerouted.status, rerouted.text, rerouted.answer = tonumber(answer[":status"]), text, answer
      coroutine.yield()
    end,
  }
  through(it, rerouted)
  return rerouted
end

return handle
