local IPV4 = "^%d+%.%d+%.%d+%.%d+:?%d*$"

local function called(handle, headers)
  local host = headers:get(":authority") or ""
  if string.find(host, IPV4) or string.sub(host, 1, 1) == "[" then
    return PORTS[string.match(handle:streamInfo():downstreamLocalAddress(), ":(%d+)$")]
  end
end

