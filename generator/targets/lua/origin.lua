function envoy_on_request(handle)
  local headers = handle:headers()
  local sent, count, lines = colour(headers)
  local lane = sent or member(headers) or ORIGIN -- when baggage
  local lane = sent or ORIGIN -- when plain
  if not lane then return end
  if not sent or count == 1 and lines > 1 then
    headers:remove(COLOUR)
    headers:add(COLOUR, lane)
    handle:clearRouteCache()
  end
  carry(headers, lane) -- when baggage
end
