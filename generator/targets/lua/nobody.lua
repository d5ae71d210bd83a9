function envoy_on_request(handle)
  give(handle, nil)
end
