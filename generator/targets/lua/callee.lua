local function called(_, headers)
  local name = headers:get(CALLEE)
  headers:remove(CALLEE)
  return name and NAMES[name]
end

