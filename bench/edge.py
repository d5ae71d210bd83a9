"""`python -m bench.edge`: what the compiled edge and a sidecar cost, on real Envoys, under wrk, in
the city.

- throughput of one gateway with the table of 10 tenants and with that of 20,000, which are
  exchanged between the rounds, for an entry that speaks HTTP/1 and for one that speaks HTTP/2. The
  ten ask for the versions that the twenty thousand ask for, as often: more pods are more
  connections, which cost an Envoy in HTTP/2 some percent with any table
- the latency that the edge and a sidecar's hop with 300 lanes add to that of the plain Envoy, as
  medians of the same run
- what a sidecar holds, from its own configuration dump: with the scope that gen gives it, without,
  and as if each service had a route per tenant

Exit 1 if 20,000 tenants cost more than a tenth of the throughput, by more than twice the error of
measurement.
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
from typing import Any

from bench.asked import FEW, MANY, Versions, added, busiest, chosen, shared, versions, weights
from bench.city import tenant
from bench.held import cost
from bench.load import Load, Static
from bench.stage import PORT, Stage, files, objects
from generator.compiler.compile import compile_sources, valid
from generator.plan.plan import Plan
from generator.targets.output import emit_tenants
from generator.vocabulary.source import Sources
from tests.mesh import network, tools
from tests.mesh.envoy import ADMIN, Pod
from tests.mesh.kubelet import Object, read

SENT = 1000  # different requests
UP, PLAIN_GATE, PLAIN_SIDE, CLIENT = "10.244.200.1", "10.244.200.2", "10.244.200.3", "10.244.200.4"
LEAST = 0.9
Seen = dict[str, list[tuple[float, float]]]  # name → (requests a second, median latency) a round
Entries = dict[str, tuple[str, Versions]]  # protocol → (prefix, who answers each tenant there)


@dataclass(frozen=True)
class Row:
    """Requests to the gateway with the table of so many tenants."""

    name: str
    load: Load
    tenants: int
    beside: str = ""  # the row that it is a share of


def in_turn(loads: dict[str, Load], rounds: int, connections: int, seconds: int) -> Seen:
    """What each load measured, in turn, so that a busy machine is busy for all."""
    seen: Seen = {name: [] for name in loads}
    for _ in range(rounds):
        for name, load in loads.items():
            seen[name].append(load.run(connections, seconds))
    return seen


def rates(seen: Seen) -> dict[str, list[float]]:
    return {name: [rate for rate, _ in rounds] for name, rounds in seen.items()}


def latencies(seen: Seen) -> dict[str, list[float]]:
    return {name: [middle for _, middle in rounds] for name, rounds in seen.items()}


def say(start: float, what: str) -> None:
    print(f"  {what}, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)


class Bench:
    def __init__(self, size: dict[str, int], version: str, rounds: int, seconds: int) -> None:
        self.size, self.version, self.rounds, self.seconds = size, version, rounds, seconds
        # One connection's latency is steadier than a throughput.
        self.single = max(rounds // 3, 3)
        self.network = network.Network()
        self.closing: list[Stage | Static] = []
        self.tables: dict[int, list[Object]] = {}  # filters of the edge, by the number of tenants

    def run(self) -> float:
        """The share of the throughput that many tenants leave, at the most."""
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
        print(
            f"city of {', '.join(f'{number} {what}' for what, number in self.size.items())}; "
            f"Envoy {self.version}, one worker; "
            f"{self.rounds} rounds of {self.seconds} s in turn",
            flush=True,
        )
        start = time.perf_counter()
        content = files(MANY, self.size)
        plan = self._compile(content, MANY)
        entries = self._entries(plan)
        few = chosen([units for _, units in entries.values()])
        self._compile(_with_tenants(content, few), FEW)
        things = objects(content, self.folder / "city")
        say(start, f"{len(things)} objects compiled and rendered")
        start = time.perf_counter()
        self.stage = Stage(self.network, things)
        self.closing.append(self.stage)
        taken = len(self.stage.cluster.core) + len(self.stage.cluster.istio)
        say(start, f"{taken} objects taken by the control plane")
        caller, callee, lane = busiest(plan)
        self._plain(plan, callee)
        self.gate = self.stage.envoy(None, self.version)
        side = self.stage.envoy(("city-env-00", caller), self.version)
        time.sleep(1)
        share = self._edge(entries, few)
        self._hop(side, callee, lane, plan)
        cost(self.stage, self.version, plan, side, caller)
        return share

    def _compile(self, content: dict[str, str], tenants: int) -> Plan:
        plan = valid(
            compile_sources(Sources({path: raw.encode() for path, raw in content.items()}))
        ).plan
        printed = emit_tenants(plan)
        self.tables[tenants] = []
        for path in printed:
            if path.startswith("overlays/edge/tenants"):
                self.tables[tenants] += read(printed[path].decode())
        return plan

    @staticmethod
    def _entries(plan: Plan) -> Entries:
        """The first entry of each protocol that env-00 answers."""
        found: Entries = {}
        for prefix, service, _ in _entries(plan):
            protocol = plan.services[service].ports[0].protocol
            if protocol not in found:
                found[protocol] = prefix, versions(plan, service)
        if found.keys() != {"http", "http2"}:
            raise RuntimeError(
                f"env-00 lets in {' and '.join(found) or 'nobody'}, and both http and http2 "
                "are measured: let it run more services (--running)"
            )
        return found

    def _plain(self, plan: Plan, callee: str) -> None:
        """Envoys with one route and nothing else, in the place of pods, gateway and sidecar."""
        entries = _entries(plan)
        asked = (callee, *(service for _, service, _ in entries))
        pods = self.stage.cluster.pods
        addresses = [
            pod["status"]["podIP"] for (_, name), pod in pods.items() if name.startswith(asked)
        ]
        self.network.add("up", [UP, *addresses], redirect=False)
        for port in {PORT, *(port for _, _, port in entries)}:
            self._static("up", port, None)
        self.network.add("pgate", [PLAIN_GATE], redirect=False)
        self._static("pgate", 80, UP)
        self.network.add("pside", [PLAIN_SIDE], redirect=True)
        self._static("pside", 15001, UP)
        self.network.add("load", [CLIENT], redirect=False)

    def _static(self, space: str, port: int, upstream: str | None) -> None:
        self.closing.append(Static(self.network, space, self.folder, self.version, port, upstream))

    def _edge(self, entries: Entries, few: list[str]) -> float:
        """The share of the throughput with few tenants that is left with many, at the most: two
        errors above what was seen."""
        rows = self._rows(entries, few)
        seen = rates(self._exchanged(rows, self.rounds, 32))
        middles = latencies(self._exchanged(rows, self.single, 1))
        print(f"{'the gateway':42} requests/s  of {FEW} tenants'   latency    added")
        least = 1.0
        for row in rows:
            share = more = ""
            if row.beside:
                middle, error = shared(seen[row.beside], seen[row.name])
                share, least = f"{middle:.2f} ± {error:.2f}", min(least, middle + 2 * error)
            if "HTTP/1" in row.name:
                more = added(middles[row.name], middles[rows[0].name])
            rate = statistics.median(seen[row.name])
            middle = statistics.median(middles[row.name])
            print(
                f"  {row.name:40} {rate:10,.0f} {share:>15} {middle:7.0f} µs {more:>8}", flush=True
            )
        return least

    def _rows(self, entries: Entries, few: list[str]) -> list[Row]:
        dice, gate = random.Random(7), self.stage.cluster.gateway["status"]["podIP"]
        rows = [Row("plain Envoy, HTTP/1", self._load(PLAIN_GATE, "/", [""] * SENT), FEW)]
        for protocol, name in (("http", "HTTP/1"), ("http2", "HTTP/2")):
            prefix, units = entries[protocol]
            ten = dice.choices(few, weights(units, few), k=SENT)
            beside = Row(f"{name}, {FEW} tenants", self._load(gate, prefix, ten), FEW)
            all_of_them = dice.choices(list(units), k=SENT)
            load = self._load(gate, prefix, all_of_them)
            rows += [beside, Row(f"{name}, {MANY:,} tenants", load, MANY, beside.name)]
        return rows

    def _load(self, address: str, prefix: str, tenants: list[str]) -> Load:
        """Each request has a session of its own, as those of different users: HTTP/2 sends what was
        sent before as a number, and requests that are alike are cheaper for it than any that come
        in from outside."""
        dice = random.Random(7)
        headers = [
            {
                "Host": "env-00.example.com",
                "x-tenant": value,
                "Cookie": f"session={dice.getrandbits(128):032x}",
            }
            for value in tenants
        ]
        return Load(self.network, "load", self.folder, f"http://{address}{prefix}", headers)

    def _exchanged(self, rows: list[Row], rounds: int, connections: int) -> Seen:
        """What each row measured, round by round, with its table in the gateway. One process has
        both in turn, for two Envoys of the same configuration differ by a tenth."""
        seen: Seen = {row.name: [] for row in rows}
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
        wanted: dict[str, object] = {}
        for item in table:
            self.stage.change(item)
            wanted |= item["spec"]["configPatches"][1]["patch"]["value"]["typed_per_filter_config"]
        for item in other:
            if item["metadata"]["name"] not in names:
                self.stage.change(item, delete=True)
        end = time.monotonic() + 60
        while self._filters() != [wanted]:
            if time.monotonic() > end:
                raise RuntimeError("the gateway does not take its table")
            time.sleep(0.05)

    def _filters(self) -> list[Any]:
        """What the gateway's routes hold for its filters."""
        url = f"http://127.0.0.1:{ADMIN}/config_dump?resource=dynamic_route_configs"
        configs = json.loads(self.stage.fetch(self.gate, url))["configs"]
        return [config["route_config"]["typed_per_filter_config"] for config in configs]

    def _hop(self, side: Pod, callee: str, lane: str, plan: Plan) -> None:
        address = self.stage.cluster.addresses["city-env-00", callee]
        url, host = f"http://{address}:{PORT}/", f"{callee}.city-env-00.svc.cluster.local"

        def load(space: str, **headers: str) -> Load:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return Load(self.network, space, self.folder, url, [{"Host": host} | named])

        loads = {
            "plain Envoy": load("pside"),
            "no colour": load(side.space),
            "a lane of the last route": load(side.space, x_lane=lane),
        }
        middles = latencies(in_turn(loads, self.single, 1, self.seconds))
        routes = plan.routes("env-00", callee)
        lanes = sum(len(route.lanes) for route in routes)
        print(f"a sidecar's hop to {callee}, which {lanes} lanes send to {len(routes)} versions")
        for name, seen in middles.items():
            more = added(seen, middles["plain Envoy"])
            print(f"  {name:41} {statistics.median(seen):8.0f} µs {more:>8}", flush=True)


