local function remember(handle, order)
  handle:streamInfo():dynamicMetadata():set("gen.tenants", "order", order)
end

