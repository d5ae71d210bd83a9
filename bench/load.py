"""Who asks and who answers beside the mesh: wrk, and Envoys with one route and nothing else."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from pathlib import Path
from typing import Any

from bench.stage import PORT
from tests.mesh import tools
from tests.mesh.network import PROXY_USER, Network

_TYPES = "type.googleapis.com/envoy.extensions.filters"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 (of a namespace that the bench makes)
SCRIPT = """\
local all, made, turn = {
%s
}, {}, 0
function init()
  for index, headers in ipairs(all) do made[index] = wrk.format('GET', nil, headers) end
end
function request()
  turn = turn %% #made + 1
  return made[turn]
end
"""


class Static:
    """An Envoy with a configuration of its own and nothing in it but one route: to an address, or
    an answer at once."""

    def __init__(
        self,
        network: Network,
        space: str,
        folder: Path,
        version: str,
        port: int,
        upstream: str | None,
    ) -> None:
        place = folder / f"{space}-{port}.json"
        place.write_text(json.dumps({"static_resources": _resources(port, upstream)}))
        if port < 1024:
            allow = ("sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=0")
            subprocess.run(network.inside(space, *allow), check=True, capture_output=True)
        who = (f"--reuid={PROXY_USER}", f"--regid={PROXY_USER}", "--clear-groups")
        options = ("--concurrency", "1", "--disable-hot-restart", "--log-level", "error")
        command = ("setpriv", *who, "--pdeathsig=KILL", str(tools.envoy(version)))
        self.process = subprocess.Popen(
            network.inside(space, *command, "-c", str(place), *options),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def _resources(port: int, upstream: str | None) -> dict[str, Any]:
    """A listener at a port, and the cluster that it sends to."""
    answer: dict[str, Any] = {"direct_response": {"status": 200, "body": {"inline_string": "ok\n"}}}
    to = {"route": {"cluster": "up"}} if upstream else answer
    host = {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}} | to]}
    router = _filter("http", "router", "Router")
    manager = _filter(
        "network",
        "http_connection_manager",
        "HttpConnectionManager",
        stat_prefix="plain",
        http_filters=[router],
        route_config={"virtual_hosts": [host]},
    )
    listener = {
        "address": _address(_EVERYWHERE, port),
        "filter_chains": [{"filters": [manager]}],
    }
    return {"listeners": [listener], "clusters": [_cluster(upstream)] if upstream else []}


def _filter(family: str, name: str, message: str, **fields: Any) -> dict[str, Any]:
    kind = {"@type": f"{_TYPES}.{family}.{name}.v3.{message}"}
    return {"name": f"envoy.filters.{family}.{name}", "typed_config": kind | fields}


def _cluster(address: str) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(address, PORT)}}
    assignment = {"cluster_name": "up", "endpoints": [{"lb_endpoints": [endpoint]}]}
    return {"name": "up", "type": "STATIC", "load_assignment": assignment}


def _address(address: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": address, "port_value": port}}


class Load:
    """wrk in a namespace, which sends requests with these headers in turn."""

    def __init__(
        self, network: Network, space: str, folder: Path, url: str, headers: list[dict[str, str]]
    ) -> None:
        self.network, self.space, self.url = network, space, url
        self.script = folder / f"{space}-{random.randrange(1 << 32):x}.lua"
        self.script.write_text(SCRIPT % ",\n".join(map(_table, headers)))

    def run(self, connections: int, seconds: int) -> tuple[float, float]:
        """(requests per second, median latency in microseconds); every answer must be 200."""
        wrk = ("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency")
        said = subprocess.run(
            self.network.inside(self.space, *wrk, "-s", str(self.script), self.url),
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"LC_ALL": "C"},
        ).stdout
        rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
        middle = re.search(r"50%\s+([\d.]+)(us|ms|s)", said)
        if not rate or not middle or "Non-2xx" in said or "Socket errors" in said:
            raise RuntimeError(f"{self.url}: {said}")
        return float(rate[1]), float(middle[1]) * {"us": 1, "ms": 1e3, "s": 1e6}[middle[2]]


def _table(headers: dict[str, str]) -> str:
    """Headers as Lua writes a table."""
    pairs = (f"[{json.dumps(key)}] = {json.dumps(value)}" for key, value in headers.items())
    return f"{{{', '.join(pairs)}}}"
