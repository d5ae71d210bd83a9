-- Who calls is known by identity alone: the account of a branch's pod names the branch.
local function origin(handle)
  local caller = handle:streamInfo():filterState():get("io.istio.peer_principal")
  local namespace, branch = string.match(caller or "", ACCOUNT)
  local environment = namespace and ENVIRONMENTS[namespace]
  if environment then return environment .. "/" .. branch end
end

-- Policies compare beginnings, and routes whole colours: what begins as a branch's and could be
-- none is nobody's, and policies do not hear of it.
local function tell(handle, headers)
  local sent = headers:get(COLOUR)
  if not sent or string.find(sent, "/") and not string.find(sent, "^[^/]+/[-a-z0-9]+$") then
    return
  end
  handle:streamInfo():dynamicMetadata():set("envoy.filters.http.lua", "lane", sent)
end

-- Of several colours the first counts: routes and policies would not read the same in them.
function envoy_on_request(handle)
  local headers = handle:headers()
  local sent, _, lines = colour(headers)
  local lane = sent or member(headers) or origin(handle) -- when baggage
  local lane = sent or origin(handle) -- when plain
  if lane and (not sent or lines > 1) then
    headers:remove(COLOUR)
    headers:add(COLOUR, lane)
    handle:clearRouteCache()
  end
  if lane then carry(headers, lane) end -- when baggage
  tell(handle, headers)
end
