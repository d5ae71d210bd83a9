"""The colour where a call starts: a branch's own pods give it, and baggage carries it where applications forward that.

One object per branch, read by the sidecars of its pods alone, instead of a route per branch in every VirtualService.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.compiler.emit import meta
from generator.compiler.emit.lua import BAGGAGE, FILTERS, insert_before_router, quote
from generator.compiler.emit.meta import thing
from generator.vocabulary.plan import Plan, Unit

_MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_MUTATION = "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"

_CARRY = """\
function envoy_on_request(handle)
  local headers = handle:headers()
  local sent = headers:get(COLOUR)
  local lane = sent or member(headers) or ORIGIN
  if lane then
    if not sent then headers:add(COLOUR, lane) end
    carry(headers, lane)
    handle:clearRouteCache()
  end
end
"""


def of_namespace(plan: Plan, environment: str) -> Iterator[dict[str, Any]]:
    """Where applications forward baggage: the header from the baggage, and the baggage from the header."""
    if plan.platform.mesh.propagation == "baggage":
        namespace = plan.environments[environment].namespace
        yield thing(plan, FILTERS, "EnvoyFilter", "gen.baggage", namespace, meta.ROUTES, {"priority": meta.FILTER_PRIORITY, "configPatches": [_carried(plan, None)]})


def of_branch(plan: Plan, unit: Unit) -> dict[str, Any]:
    """The sidecars of a branch's own pods give calls without a colour their branch's, before any route is chosen."""
    baggage = plan.platform.mesh.propagation == "baggage"
    spec: dict[str, Any] = {"workloadSelector": {"labels": {"gen/environment": unit.environment, "gen/branch": unit.label}}}
    spec |= {"priority": meta.FILTER_PRIORITY, "configPatches": [_carried(plan, str(unit))]} if baggage else {"configPatches": [_added(plan, unit)]}
    return thing(plan, FILTERS, "EnvoyFilter", f"colour-{unit.branch}", plan.environments[unit.environment].namespace, meta.ROUTES, spec)


def _carried(plan: Plan, origin: str | None) -> dict[str, Any]:
    head = [f"local COLOUR = {quote(plan.platform.mesh.header)}", f"local ORIGIN = {quote(origin) if origin else 'nil'}", ""]
    return insert_before_router("SIDECAR_OUTBOUND", "gen.origin" if origin else "gen.baggage", "\n".join([*head, BAGGAGE + _CARRY]))


def _added(plan: Plan, unit: Unit) -> dict[str, Any]:
    added = {"append": {"header": {"key": plan.platform.mesh.header, "value": str(unit)}, "append_action": "ADD_IF_ABSENT"}}
    mutation = {"name": "envoy.http.early_header_mutation.header_mutation", "typed_config": {"@type": _MUTATION, "mutations": [added]}}
    return {
        "applyTo": "NETWORK_FILTER",
        "match": {"context": "SIDECAR_OUTBOUND", "listener": {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}}},
        "patch": {"operation": "MERGE", "value": {"typed_config": {"@type": _MANAGER, "early_header_mutation_extensions": [mutation]}}},
    }
