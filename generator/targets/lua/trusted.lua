local TRUSTED = {}

local function trust(hosts)
  for host in string.gmatch(hosts, "[^\n]+") do TRUSTED[host] = true end
end

-- Whether one colour was sent to a host whose environment trusts it, which then stands.
local function trusted(asked)
  if not TRUSTED[hostname(asked.headers)] then return false end
  local sent, count = colour(asked.headers)
  if count ~= 1 then return false end
  give(asked.headers, sent)
  remember(asked.handle, "") -- when several
  return true
end

