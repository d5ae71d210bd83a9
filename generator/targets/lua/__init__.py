"""Lua that runs in Envoy, beside the module that reads it."""
