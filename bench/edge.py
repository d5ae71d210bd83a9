"""`python -m bench.edge`: what the compiled edge and a sidecar cost, on real Envoys, under wrk, in the city.

- throughput of the gateway with 10 tenants and with 20,000, in turn, and of an Envoy with one route beside them; many
  tenants also ask for more lanes than ten, which strangers do not: with these, all but the table is the same
- the latency that the edge and a sidecar's hop with 300 lanes add to that of the plain Envoy, as medians of the same run
- what a sidecar holds, from its own configuration dump: with the scope that gen gives it, without, and as if each
  service had a route per tenant

Exit 1 if 20,000 tenants cost more than a tenth of the throughput.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.stage import INGRESS, PORT, Load, Stage, Static, files, objects
from generator.compiler.compile import compile_sources
from generator.vocabulary.plan import Plan, Unit
from generator.vocabulary.source import Sources
from tests.mesh import network, tools
from tests.mesh.envoy import ADMIN, Pod
from tests.mesh.kubelet import Addresses, Object

FEW, MANY = 10, 20_000
SENT = 1000  # different requests
UP, PLAIN_GATE, PLAIN_SIDE, CLIENT = "10.244.200.1", "10.244.200.2", "10.244.200.3", "10.244.200.4"
LEAST = 0.9


@dataclass(frozen=True)
class Held:
    """What a proxy holds."""

    routes: int
    clusters: int
    kilobytes: float
    heap: float  # MB


def held(stage: Stage, pod: Pod) -> Held:
    dump = stage.fetch(pod, f"http://127.0.0.1:{ADMIN}/config_dump")
    routes = clusters = 0
    for part in json.loads(dump)["configs"]:
        clusters += len(part.get("dynamic_active_clusters", []))
        for config in part.get("dynamic_route_configs", []):
            routes += sum(len(host.get("routes", [])) for host in config["route_config"].get("virtual_hosts", []))
    return Held(routes, clusters, len(dump) / 1e3, int(json.loads(stage.fetch(pod, f"http://127.0.0.1:{ADMIN}/memory"))["allocated"]) / 1e6)


def medians(loads: dict[str, Load], rounds: int, connections: int, seconds: float) -> dict[str, list[tuple[float, float]]]:
    """What each load measured, in turn, so that a busy machine is busy for all."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in loads}
    for _ in range(rounds):
        for name, load in loads.items():
            seen[name].append(load.run(connections, seconds))
    return seen


def busiest(plan: Plan) -> tuple[str, str, str]:
    """(caller, callee, lane) of the baseline of env-00: the callee in HTTP/1 with the most routes, and a lane of its last."""
    where = Unit("env-00")
    pairs = [(caller, callee) for caller in plan.runs[where] for callee in plan.services[caller].calls if plan.services[callee].ports[0].port == PORT]
    caller, callee = max(pairs, key=lambda pair: (sum(len(route.lanes) for route in plan.routes("env-00", pair[1])), pair))
    return caller, callee, plan.routes("env-00", callee)[-1].lanes[-1]


