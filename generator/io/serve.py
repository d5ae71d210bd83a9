"""The live page over HTTP, for whoever knows its address on this machine, and nobody else.

It listens on loopback alone. A page of another site can still make a browser ask it, under a name
that it lets resolve to loopback, so `Host` and `Origin` must be its own; a secret in the path keeps
other users of the machine out. Nothing can be written by it, and no file is read by a name that
somebody sends."""

from __future__ import annotations

import hmac
import json
import secrets
import socketserver
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from generator.io.live import State
from generator.views.report.page import listed, live_page, live_policy
from generator.vocabulary.refusal import Refusal

HERE = "127.0.0.1"
ROOM = 64  # connections at a time
LINES = 24  # of those, pages that listen
BEAT = 10.0  # seconds after which a page that left is noticed
PATIENCE = 10  # seconds in which a request must be there, and what is sent be taken
TRIES = 500  # milliseconds before a browser asks again


class Board:
    """The state that pages show, and who waits for the next."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._state: State | None = None
        self.listeners = 0

    def put(self, state: State) -> None:
        with self._news:
            self._state = state
            self._news.notify_all()

    @property
    def state(self) -> State:
        """The state, once there is one."""
        with self._news:
            self._news.wait_for(lambda: self._state is not None)
            assert self._state is not None  # noqa: S101 it was waited for
            return self._state

    def after(self, number: int, seconds: float) -> State | None:
        """Another state than that of a number, if one comes in time."""
        with self._news:
            self._news.wait_for(lambda: self._other(number), seconds)
            return self._state if self._other(number) else None

    def _other(self, number: int) -> bool:
        return self._state is not None and self._state.number != number

    def join(self) -> bool:
        """Counts a page that listens, if there is room for it."""
        with self._news:
            if self.listeners >= LINES:
                return False
            self.listeners += 1
            self._news.notify_all()
            return True

    def leave(self) -> None:
        with self._news:
            self.listeners -= 1

    def looked_at(self, seconds: float) -> bool:
        """Whether anybody listens; waits so long, or until somebody new does."""
        with self._news:
            before = self.listeners
            self._news.wait_for(lambda: self.listeners > before, seconds)
            return self.listeners > 0


class Server(ThreadingHTTPServer):
    """Serves a board until it is closed."""

    daemon_threads = True
    request_queue_size = 32

    def __init__(self, port: int, board: Board) -> None:
        self.board, self.secret = board, secrets.token_urlsafe(24)
        self._room = threading.Semaphore(ROOM)
        self.policy = f"{live_policy()}; frame-ancestors 'none'"
        try:
            super().__init__((HERE, port), Handler)
        except OSError as error:
            raise _untaken(port, error) from None
        self.hosts = {f"{name}:{self.server_port}" for name in (HERE, "localhost")}

    @property
    def address(self) -> str:
        return f"http://{HERE}:{self.server_port}/{self.secret}/"

    def server_bind(self) -> None:
        """Without asking anybody what loopback is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HERE, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a browser that left
            super().handle_error(request, client_address)


def _untaken(port: int, error: OSError) -> Refusal:
    return Refusal(
        f"port {port} of {HERE} cannot be taken: {error.strerror}",
        "end what listens there, or name another: `gen serve --port 0` finds one that is free",
        exit_code=2,
    )


class Handler(BaseHTTPRequestHandler):
    """One request: the page, or the line on which it hears what is new."""

    server: Server
    timeout = PATIENCE
    server_version, sys_version = "gen", ""

    def do_GET(self) -> None:
        wrong = self._wrong()
        path, _, asked = self.path.partition("?")
        begin = f"/{self.server.secret}/"
        if wrong is not None:
            self.send_error(wrong)
        elif not hmac.compare_digest(path[: len(begin)].encode(), begin.encode()):
            self.send_error(HTTPStatus.NOT_FOUND)
        elif path[len(begin) :] == "":
            self._page()
        elif path[len(begin) :] == "events" and self.command == "GET":
            self._events(asked)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET  # noqa: N815 as the library calls it

    def _wrong(self) -> HTTPStatus | None:
        """What another site, or another name for this machine, has a browser ask is refused."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].strip().lower() not in self.server.hosts:
            return HTTPStatus.MISDIRECTED_REQUEST
        origins = {f"http://{host}" for host in self.server.hosts}
        if not origins.issuperset(self.headers.get_all("Origin", [])):
            return HTTPStatus.FORBIDDEN
        # A person may follow a link to the page out of a terminal that is a page itself.
        follows = self.headers.get("Sec-Fetch-Dest") == "document"
        if self.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin") or follows:
            return None
        return HTTPStatus.FORBIDDEN

    def _page(self) -> None:
        state = self.server.board.state
        text = live_page(state.shown, state.told).encode()
        self._head("text/html; charset=utf-8", len(text))
        if self.command == "GET":
            self.wfile.write(text)

    def _events(self, asked: str) -> None:
        if not self.server.board.join():
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            self._head("text/event-stream")
            self.wfile.write(f"retry: {TRIES}\n\n".encode())
            self._tell(_number(self.headers.get("Last-Event-ID"), asked))
        except OSError:  # it left
            pass
        finally:
            self.server.board.leave()

    def _tell(self, number: int) -> None:
        """Each state after that of a number; a page that heard none yet may lack its data too."""
        while True:
            state = self.server.board.after(number, BEAT)
            if state is None:
                self.wfile.write(b":\n\n")
                continue
            wanted = state.fresh if state.number == number + 1 else state.shown.keys()
            fresh = listed({name: state.shown[name] for name in state.shown if name in wanted})
            told = {"told": state.told, "names": [*state.shown], "fresh": fresh}
            number = state.number
            self.wfile.write(f"id: {number}\nevent: state\ndata: {json.dumps(told)}\n\n".encode())

    def _head(self, kind: str, length: int | None = None) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self._guards()
        self.end_headers()

    def _guards(self) -> None:
        for name, value in (
            ("Content-Security-Policy", self.server.policy),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ):
            self.send_header(name, value)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Nothing that was sent is said again."""
        del message, explain
        text = f"{code} {HTTPStatus(code).phrase}\n".encode()
        self.close_connection = True
        self.send_response(code, HTTPStatus(code).phrase)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self._guards()
        self.end_headers()
        if getattr(self, "command", None) != "HEAD":
            self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """An address is a secret; logs have none."""


def _number(last: str | None, asked: str) -> int:
    """Of which state a page knows: that of the last event, or of the page itself."""
    text = last or parse_qs(asked).get("after", ["0"])[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
