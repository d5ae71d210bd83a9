"""`python -m tests.edge.cost`: what each name that rules look at costs a request, on a real Envoy.

One worker answers by itself behind the compiled filter, and wrk asks it; a name of each kind is the
difference between many and one. `COSTS` of `generator/vocabulary/telling.py` holds the result.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import compiled
from tests.envoy import JWT, table
from tests.mesh import tools

MANY, ROUNDS, SECONDS = 200, 3, 2
TYPES = "type.googleapis.com/envoy.extensions"
CLAIMS = {f"c{index}": index for index in range(20)}
# What a browser sends.
HEADERS = {
    "host": "test.example.com",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language": "en-GB,en;q=0.7",
    "cookie": "; ".join(f"k{index}=value-{index}" for index in range(10)),
    "referer": "https://test.example.com/",
}


def config(programs: list[str], port: int, claims: dict[str, Any] | None = None) -> dict[str, Any]:
    """An Envoy that answers 200 behind the filters, with claims as if a token had been verified."""
    filters = []
    if claims is not None:
        known = {"metadata_namespace": JWT, "value": {"payload": claims}}
        content = {"metadata": [known]}
        filters.append(filtered("claims", "set_metadata.v3.Config", content))
    for index, program in enumerate(programs):
        content = {"default_source_code": {"inline_string": program}}
        filters.append(filtered(f"lua-{index}", "lua.v3.Lua", content))
    route = {"match": {"prefix": "/"}, "direct_response": {"status": 200}}
    hosts = [{"name": "all", "domains": ["*"], "routes": [route]}]
    return managed(filters, {"route_config": {"virtual_hosts": hosts}}, port)


def managed(filters: list[dict[str, Any]], routes: dict[str, Any], port: int) -> dict[str, Any]:
    """A listener on loopback with these filters and the router."""
    manager = {
        "@type": f"{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "edge",
        "http_filters": [*filters, filtered("router", "router.v3.Router", {})],
    }
    name = "envoy.filters.network.http_connection_manager"
    chain = {"filters": [{"name": name, "typed_config": manager | routes}]}
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    return {"static_resources": {"listeners": [{"address": address, "filter_chains": [chain]}]}}


def filtered(name: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    typed = {"@type": f"{TYPES}.filters.http.{kind}"} | content
    return {"name": name, "typed_config": typed}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def listens(port: int) -> None:
    """Waits until a port is listened at: on a busy machine for a minute."""
    for _ in range(1200):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens at {port}")


@contextmanager
def envoy(
    programs: list[str], claims: dict[str, Any] | None = None, version: str = tools.NEWEST
) -> Iterator[tuple[int, int]]:
    """(port, process) of an Envoy that runs."""
    port = free_port()
    with started(config(programs, port, claims), port, version) as process:
        yield port, process


@contextmanager
def started(content: dict[str, Any], port: int, version: str) -> Iterator[int]:
    """The process of an Envoy that listens at the port."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "envoy.json"
        path.write_text(json.dumps(content))
        options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
        process = subprocess.Popen([str(tools.envoy(version)), "-c", str(path), *options])
        try:
            listens(port)
            yield process.pid
        finally:
            process.kill()
            process.wait()


def microseconds(port: int, process: int, headers: dict[str, str] | None = None) -> float:
    """The time that Envoy computes for a request, the least of some rounds: what else a machine does
    matters little to it."""
    given = [word for pair in (headers or HEADERS).items() for word in ("-H", ": ".join(pair))]
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS}s", *given, f"http://127.0.0.1:{port}/"]
    times = []
    for _ in range(ROUNDS):
        before = _computed(process)
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = re.search(r"([0-9]+) requests in", said)
        assert found, said
        assert "Non-2xx" not in said, said
        times.append(1e6 * (_computed(process) - before) / int(found[1]))
    return min(times)


def _computed(process: int) -> float:
    """Seconds of processor time that a process has had."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def programs_of(kind: str, names: int) -> list[str]:
    """The table of a tenant with so many names of a kind."""
    jwt = "ingress: {jwt: [{issuer: i, jwks: '{\"keys\": []}'}]}\n"
    platform = f"name: shop\nargocd: {{repository: https://git.example.com/shop.git}}\n{jwt}"
    rules = "".join(f"- {kind}: {{n{index}: v}}\n" for index in range(names))
    tenant = f"match:\n{rules}lane: test/login\n"
    files = {
        "environments/platform.yaml": platform,
        "environments/tenants/acme.yaml": tenant,
    }
    return table(compiled(files))


def main() -> int:
    for kind in ("header", "cookie", "claim"):
        times = []
        for names in (1, MANY):
            claims = CLAIMS if kind == "claim" else None
            with envoy(programs_of(kind, names), claims) as running:
                times.append(microseconds(*running))
        each = (times[1] - times[0]) / (MANY - 1)
        print(f"{kind}: {times[0]:.1f} µs with 1, {times[1]:.1f} with {MANY}: {each:.3f} each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
