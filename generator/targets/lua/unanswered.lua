-- An answer that nobody gave has its text in a header, as a rule of a route can set one and no body.
function envoy_on_response(handle)
  local headers = handle:headers()
  local text = headers:get(NOBODY)
  if not text then return end
  if headers:get("grpc-status") == "14" then
    headers:replace("grpc-message", text)
  elseif headers:get(":status") == "503" then
    local length = handle:body(true):setBytes(text .. "\n")
    headers:replace("content-length", tostring(length))
    headers:replace("content-type", "text/plain")
  end
end
