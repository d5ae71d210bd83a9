function envoy_on_request(handle)
  local headers = handle:headers()
  local host = called(handle, headers)
  if host then
    headers:replace(":authority", host)
    handle:clearRouteCache()
  end
end