def _entries(plan: Plan) -> list[tuple[str, str, int]]:
    """(prefix, service, port) of what env-00 lets in and answers."""
    here = plan.answers["env-00"]
    return [way[:3] for way in plan.entries() if way.service in here]


def _with_tenants(content: dict[str, str], few: list[str]) -> dict[str, str]:
    """The city with these tenants alone."""
    theirs = {tenant(int(value.removeprefix("t"))) for value in few}
    return {
        path: text for path, text in content.items() if "/tenants/" not in path or path in theirs
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    size = {"services": 200, "environments": 20, "running": 60, "branches": 400, "lanes": 300}
    for name, default in size.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--seconds", type=int, default=1, help="of a round; wrk takes whole ones")
    parser.add_argument("--envoy", choices=tools.ENVOYS, default=tools.NEWEST)
    parser.add_argument(
        "--least",
        type=float,
        default=LEAST,
        help="share of the throughput that many tenants must leave",
    )
    return parser


def main() -> int:
    parser = _parser()
    options = vars(parser.parse_args())
    version, least = options.pop("envoy"), options.pop("least")
    rounds, seconds = options.pop("rounds"), options.pop("seconds")
    if rounds < 2:
        parser.error("an error of measurement needs two rounds")
    tools.prepare([version])
    network.sweep()
    share = Bench(options, version, rounds, seconds).run()
    if share < least:
        print(f"at most {share:.2f} of the throughput is left, less than {least}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
