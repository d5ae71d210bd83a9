-- What a table gives in the place of a colour says where the tenant's lane is.
function envoy_on_request(handle)
  local given = handle:headers():get(COLOUR)
  local cluster = given and string.match(given, BEGIN)
  if not cluster then return end
  local where = cluster == "" and "the platform's own cluster" or "the cluster " .. cluster
  local told = {[":status"] = "503", ["content-type"] = "text/plain; charset=utf-8"}
  handle:respond(told, "this tenant's lane is in " .. where .. "\n")
end
