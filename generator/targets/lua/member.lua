-- The colour that baggage carries.
local function member(headers)
  for index = 0, headers:getNumValues("baggage") - 1 do
    for part in string.gmatch(headers:getAtIndex("baggage", index), "[^,]+") do
      local key, value = string.match(part, "^([^=;]+)=%s*([^;%s]*)")
      if key and value ~= "" and is_colour(key) then return decoded(value) end
    end
  end
end

