function envoy_on_request(handle)
  local asked = ask(handle)
  asked.headers:remove(REMOVED) -- when named
  if trusted(asked) then return end -- when trusting
  local lane, order = find(asked) -- when told
  local lane, order = linked(asked) -- when linked
  give(asked.headers, choose(asked, lane))
  if order and order < HOSTS then remember(handle, order) end -- when several
end
