"""`python -m tests.edge.weights`: shares of lanes hold from the first request on, in each worker of a
real Envoy, across changes of the table.

The table comes as a part of the routes, as at the gateway; here a file holds them. Of each change
the first requests are counted, each on a connection of its own, so that workers take turns.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.conftest import compiled
from tests.edge.cost import TYPES, filtered, free_port, listens, managed
from tests.envoy import table
from tests.mesh import tools

CHANGES, FIRST, WORKERS = 60, 8, 2
SHARES = {"perf": 10, "mixed": 90}
TENANT = (
    "match: [{header: {x-tenant: w}}]\n"
    "lane: [{lane: perf, weight: 10}, {lane: mixed, weight: 90}]\n"
)


def routes(program: str, change: int) -> dict[str, Any]:
    """What the file of routes says; each answer tells the change and the lane."""
    told = [("x-change", str(change)), ("x-given", "%REQ(x-lane)%")]
    route = {
        "match": {"prefix": "/"},
        "direct_response": {"status": 200},
        "response_headers_to_add": [
            {"header": {"key": key, "value": value}} for key, value in told
        ],
    }
    code = {"inline_string": f"{program}\n-- {change}\n"}
    per_route = {"@type": f"{TYPES}.filters.http.lua.v3.LuaPerRoute", "source_code": code}
    configuration = {
        "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
        "name": "edge",
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}],
        "typed_per_filter_config": {"gen.tenants": per_route},
    }
    return {"version_info": str(change), "resources": [configuration]}


def put(folder: Path, program: str, change: int) -> None:
    """Envoy sees a file that is moved into its place."""
    unfinished = folder / "unfinished.json"
    unfinished.write_text(json.dumps(routes(program, change)))
    unfinished.rename(folder / "routes.json")


def asked(port: int) -> tuple[int, str]:
    """(change, lane) of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/", headers={"host": "test.example.com", "x-tenant": "w"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return int(answer.headers["x-change"]), answer.headers["x-given"]


def first_lanes(version: str) -> list[list[str]]:
    """Of each change, the lanes of the first requests."""
    (program,), port, found = (
        table(compiled({"environments/tenants/w.yaml": TENANT})),
        free_port(),
        [],
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        put(folder, program, 0)
        source = {"path_config_source": {"path": str(folder / "routes.json")}}
        rds = {"rds": {"route_config_name": "edge", "config_source": source}}
        filters = [filtered("gen.tenants", "lua.v3.Lua", {})]
        path = folder / "envoy.json"
        node = {"node": {"id": "edge", "cluster": "edge"}}
        path.write_text(json.dumps(node | managed(filters, rds, port)))
        options = ["--concurrency", str(WORKERS), "--disable-hot-restart", "--log-level", "error"]
        process = subprocess.Popen([str(tools.envoy(version)), "-c", str(path), *options])
        try:
            listens(port)
            for change in range(1, CHANGES + 1):
                put(folder, program, change)
                lanes: list[str] = []
                while len(lanes) < FIRST:
                    seen, lane = asked(port)
                    lanes += [lane] if seen == change else []
                found.append(lanes)
        finally:
            process.kill()
            process.wait()
    return found


def main() -> int:
    wrong = 0
    for version in sys.argv[1:] or [tools.NEWEST]:
        found = first_lanes(version)
        share = SHARES["perf"] / sum(SHARES.values())
        turns = {f"request {turn + 1}": [lanes[turn] for lanes in found] for turn in range(FIRST)}
        turns["all"] = [lane for lanes in found for lane in lanes]
        for words, lanes in turns.items():
            fallen, count = lanes.count("perf"), len(lanes)
            if abs(fallen - count * share) > 5 * (count * share * (1 - share)) ** 0.5:
                wrong += 1
                print(f"  {words} of each change: {fallen} of {count} took a lane of {share:.0%}")
        fallen = turns["all"].count("perf")
        print(f"Envoy {version}: {fallen} of {len(turns['all'])} took a lane of {share:.0%}")
        wrong += fallen == 0
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
