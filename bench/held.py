"""What a sidecar holds: with its scope, without it, and with a route per tenant and service."""

from __future__ import annotations

import json
import random
import statistics
import time
from dataclasses import dataclass
from typing import Any

from bench.asked import MANY
from bench.stage import Stage
from generator.plan.plan import Plan
from tests.mesh.envoy import ADMIN, Pod
from tests.mesh.kubelet import Object

ROUTES = 1000  # that one service gets, to reckon with
SIDECARS = 5  # beside the one that is looked at
PATIENCE = 180  # seconds until a change must have reached a sidecar


@dataclass(frozen=True)
class Held:
    """What a proxy holds. Medians may lie between whole numbers."""

    routes: float
    clusters: float
    kilobytes: float
    heap: float  # MB


def held(stage: Stage, pod: Pod) -> Held:
    """From the proxy's own configuration dump."""
    dump = stage.fetch(pod, f"http://127.0.0.1:{ADMIN}/config_dump")
    memory = json.loads(stage.fetch(pod, f"http://127.0.0.1:{ADMIN}/memory"))
    routes = clusters = 0
    for part in json.loads(dump)["configs"]:
        clusters += len(part.get("dynamic_active_clusters", []))
        for config in part.get("dynamic_route_configs", []):
            hosts = config["route_config"].get("virtual_hosts", [])
            routes += sum(len(host.get("routes", [])) for host in hosts)
    return Held(routes, clusters, len(dump) / 1e3, int(memory["allocated"]) / 1e6)


def cost(stage: Stage, version: str, plan: Plan, side: Pod, caller: str) -> None:
    """Prints what sidecars hold; `side` is that of the caller."""
    pods = sorted(key for key in stage.cluster.pods if key[0].startswith("city-env"))
    others = [stage.envoy(key, version) for key in random.Random(7).sample(pods, SIDECARS)]
    found = [held(stage, pod) for pod in (side, *others)]
    scope = _find(stage, "Sidecar", caller)
    stage.change(scope, delete=True)
    whole = _settled(stage, side, found[0])
    stage.change(scope)
    each = _naive(stage, side, plan.services[caller].calls[0], _settled(stage, side, whole))
    print("a sidecar holds                               routes  clusters   dump, KB   heap, MB")
    _show(f"as compiled (median of {len(found)})", _median(found))
    _show("without its scope", whole)
    services, routes = len(plan.services), len(plan.services) * (MANY + 1)
    print(
        f"  {f'{services} services × {MANY:,} tenants':40} {routes:10,} {'':9} "
        f"{routes * each.kilobytes:10,.0f} {routes * each.heap:10,.0f}  "
        f"(reckoned from {each.routes:,} such routes, measured)",
        flush=True,
    )


def _median(found: list[Held]) -> Held:
    return Held(
        statistics.median(one.routes for one in found),
        statistics.median(one.clusters for one in found),
        statistics.median(one.kilobytes for one in found),
        statistics.median(one.heap for one in found),
    )


def _show(name: str, one: Held) -> None:
    numbers = f"{one.routes:10,.0f} {one.clusters:9,.0f} {one.kilobytes:10,.0f} {one.heap:10.1f}"
    print(f"  {name:40} {numbers}")


def _find(stage: Stage, kind: str, name: str) -> Object:
    """An object of Istio's in env-00."""
    for item in stage.cluster.istio:
        where = (item["kind"], item["metadata"]["namespace"], item["metadata"]["name"])
        if where == (kind, "city-env-00", name):
            return item
    raise LookupError(f"{kind} {name}")


def _settled(stage: Stage, side: Pod, before: Held) -> Held:
    """What a sidecar holds when a change has reached it: other than before, and the same some
    seconds later."""
    last, end = before, time.monotonic() + PATIENCE
    while time.monotonic() < end:
        time.sleep(5)
        now = held(stage, side)
        counts = (now.routes, now.clusters)
        steady = counts == (last.routes, last.clusters)
        if steady and counts != (before.routes, before.clusters):
            return now
        last = now
    raise RuntimeError("a change does not reach the sidecar")


def _naive(stage: Stage, side: Pod, callee: str, before: Held) -> Held:
    """What one route costs in the layout that gives each service a route per tenant, from one
    service that has them; `routes` is how many that were."""
    routed = _find(stage, "VirtualService", callee)
    http = routed["spec"]["http"]
    entries = [_by_tenant(f"t{index}", http[-1]["route"]) for index in range(ROUTES)]
    stage.change(routed | {"spec": routed["spec"] | {"http": [*entries, http[-1]]}})
    after = _settled(stage, side, before)
    more = after.routes - before.routes
    kilobytes = (after.kilobytes - before.kilobytes) / more
    heap = max(after.heap - before.heap, 0) / more
    return Held(more + len(http) - 1, 0, kilobytes, heap)


def _by_tenant(tenant: str, route: Any) -> dict[str, Any]:
    match = [{"headers": {"x-tenant": {"exact": tenant}}}]
    return {"name": tenant, "match": match, "route": route}
