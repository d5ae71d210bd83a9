"""A browser on this machine, by the WebDriver protocol: Chromium and its driver, as Debian ships
them."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

PATIENCE = 60.0
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage", "--host-resolver-rules=MAP rebound.example.com 127.0.0.1"]  # fmt: skip


def there() -> bool:
    return shutil.which("chromedriver") is not None and shutil.which("chromium") is not None


class Browser:
    """One session. Scripts that a test runs are the driver's, and no policy of a page holds them."""

    def __init__(self, flags: Iterable[str] = ()) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._process = subprocess.Popen(
            ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._base = f"http://127.0.0.1:{port}"
        self._ready()
        options = {
            "goog:chromeOptions": {
                "binary": shutil.which("chromium"),
                "args": [*ARGUMENTS, *flags],
            },
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": options}})
        self._base += f"/session/{made['sessionId']}"
        self._call("POST", "/timeouts", {"script": 600_000})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._call("DELETE", "")
        finally:
            self._process.terminate()
            self._process.wait()

    def _ready(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if self._call("GET", "/status")["ready"]:
                    return
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > end:
                    raise
            time.sleep(0.1)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        raw = None if body is None and method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self._base + path, raw, {"Content-Type": "application/json"}, method=method)  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=900) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()[:2000]) from None

    def go(self, url: str) -> None:
        """Loads what is there."""
        self._call("POST", "/url", {"url": url})

    def open(self, page: Path | str, part: str = "") -> None:
        """Loads a page anew, and waits until it shows something."""
        self._call("POST", "/url", {"url": "about:blank"})
        where = page if isinstance(page, str) else page.resolve().as_uri()
        self._call("POST", "/url", {"url": where + part})
        end = time.monotonic() + PATIENCE
        while self.run("return document.getElementById('state') !== null"):
            assert time.monotonic() < end, self.run("return document.body.innerText")
            time.sleep(0.05)

    def run(self, script: str, *arguments: Any) -> Any:
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str, *arguments: Any) -> Any:
        """A script that calls its last argument with its answer."""
        return self._call("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def developer(self, command: str, **given: Any) -> Any:
        body = {"cmd": command, "params": given}
        return self._call("POST", "/goog/cdp/execute", body)

    def shown(self, width: int, height: int, *, dark: bool = False) -> None:
        """The size of the window, and which theme is asked for."""
        self.developer("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)  # fmt: skip
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.developer("Emulation.setEmulatedMedia", media="", features=[theme])

    def picture(self, file: Path, height: int = 4000) -> None:
        """All of the page, or what is above a height, as a PNG."""
        size = self.run("return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")  # fmt: skip
        clip = {"x": 0, "y": 0, "width": size[0], "height": min(size[1], height), "scale": 1}
        made = self.developer("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(made["data"]))

    def log(self, kind: str = "browser") -> list[Any]:
        entries: list[Any] = self._call("POST", "/se/log", {"type": kind})
        return entries
