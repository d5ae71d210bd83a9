"""Who may ask `gen serve` what."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.io import serve
from generator.io.cache import Saved
from generator.io.live import Live
from generator.io.serve import HERE, Board, Server
from tests.conftest import write

Gen = Callable[..., tuple[int, str, str]]
BRANCH = "environments/test/branches/login.yaml"


class Served:
    """A server over a small configuration, without a watcher."""

    def __init__(self, root: Path) -> None:
        self.root, self.board = write(root), Board()
        self.live = Live(self.root, Saved(), None)
        self.server = Server(0, self.board)
        self.port, self.path = self.server.server_port, f"/{self.server.secret}/"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.look()

    def look(self) -> None:
        if state := self.live.look():
            self.board.put(self.live.compare() or state)

    def ask(
        self, path: str | None = None, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPConnection(HERE, self.port, timeout=10)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, self.path if path is None else path, headers=given)
        answer = line.getresponse()
        found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        line.close()
        return found

    def raw(self, text: bytes) -> bytes:
        with socket.create_connection((HERE, self.port), 10) as line:
            line.sendall(text)
            answer = b""
            while piece := line.recv(65536):
                answer += piece
            return answer

    def events(self, after: int = 0) -> Iterator[dict[str, Any]]:
        line = http.client.HTTPConnection(HERE, self.port, timeout=10)
        line.request("GET", f"{self.path}events?after={after}")
        answer = line.getresponse()
        assert answer.getheader("content-type") == "text/event-stream"
        try:
            for row in iter(answer.readline, b""):
                if row.startswith(b"data: "):
                    yield json.loads(row[6:])
        finally:
            answer.close()
            line.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_the_page_comes_to_who_knows_its_address(served: Served) -> None:
    code, headers, body = served.ask()
    assert code == 200 and b'id="live"' in body
    assert headers["content-security-policy"].endswith("connect-src 'self'; frame-ancestors 'none'")
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["server"].strip() == "gen" and "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"
    code, headers, nothing = served.ask(method="HEAD")
    assert (code, nothing, headers["content-length"]) == (200, b"", str(len(body)))
    assert served.ask(Host=f"localhost:{served.port}")[0] == 200
    assert served.server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/", "", "/events", "/x/", "/%2e%2e/", "//", "/etc/passwd"])
def test_who_does_not_know_it_gets_nothing(served: Served, path: str) -> None:
    code, _, body = served.ask(path or "/")
    assert (code, body) == (404, b"404 Not Found\n")


def test_the_secret_is_whole_and_nothing_is_read_by_name(served: Served) -> None:
    wrong = [served.path[:-2] + "/", served.path[:-1], served.path.swapcase(), served.path[:-1] + "x/"]  # fmt: skip
    wrong += [f"{served.path}{more}" for more in ("x", "../environments/platform.yaml", "index.html", "events/", "//events")]  # fmt: skip
    for path in wrong:
        assert served.ask(path)[0] == 404, path
    assert len(served.server.secret) >= 32


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.com"},
        {"Host": "127.0.0.1"},
        {"Host": "localhost:1"},
        {"Host": "127.0.0.1.evil.example.com:{port}"},
        {"Host": "evil.example.com:{port}"},
        {"Host": "[::1]:{port}"},
        {"Host": ""},
        {"Origin": "http://evil.example.com"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "empty"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Dest": "iframe"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "script"},
    ],
)
@pytest.mark.parametrize("where", ["", "events"])
def test_another_site_is_refused_even_with_the_secret(
    served: Served, headers: dict[str, str], where: str
) -> None:
    given = {name: value.format(port=served.port) for name, value in headers.items()}
    code, _, body = served.ask(served.path + where, **given)
    assert code in (403, 421) and len(body) < 40


def test_its_own_page_and_a_link_are_let_in(served: Served) -> None:
    own = f"http://127.0.0.1:{served.port}"
    assert served.ask(Origin=own, Sec_Fetch_Site="same-origin")[0] == 200
    assert served.ask(Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="document")[0] == 200


def test_nothing_is_written_and_nothing_is_said_again(served: Served) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "<script>"):
        code, headers, body = served.ask(method=method)
        assert code == 501 and body == b"501 Not Implemented\n"
        assert headers["content-type"].startswith("text/plain")
    host, more = f"Host: 127.0.0.1:{served.port}\r\n", "a: b\r\n" * 200
    for text in (
        "<script>alert(1)</script>\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        f"GET {'/' * 70000} HTTP/1.1\r\n\r\n",
        f"GET / HTTP/1.1\r\n{host}{more}\r\n",
        f"GET {served.path} HTTP/1.1\r\n{host}{host}\r\n",
        f"GET {served.path} HTTP/1.1\r\n\r\n",
        f"GET http://127.0.0.1:{served.port}{served.path} HTTP/1.1\r\n{host}\r\n",
        f"GET {served.path}\xff HTTP/1.1\r\n{host}\r\n",
    ):
        answer = served.raw(text.encode("latin-1"))
        assert b"200 OK" not in answer and b"alert" not in answer and b"platform" not in answer
    assert served.ask()[0] == 200


def test_a_page_hears_each_state_and_what_it_missed(served: Served) -> None:
    heard = served.events()
    first = next(heard)
    assert first["told"]["number"] == 2 and first["fresh"]
    (served.root / BRANCH).write_text("runs: [")
    served.look()
    broken = next(heard)
    assert not broken["told"]["valid"] and broken["fresh"] == ""
    late = next(served.events(after=0))  # it has no data of a valid state yet
    assert not late["told"]["valid"] and late["fresh"] == first["fresh"]
    (served.root / BRANCH).write_text("runs:\n  api: {tag: b2}\n")
    served.look()
    told = next(heard)
    assert told["told"]["changes"]["summary"].startswith("1 of 1 tenant changes")
    come = {one.split(":")[0] for one in told["fresh"].split(" ")}
    assert come - {"head"} == {"rows", "services"} and come < {*told["names"]}  # nothing else
    heard.close()


def test_pages_that_left_are_forgotten_and_there_are_not_too_many(
    served: Served, monkeypatch: Any
) -> None:
    monkeypatch.setattr(serve, "BEAT", 0.02)
    monkeypatch.setattr(serve, "LINES", 2)
    lines = [served.events(), served.events()]
    for line in lines:
        next(line)
    assert served.ask(f"{served.path}events")[0] == 503
    for line in lines:
        line.close()
    end = time.monotonic() + 10
    while served.board.listeners:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert not served.board.looked_at(0.0)


def test_connections_that_say_nothing_keep_nobody_out(served: Served, monkeypatch: Any) -> None:
    monkeypatch.setattr(serve.Handler, "timeout", 0.3)
    idle = [socket.create_connection((HERE, served.port)) for _ in range(serve.ROOM + 10)]
    time.sleep(0.6)
    assert served.ask()[0] == 200
    for line in idle:
        line.close()


def test_a_port_that_is_taken_is_told_with_the_next_step(served: Served, gen: Gen) -> None:
    code, _, err = gen("-C", served.root, "serve", "--port", served.port)
    assert code == 2 and f"port {served.port} of 127.0.0.1 cannot be taken" in err
    assert "--port 0" in err
    assert gen("-C", served.root / "none", "serve", "--port", "0")[0] != 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    words = [sys.executable, "-m", "generator", "-C", str(write(tmp_path)), "serve", "--port", "0", "--format", "json"]  # fmt: skip
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "GEN_NO_CACHE": "1"}) as run:  # fmt: skip
        assert run.stdout and run.stderr
        url = json.loads(run.stdout.readline())["url"]
        assert json.loads(run.stdout.readline())["valid"]
        port = int(url.split(":")[2].split("/")[0])
        line = http.client.HTTPConnection(HERE, port, timeout=10)
        line.request("GET", "/" + url.split("/", 3)[3] + "events")
        assert line.getresponse().status == 200  # somebody listens
        (tmp_path / "aside").write_text("runs:\n  nobody: {tag: b2}\n")
        (tmp_path / "aside").replace(tmp_path / BRANCH)  # at once, however busy the machine is
        told = json.loads(run.stdout.readline())
        assert not told["valid"] and told["findings"][0]["file"] == BRANCH
        begun = time.monotonic()
        run.send_signal(how)
        assert run.wait(20) == 0 and time.monotonic() - begun < 3
        assert (run.stdout.read(), run.stderr.read()) == ("", "")
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind((HERE, port))


def test_what_a_terminal_is_told(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "generator", "-C", str(write(tmp_path)), "serve", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        assert run.stdout.readline().startswith("http://127.0.0.1:")
        assert run.stdout.readline() == "Ctrl-C ends it\n"
        assert run.stdout.readline().startswith("valid, 0 warnings (")
        (tmp_path / "environments/\x1b[31m.yaml").write_text("a: b\n")
        assert "\\u001b[31m" in run.stdout.readline()
        while "the page shows what was valid last" not in run.stdout.readline():
            pass
        (tmp_path / "environments/\x1b[31m.yaml").unlink()
        (tmp_path / "aside").write_text("runs:\n  api: {tag: b2}\n")
        (tmp_path / "aside").replace(tmp_path / BRANCH)
        while (line := run.stdout.readline()).startswith("valid, 0 warnings: no differences"):
            pass  # the other one was taken away before
        assert line.startswith("valid, 0 warnings: 1 of 1 tenant changes"), line
        run.send_signal(signal.SIGINT)
        assert run.wait(20) == 0
