"""The reference shim of the conversion guide, on real connections: three services, each calling the next."""

from __future__ import annotations

import http.client
import importlib.util
import json
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType

import pytest

from tests.conftest import TOP

PATH = TOP / "docs/examples/shim.py"


@pytest.fixture(scope="module")
def shim() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shim", PATH)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["shim"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["authority", "calleeHeader", "port"])
def chain(request: pytest.FixtureRequest, shim: ModuleType) -> Iterator[tuple[str, int]]:
    """First → second → third; each answers with what it and the ones behind it were sent. The second calls from a pool."""
    servers: dict[str, ThreadingHTTPServer] = {}
    following = {"first": "second", "second": "third"}
    pool = ThreadPoolExecutor(1)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            me = next(name for name, server in servers.items() if server is self.server)
            with shim.serving(self.headers):
                further = []
                if me in following:
                    ask = (
                        shim.carried(lambda: call(following[me]))
                        if me == "second"
                        else lambda: call(following[me])
                    )
                    further = pool.submit(ask).result() if me == "second" else ask()
            own = {name.lower(): value for name, value in self.headers.items()}
            body = json.dumps([own, *further]).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    def call(name: str) -> list[dict[str, str]]:
        host, port = servers[name].server_address[:2]
        authority, headers = shim.calling(
            f"trpc.shop.{name}", str(host), port, request.param, {"X-Callee": "left over"}
        )
        connection = http.client.HTTPConnection(str(host), port, timeout=5)
        connection.request("GET", "/", headers={"host": authority} | headers)
        return json.loads(connection.getresponse().read())  # type: ignore[no-any-return]

    for name in ("first", "second", "third"):
        servers[name] = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=servers[name].serve_forever, daemon=True).start()
    yield request.param, servers["first"].server_address[1]
    for server in servers.values():
        server.shutdown()
        server.server_close()
    pool.shutdown()


@pytest.mark.parametrize(
    "sent, arrives", [({"X-Lane": "test/b"}, "test/b"), ({}, None), ({"x-lane": "a,b"}, None)]
)
def test_the_colour_and_the_name_travel(
    chain: tuple[str, int], sent: dict[str, str], arrives: str | None
) -> None:
    by, port = chain
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/", headers=sent | {"baggage": "user=7", "x-other": "stays here"})
    _, second, third = json.loads(connection.getresponse().read())
    for name, seen in (("second", second), ("third", third)):
        assert (
            seen.get("x-lane") == arrives and seen["baggage"] == "user=7" and "x-other" not in seen
        )
        assert seen["host"].startswith(f"trpc.shop.{name}:" if by == "authority" else "127.0.0.1:")
        assert seen.get("x-callee") == (f"trpc.shop.{name}" if by == "calleeHeader" else None)


def test_nothing_stays_behind(shim: ModuleType) -> None:
    with shim.serving({"x-lane": "test/b"}):
        assert shim.received() == {"x-lane": "test/b"}
    assert shim.calling("n", "10.0.0.1", 1) == ("n:1", {})


def test_it_is_short() -> None:
    assert len(PATH.read_text().splitlines()) < 100
