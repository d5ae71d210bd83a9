local function earlier(handle)
  local found = handle:streamInfo():dynamicMetadata():get("gen.tenants")
  return found and found["order"]
end

-- What an earlier part gave stands, unless a rule here is asked before the one that gave it.
function envoy_on_request(handle)
  local asked = ask(handle)
  local lane, order = find(asked)
  local before = lane and earlier(handle)
  if not lane or before and before <= order then return end
  give(asked.headers, choose(asked, lane))
  remember(handle, order) -- when between
end
