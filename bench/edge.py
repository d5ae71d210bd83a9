"""`python -m bench.edge`: what the compiled edge and a sidecar cost, on real Envoys, under wrk, in the city.

- throughput of one gateway with the table of 10 tenants and with that of 20,000, which are exchanged between the rounds,
  for an entry that speaks HTTP/1 and for one that speaks HTTP/2. The ten ask for the versions that the twenty thousand
  ask for, as often: more pods are more connections, which cost an Envoy in HTTP/2 some percent with any table
- the latency that the edge and a sidecar's hop with 300 lanes add to that of the plain Envoy, as medians of the same run
- what a sidecar holds, from its own configuration dump: with the scope that gen gives it, without, and as if each
  service had a route per tenant

Exit 1 if 20,000 tenants cost more than a tenth of the throughput, by more than twice the error of measurement.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.city import tenant
from bench.stage import PORT, Load, Stage, Static, files, objects
from generator.compiler.compile import compile_sources
from generator.compiler.emit import emit_tenants
from generator.vocabulary.plan import Plan, Unit
from generator.vocabulary.source import Sources
from tests.mesh import network, tools
from tests.mesh.envoy import ADMIN, Pod
from tests.mesh.kubelet import Object, read

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


@dataclass(frozen=True)
class Row:
    """Requests to the gateway with the table of so many tenants."""

    name: str
    load: Load
    tenants: int
    beside: str = ""  # the row that it is a share of


def versions(plan: Plan, service: str) -> dict[str, Unit | None]:
    """The value that tells a tenant → the unit that answers it for a service that env-00 lets in."""
    units = {lane: route.target for route in plan.routes("env-00", service) for lane in route.lanes}
    default = plan.answers["env-00"][service]
    return {value: units.get(one.choices[0][0], default) for one in plan.tenants.values() for kind, _, value in one.rules if kind == "header"}


def chosen(units: list[dict[str, Unit | None]]) -> list[str]:
    """Ten tenants whose versions, of each service, are those that most tenants ask for."""
    left, found = [Counter(of.values()) for of in units], []
    for _ in range(FEW):
        found.append(best := max(units[0], key=lambda value: sum(count[of[value]] for count, of in zip(left, units, strict=True))))
        for count, of in zip(left, units, strict=True):
            del count[of[best]]
    return found


def weights(of: dict[str, Unit | None], few: list[str]) -> list[float]:
    """How often each of few tenants asks, so that together they ask for each version as often as all do."""
    every, theirs = Counter(of.values()), Counter(of[value] for value in few)
    return [every[of[value]] / theirs[of[value]] for value in few]


def shared(few: list[float], many: list[float]) -> tuple[float, float]:
    """(mean, standard error) of many over few, round by round."""
    parts = [math.log(two / one) for one, two in zip(few, many, strict=True)]
    mean = math.exp(statistics.mean(parts))
    return mean, mean * statistics.stdev(parts) / len(parts) ** 0.5


def in_turn(loads: dict[str, Load], rounds: int, connections: int, seconds: int) -> dict[str, list[tuple[float, float]]]:
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
    def __init__(self, size: dict[str, int], version: str, rounds: int, seconds: int) -> None:
        self.size, self.version, self.rounds, self.seconds = size, version, rounds, seconds
        self.single = max(rounds // 3, 3)  # rounds of one connection, whose latency is steadier than a throughput
        self.network = network.Network()
        self.closing: list[Stage | Static] = []
        self.tables: dict[int, list[Object]] = {}  # filters of the edge, by the number of tenants

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

    def _run(self) -> float:
        print(f"city of {', '.join(f'{number} {what}' for what, number in self.size.items())}; Envoy {self.version}, one worker; {self.rounds} rounds of {self.seconds} s in turn", flush=True)
        content = files(MANY, self.size)
        start = time.perf_counter()
        plan = self._compile(content, MANY)
        entries = [found for found in plan.entries() if found[1] in plan.answers["env-00"]]
        entry = {plan.services[service].ports[0].protocol: (prefix, versions(plan, service)) for prefix, service, _ in reversed(entries)}
        if entry.keys() != {"http", "http2"}:
            raise RuntimeError(f"env-00 lets in {' and '.join(entry) or 'nobody'}, and both http and http2 are measured: let it run more services (--running)")
        few = chosen([units for _, units in entry.values()])
        theirs = {tenant(int(value.removeprefix("t"))) for value in few}
        self._compile({path: text for path, text in content.items() if "/tenants/" not in path or path in theirs}, FEW)
        things = objects(content, self.folder / "city")
        self._say(start, f"{len(things)} objects compiled and rendered")
        start = time.perf_counter()
        self.stage = Stage(self.network, things)
        self.closing.append(self.stage)
        self._say(start, f"{len(self.stage.cluster.core) + len(self.stage.cluster.istio)} objects taken by the control plane")
        caller, callee, lane = busiest(plan)
        asked = [pod["status"]["podIP"] for (_, name), pod in self.stage.cluster.pods.items() if name.startswith((callee, *(service for _, service, _ in entries)))]
        self.network.add("up", [UP, *asked], redirect=False)
        for number in {PORT, *(port for _, _, port in entries)}:
            self._static("up", number, None)
        self.network.add("pgate", [PLAIN_GATE], redirect=False)
        self._static("pgate", 80, UP)
        self.network.add("pside", [PLAIN_SIDE], redirect=True)
        self._static("pside", 15001, UP)
        self.network.add("load", [CLIENT], redirect=False)
        self.gate = self.stage.envoy(None, self.version)
        side = self.stage.envoy(("city-env-00", caller), self.version)
        time.sleep(1)
        share = self._edge(entry, few)
        self._hop(side, callee, lane, plan)
        self._cost(plan, side, caller)
        return share

    def _compile(self, content: dict[str, str], tenants: int) -> Plan:
        plan = compile_sources(Sources({path: raw.encode() for path, raw in content.items()})).plan
        printed = emit_tenants(plan)
        self.tables[tenants] = [item for path in printed if path.startswith("overlays/edge/tenants") for item in read(printed[path].decode())]
        return plan

    @staticmethod
    def _say(start: float, what: str) -> None:
        print(f"  {what}, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)

    def _static(self, space: str, port: int, upstream: str | None) -> None:
        self.closing.append(Static(self.network, space, self.folder, self.version, port, upstream))

    def _edge(self, entry: dict[str, tuple[str, dict[str, Unit | None]]], few: list[str]) -> float:
        """The share of the throughput with few tenants that is left with many, at the most: two errors above what was seen."""
        dice, gate = random.Random(7), self.stage.cluster.gateway["status"]["podIP"]
        rows = [Row("plain Envoy, HTTP/1", self._load(PLAIN_GATE, "/", [""] * SENT), FEW)]
        for protocol, name in (("http", "HTTP/1"), ("http2", "HTTP/2")):
            prefix, units = entry[protocol]
            rows += [
                beside := Row(f"{name}, {FEW} tenants", self._load(gate, prefix, dice.choices(few, weights(units, few), k=SENT)), FEW),
                Row(f"{name}, {MANY:,} tenants", self._load(gate, prefix, dice.choices(list(units), k=SENT)), MANY, beside.name),
            ]
        rates = {name: [rate for rate, _ in seen] for name, seen in self._exchanged(rows, self.rounds, 32).items()}
        latencies = {name: [middle for _, middle in seen] for name, seen in self._exchanged(rows, self.single, 1).items()}
        print(f"{'the gateway':42} requests/s  of {FEW} tenants'   latency    added")
        least = 1.0
        for row in rows:
            share = ""
            if row.beside:
                middle, error = shared(rates[row.beside], rates[row.name])
                share, least = f"{middle:.2f} ± {error:.2f}", min(least, middle + 2 * error)
            more = added(latencies[row.name], latencies[rows[0].name]) if "HTTP/1" in row.name else ""
            print(f"  {row.name:40} {statistics.median(rates[row.name]):10,.0f} {share:>15} {statistics.median(latencies[row.name]):7.0f} µs {more:>8}", flush=True)
        return least

    def _load(self, address: str, prefix: str, tenants: list[str]) -> Load:
        """Each request has a session of its own, as those of different users: HTTP/2 sends what was sent before as a number,
        and requests that are alike are cheaper for it than any that come in from outside."""
        dice = random.Random(7)
        headers = [{"Host": "env-00.example.com", "x-tenant": value, "Cookie": f"session={dice.getrandbits(128):032x}"} for value in tenants]
        return Load(self.network, "load", self.folder, f"http://{address}{prefix}", headers)

    def _exchanged(self, rows: list[Row], rounds: int, connections: int) -> dict[str, list[tuple[float, float]]]:
        """What each row measured, round by round, with its table in the gateway. One process has both in turn, for two
        Envoys of the same configuration differ by a tenth."""
        seen: dict[str, list[tuple[float, float]]] = {row.name: [] for row in rows}
        for turn in range(rounds):
            for tenants in (FEW, MANY) if turn % 2 else (MANY, FEW):
                self._use(self.tables[tenants], self.tables[FEW + MANY - tenants])
                asked = [row for row in rows if row.tenants == tenants]
                asked[-1].load.run(connections, self.seconds)  # a new table is cold
                for row in asked:
                    seen[row.name].append(row.load.run(connections, self.seconds))
        return seen

    def _use(self, table: list[Object], other: list[Object]) -> None:
        """Gives the gateway this table for the other one, and waits until it has it."""
        names = {item["metadata"]["name"] for item in table}
        for item in table:
            self.stage.change(item)
        for item in other:
            if item["metadata"]["name"] not in names:
                self.stage.change(item, delete=True)
        wanted: dict[str, object] = {}
        for item in table:
            wanted |= item["spec"]["configPatches"][1]["patch"]["value"]["typed_per_filter_config"]
        end = time.monotonic() + 60
        while [config["route_config"]["typed_per_filter_config"] for config in self._routes()] != [wanted]:
            if time.monotonic() > end:
                raise RuntimeError("the gateway does not take its table")
            time.sleep(0.05)

    def _routes(self) -> list[dict[str, Any]]:
        dump: dict[str, list[dict[str, Any]]] = json.loads(self.stage.fetch(self.gate, f"http://127.0.0.1:{ADMIN}/config_dump?resource=dynamic_route_configs"))
        return dump["configs"]

    def _hop(self, side: Pod, callee: str, lane: str, plan: Plan) -> None:
        address = self.stage.cluster.addresses["city-env-00", callee]
        host = f"{callee}.city-env-00.svc.cluster.local"
        loads = {
            "plain Envoy": Load(self.network, "pside", self.folder, f"http://{address}:{PORT}/", [{"Host": host}]),
            "no colour": Load(self.network, side.space, self.folder, f"http://{address}:{PORT}/", [{"Host": host}]),
            "a lane of the last route": Load(self.network, side.space, self.folder, f"http://{address}:{PORT}/", [{"Host": host, "x-lane": lane}]),
        }
        latencies = {name: [middle for _, middle in seen] for name, seen in in_turn(loads, self.single, 1, self.seconds).items()}
        routes = plan.routes("env-00", callee)
        print(f"a sidecar's hop to {callee}, which {sum(len(route.lanes) for route in routes)} lanes send to {len(routes)} other versions")
        for name, seen in latencies.items():
            print(f"  {name:41} {statistics.median(seen):8.0f} µs {added(seen, latencies['plain Envoy']):>8}", flush=True)

    def _cost(self, plan: Plan, side: Pod, caller: str) -> None:
        dice = random.Random(7)
        keys = dice.sample(sorted(key for key in self.stage.cluster.pods if key[0].startswith("city-env")), 5)
        found = [held(self.stage, side), *(held(self.stage, self.stage.envoy(key, self.version)) for key in keys)]
        scoped = Held(*(statistics.median(getattr(one, name) for one in found) for name in Held.__dataclass_fields__))  # type: ignore[arg-type]
        scope = next(item for item in self.stage.cluster.istio if item["kind"] == "Sidecar" and (item["metadata"]["namespace"], item["metadata"]["name"]) == ("city-env-00", caller))
        self.stage.change(scope, delete=True)
        whole = self._settled(side, found[0])
        each = self._naive(plan, side, scope, whole)
        services, routes = len(plan.services), len(plan.services) * (MANY + 1)
        print("a sidecar holds                               routes  clusters   dump, KB   heap, MB")
        for name, one in ((f"as compiled (median of {len(found)})", scoped), ("without its scope", whole)):
            print(f"  {name:40} {one.routes:10,.0f} {one.clusters:9,.0f} {one.kilobytes:10,.0f} {one.heap:10.1f}")
        print(f"  {f'{services} services × {MANY:,} tenants':40} {routes:10,} {'':9} {routes * each.kilobytes:10,.0f} {routes * each.heap:10,.0f}  (reckoned from {each.routes:,} such routes, measured)", flush=True)

    def _settled(self, side: Pod, before: Held) -> Held:
        """What a sidecar holds when a change has reached it: other than before, and the same some seconds later."""
        last, end = before, time.monotonic() + 180
        while time.monotonic() < end:
            time.sleep(5)
            now = held(self.stage, side)
            if (now.routes, now.clusters) == (last.routes, last.clusters) != (before.routes, before.clusters):
                return now
            last = now
        raise RuntimeError("a change does not reach the sidecar")

    def _naive(self, plan: Plan, side: Pod, scope: dict[str, object], whole: Held) -> Held:
        """What one route costs in the layout that gives each service a route per tenant, from one service that has them."""
        self.stage.change(scope)
        before = self._settled(side, whole)
        callee = plan.services[scope["metadata"]["name"]].calls[0]  # type: ignore[index]
        routed = next(item for item in self.stage.cluster.istio if item["kind"] == "VirtualService" and (item["metadata"]["namespace"], item["metadata"]["name"]) == ("city-env-00", callee))
        default = routed["spec"]["http"][-1]
        entries = [{"name": f"t{index}", "match": [{"headers": {"x-tenant": {"exact": f"t{index}"}}}], "route": default["route"]} for index in range(SENT)]
        self.stage.change(routed | {"spec": routed["spec"] | {"http": [*entries, default]}})
        after = self._settled(side, before)
        count = after.routes - before.routes + len(routed["spec"]["http"]) - 1
        kilobytes = (after.kilobytes - before.kilobytes) / (after.routes - before.routes)
        return Held(count, 0, kilobytes, max(after.heap - before.heap, 0) / (after.routes - before.routes))


def added(seen: list[float], plain: list[float]) -> str:
    """The median of paired differences."""
    difference = statistics.median(one - other for one, other in zip(seen, plain, strict=True))
    return f"{difference:+.0f} µs" if difference else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("services", 200), ("environments", 20), ("running", 60), ("branches", 400), ("lanes", 300), ("rounds", 24)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=int, default=1, help="of a round; wrk takes whole ones")
    parser.add_argument("--envoy", choices=tools.ENVOYS, default=tools.NEWEST)
    parser.add_argument("--least", type=float, default=LEAST, help="share of the throughput that many tenants must leave")
    options = vars(parser.parse_args())
    version, rounds, seconds, least = options.pop("envoy"), options.pop("rounds"), options.pop("seconds"), options.pop("least")
    if rounds < 2:
        parser.error("an error of measurement needs two rounds")
    tools.prepare([version])
    network.sweep()
    if (share := Bench(options, version, rounds, seconds).run()) < least:
        print(f"at most {share:.2f} of the throughput is left, less than {least}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
