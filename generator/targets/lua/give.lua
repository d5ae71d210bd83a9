-- Replacing a header takes away each line of it, and a header that is written chooses the route
-- anew.
local function give(headers, lane)
  if lane then headers:replace(COLOUR, lane) else headers:remove(COLOUR) end
  carry(headers, lane) -- when baggage
end

