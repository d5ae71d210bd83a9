local TRUSTED = {}

local function trust(hosts)
  for host in string.gmatch(hosts, "[^\n]+") do TRUSTED[host] = true end
end

function envoy_on_request(handle)
  local headers = handle:headers()
  for _, name in ipairs(REMOVED) do headers:remove(name) end
  if next(TRUSTED) and TRUSTED[hostname(headers)] then
    local sent, count = colour(headers)
    if count == 1 then
      give(handle, sent)
      remember(handle, "") -- when several
      return
    end
  end
  local asked = {handle = handle, headers = headers}
  local lane, order = find(asked) -- when told
  local lane, order = linked(asked) -- when linked
  give(handle, choose(asked, lane))
  remember(handle, order or "~") -- when several
end
