function envoy_on_request(handle)
  give(handle:headers(), nil)
end