class Bench:
    def __init__(self, size: dict[str, int], version: str, rounds: int, seconds: float) -> None:
        self.size, self.version, self.rounds, self.seconds = size, version, rounds, seconds
        self.network = network.Network()
        self.closing: list[Stage | Static] = []

    def run(self) -> float:
        with tempfile.TemporaryDirectory(prefix="gen-bench-", dir="/tmp") as folder:
            self.folder = Path(folder)
            self.folder.chmod(0o755)
            try:
                return self._run()
            finally:
                for closing in self.closing:
                    closing.close()
                self.network.close()

    def _run(self) -> bool:
        print(f"city of {', '.join(f'{number} {what}' for what, number in self.size.items())}; Envoy {self.version}, one worker; {self.rounds} rounds of {self.seconds:g} s in turn", flush=True)
        content = files(MANY, self.size)
        plan = compile_sources(Sources({path: raw.encode() for path, raw in content.items()})).plan
        start = time.perf_counter()
        things = objects(content, self.folder / "many")
        others = objects(files(FEW, self.size), self.folder / "few", units=False)
        self._say(start, f"{len(things)} objects compiled and rendered")
        # The cities differ in their edges alone, and the gateway knows nothing but what can be entered.
        services = tuple(service for _, service, _ in plan.entries())
        entered = [item for item in things if item["metadata"]["name"].startswith(services) and item["kind"] in ("Deployment", "Service")]
        edge = [item for item in others if item["metadata"].get("namespace") == INGRESS["namespace"] or item["metadata"]["name"] == "gen.hosts"]
        stages = {FEW: self._stage("few", [*entered, *edge], "10.244.100.0"), MANY: self._stage("many", things, "10.244.1.0")}
        caller, callee, lane = busiest(plan)
        prefix, entry, port = next(found for found in plan.entries() if found[1] in plan.answers["env-00"])
        asked = [pod["status"]["podIP"] for stage in stages.values() for (_, name), pod in stage.cluster.pods.items() if name.startswith((callee, entry))]
        self.network.add("up", [UP, *asked], redirect=False)
        for number in {PORT, port}:
            self._static("up", number, None)
        self.network.add("pgate", [PLAIN_GATE], redirect=False)
        self._static("pgate", 80, UP)
        self.network.add("pside", [PLAIN_SIDE], redirect=True)
        self._static("pside", 15001, UP)
        self.network.add("load", [CLIENT], redirect=False)
        for stage in stages.values():
            stage.envoy(None, self.version)
        gates = {tenants: stage.cluster.gateway["status"]["podIP"] for tenants, stage in stages.items()}
        side = stages[MANY].envoy(("city-env-00", caller), self.version)
        time.sleep(1)
        share = self._edge(gates, prefix)
        self._hop(stages[MANY], side, callee, lane, plan)
        self._cost(stages[MANY], plan, side, caller)
        return share

    def _stage(self, name: str, things: list[Object], pods: str) -> Stage:
        start = time.perf_counter()
        self.closing.append(stage := Stage(self.network, name, things, Addresses(pods)))
        self._say(start, f"{len(stage.cluster.core) + len(stage.cluster.istio)} objects taken by the control plane")
        return stage

    @staticmethod
    def _say(start: float, what: str) -> None:
        print(f"  {what}, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)

    def _static(self, space: str, port: int, upstream: str | None) -> None:
        self.closing.append(Static(self.network, space, self.folder, self.version, port, upstream))

    def _edge(self, gates: dict[int, str], prefix: str) -> float:
        dice = random.Random(7)
        names = {"plain Envoy": (PLAIN_GATE, "t", MANY)}
        names |= {f"{tenants:,} tenants": (address, "t", tenants) for tenants, address in gates.items()}
        names |= {f"strangers, beside {tenants:,} tenants": (address, "u", MANY) for tenants, address in gates.items()}
        loads = {
            name: Load(self.network, "load", self.folder, f"http://{address}{prefix}", [{"Host": "env-00.example.com", "x-tenant": f"{kind}{dice.randrange(users)}"} for _ in range(SENT)])
            for name, (address, kind, users) in names.items()
        }
        rates = {name: [rate for rate, _ in seen] for name, seen in medians(loads, self.rounds, 32, self.seconds).items()}
        latencies = {name: [middle for _, middle in seen] for name, seen in medians(loads, self.rounds, 1, self.seconds).items()}
        plain, few, many, *strangers = names
        print(f"{'the gateway':34} requests/s    latency    added")
        for name in names:
            print(f"  {name:32} {statistics.median(rates[name]):12,.0f} {statistics.median(latencies[name]):8.0f} µs {added(latencies[name], latencies[plain]):>8}")
        share, alike = (statistics.median(two / one for one, two in zip(rates[some], rates[more], strict=True)) for some, more in ((few, many), strangers))
        print(f"  {many} carry {share:.2f} of the throughput with {FEW}; strangers, who ask of both the same, {alike:.2f} (medians of paired rounds)", flush=True)
        return share

    def _hop(self, stage: Stage, side: Pod, callee: str, lane: str, plan: Plan) -> None:
        address = stage.cluster.addresses["city-env-00", callee]
        host = f"{callee}.city-env-00.svc.cluster.local"
        loads = {
            "plain Envoy": Load(self.network, "pside", self.folder, f"http://{address}:{PORT}/", [{"Host": host}]),
            "no colour": Load(self.network, side.space, self.folder, f"http://{address}:{PORT}/", [{"Host": host}]),
            "a lane of the last route": Load(self.network, side.space, self.folder, f"http://{address}:{PORT}/", [{"Host": host, "x-lane": lane}]),
        }
        latencies = {name: [middle for _, middle in seen] for name, seen in medians(loads, self.rounds, 1, self.seconds).items()}
        routes = plan.routes("env-00", callee)
        print(f"a sidecar's hop to {callee}, which {sum(len(route.lanes) for route in routes)} lanes send to {len(routes)} other versions")
        for name, seen in latencies.items():
            print(f"  {name:41} {statistics.median(seen):8.0f} µs {added(seen, latencies['plain Envoy']):>8}", flush=True)

    def _cost(self, stage: Stage, plan: Plan, side: Pod, caller: str) -> None:
        dice = random.Random(7)
        keys = dice.sample(sorted(key for key in stage.cluster.pods if key[0].startswith("city-env")), 5)
        found = [held(stage, side), *(held(stage, stage.envoy(key, self.version)) for key in keys)]
        scoped = Held(*(statistics.median(getattr(one, name) for one in found) for name in Held.__dataclass_fields__))  # type: ignore[arg-type]
        scope = next(item for item in stage.cluster.istio if item["kind"] == "Sidecar" and (item["metadata"]["namespace"], item["metadata"]["name"]) == ("city-env-00", caller))
        stage.change(scope, delete=True)
        time.sleep(5)
        whole = held(stage, side)
        each = self._naive(stage, plan, side, scope)
        services, routes = len(plan.services), len(plan.services) * (MANY + 1)
        print("a sidecar holds                               routes  clusters   dump, KB   heap, MB")
        for name, one in ((f"as compiled (median of {len(found)})", scoped), ("without its scope", whole)):
            print(f"  {name:40} {one.routes:10,.0f} {one.clusters:9,.0f} {one.kilobytes:10,.0f} {one.heap:10.1f}")
        print(f"  {f'{services} services × {MANY:,} tenants':40} {routes:10,} {'':9} {routes * each.kilobytes:10,.0f} {routes * each.heap:10,.0f}  (reckoned from {each.routes:,} such routes, measured)", flush=True)

    def _naive(self, stage: Stage, plan: Plan, side: Pod, scope: dict[str, object]) -> Held:
        """What one route costs in the layout that gives each service a route per tenant, from one service that has them."""
        stage.change(scope)
        time.sleep(3)
        callee = plan.services[scope["metadata"]["name"]].calls[0]  # type: ignore[index]
        routed = next(item for item in stage.cluster.istio if item["kind"] == "VirtualService" and (item["metadata"]["namespace"], item["metadata"]["name"]) == ("city-env-00", callee))
        default = routed["spec"]["http"][-1]
        entries = [{"name": f"t{index}", "match": [{"headers": {"x-tenant": {"exact": f"t{index}"}}}], "route": default["route"]} for index in range(SENT)]
        before = held(stage, side)
        stage.change(routed | {"spec": routed["spec"] | {"http": [*entries, default]}})
        time.sleep(3)
        after = held(stage, side)
        count = after.routes - before.routes + len(routed["spec"]["http"]) - 1
        kilobytes = (after.kilobytes - before.kilobytes) / (after.routes - before.routes)
        return Held(count, 0, kilobytes, max(after.heap - before.heap, 0) / (after.routes - before.routes))


def added(seen: list[float], plain: list[float]) -> str:
    """The median of paired differences."""
    difference = statistics.median(one - other for one, other in zip(seen, plain, strict=True))
    return f"{difference:+.0f} µs" if difference else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("services", 200), ("environments", 20), ("running", 60), ("branches", 400), ("lanes", 300), ("rounds", 9)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--envoy", choices=tools.ENVOYS, default=tools.NEWEST)
    parser.add_argument("--least", type=float, default=LEAST, help="share of the throughput that many tenants must leave")
    options = vars(parser.parse_args())
    version, rounds, seconds, least = options.pop("envoy"), options.pop("rounds"), options.pop("seconds"), options.pop("least")
    tools.prepare([version])
    network.sweep()
    if (share := Bench(options, version, rounds, seconds).run()) < least:
        print(f"{share:.2f} is less than {least}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
