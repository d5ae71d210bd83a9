local function give(handle, lane)
  local headers = handle:headers()
  headers:remove(COLOUR)
  if lane then headers:add(COLOUR, lane) end
  carry(headers, lane) -- when baggage
  handle:clearRouteCache()
end

