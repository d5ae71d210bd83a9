"""Waiting for what was pushed: on a real repository, with a stand-in for Argo CD's API."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from generator.command import wait
from generator.views.awaited import pinned
from generator.vocabulary.names import applied
from tests.conftest import compiled
from tests.io.test_landing import House, house  # noqa: F401 a fixture
from tests.io.test_publish import git
from tests.views.test_awaited import live

Gen = Callable[..., tuple[int, str, str]]


@contextmanager
def argocd(answer: tuple[int, Any]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = (
                self.headers["Authorization"] == "Bearer read-only"
                and self.path == "/api/v1/applications"
            )
            self.send_response(answer[0] if known else 401)
            self.end_headers()
            self.wfile.write(json.dumps(answer[1]).encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_until_the_output_branch_holds_a_commit(
    house: House, gen: Gen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wait, "PAUSE", (0.05, 0.05))
    first = house.tip()
    ask = ("-C", house.clone, "wait", "--timeout", "0.1")
    code, out, err = gen(*ask, "--format", "json")
    told = json.loads(out)
    assert (
        code == 1
        and told["state"] == "missing"
        and "nothing is published" in told["missing"][0]["why"]
    ), err
    house.publish()
    code, out, err = gen(*ask)
    assert code == 0 and f"deploy holds {first[:10]}" in out, err
    second = house.commit("second")
    code, out, _ = gen(*ask)
    assert code == 1 and f"{second[:10]} is not published yet: it holds {first[:10]}" in out
    git(house.remote, "config", "uploadpack.allowFilter", "true")
    house.publish()
    house.commit("third")
    house.publish(compiled({"environments/lanes/more.yaml": "through: [test]\n"}).files)
    code, out, err = gen(*ask, "--commit", second[:10], "--format", "json")
    assert code == 0 and json.loads(out)["state"] == "there", err
    code, _, err = gen(*ask, "--commit", "f" * 40)
    assert code == 1 and "has no commit" in err


def test_until_a_lane_answers(house: House, gen: Gen, monkeypatch: pytest.MonkeyPatch) -> None:
    house.publish()
    files = compiled().files
    wanted = pinned({path: files[path] for path in files if applied(path)}, "test/login")
    items = [live(name, pin) for name, pin in wanted.items()]
    ask = ("-C", house.clone, "wait", "test/login", "--timeout", "0")
    file = house.folder / "applications.json"
    file.write_text(json.dumps({"items": items}))
    assert gen(*ask, "--applications", file)[0] == 0
    items[0]["status"]["health"]["status"] = "Degraded"
    monkeypatch.setenv("GEN_ARGOCD_TOKEN", "read-only")
    with argocd((200, {"items": items})) as url:
        code, out, err = gen(*ask, "--argocd", url)
        name = items[0]["metadata"]["name"]
        assert (
            code == 1
            and f"{name}: it is Degraded: one pod" in out
            and f"({url}/applications/{name})" in out
        ), err
        monkeypatch.setenv("GEN_ARGOCD_TOKEN", "wrong")
        code, out, err = gen(*ask, "--argocd", url)
        assert code == 1 and "does not know the token" in err and "wrong" not in out + err
    monkeypatch.delenv("GEN_ARGOCD_TOKEN")
    assert "GEN_ARGOCD_TOKEN" in gen(*ask, "--argocd", url)[2]
