-- The colour that was sent. An empty one is none: applications that copy the header whether it
-- came or not send such. Gives the first, how many there are, and how many lines the header has.
local function colour(headers)
  local first, count, lines = nil, 0, headers:getNumValues(COLOUR)
  for index = 0, lines - 1 do
    local value = headers:getAtIndex(COLOUR, index)
    if value ~= "" then
      first, count = first or value, count + 1
    end
  end
  return first, count, lines
end

