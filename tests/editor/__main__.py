"""`make editor`: yaml-language-server reads this repository's example through its modelines, as an editor would.

It completes a service's keys, explains one, offers values, finds mistakes, and has nothing to say of any file that is right.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.conftest import TOP
from tests.fetch import insist

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gen-editor"
PATIENCE = 60.0


def server() -> list[str]:
    """The command of the server, installed once per lock file."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = CACHE / hashlib.sha256(lock).hexdigest()[:16]
    script = folder / "node_modules/yaml-language-server/bin/yaml-language-server"
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder / name)
        insist(["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
    return ["node", str(script), "--stdio"]


class Editor:
    """One session of the language server protocol."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            server(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.number = self.opened = 0
        self.diagnostics: dict[str, list[Any]] = {}
        settings = {
            "yaml": {
                "validate": True,
                "hover": True,
                "completion": True,
                "schemaStore": {"enable": False},
                "format": {"enable": False},
            }
        }
        self.settings = settings
        self.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": TOP.as_uri(),
                "capabilities": {"workspace": {"configuration": True}},
                "workspaceFolders": [{"uri": TOP.as_uri(), "name": "gen"}],
            },
        )
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": settings})

    def ask(self, method: str, parameters: Any) -> Any:
        self.number += 1
        self._send({"id": self.number, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if message.get("id") == self.number and "method" not in message:
                if "error" in message:
                    raise RuntimeError(message["error"])
                return message.get("result")

    def tell(self, method: str, parameters: Any) -> None:
        self._send({"method": method, "params": parameters})

    def open(self, path: str, text: str) -> str:
        self.opened += 1  # a name of its own each time: the server keeps what it learned of one
        uri = (TOP / path).with_name(f"editor-{self.opened}.yaml").as_uri()
        self.tell(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}},
        )
        return uri

    def problems(self, path: str, text: str) -> list[Any]:
        """What the server says of a text in the place of a file."""
        uri = self.open(path, text)
        started = time.monotonic()
        while uri not in self.diagnostics:
            assert time.monotonic() - started < PATIENCE, f"no word about {path}"
            self._receive()
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        return self.diagnostics[uri]

    def at(self, method: str, path: str, text: str) -> Any:
        """The answer at the place that `‸` marks."""
        before = text[: text.index("‸")]
        uri = self.open(path, text.replace("‸", ""))
        position = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        answer = self.ask(
            f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position}
        )
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        return answer

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()

    def _send(self, message: Any) -> None:
        raw = json.dumps({"jsonrpc": "2.0"} | message).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(raw), raw))
        self.process.stdin.flush()

    def _receive(self) -> Any:
        assert self.process.stdout
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        assert length, "the server is gone"
        message = json.loads(self.process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            items = (
                message.get("params", {}).get("items")
                if message["method"] == "workspace/configuration"
                else None
            )
            self._send(
                {
                    "id": message["id"],
                    "result": [self.settings.get(item.get("section")) for item in items]
                    if items is not None
                    else None,
                }
            )
        return message


def main() -> int:
    editor, done = Editor(), 0
    try:
        for path in sorted(
            str(file.relative_to(TOP)) for file in (TOP / "environments").rglob("*.yaml")
        ):
            text = (TOP / path).read_text()
            assert re.match(
                r"# yaml-language-server: \$schema=(\.\./)+schemas/[a-z]+\.json\n", text
            ), f"{path} has no modeline"
            found = editor.problems(path, text)
            assert not found, (path, found)
            done += 1
        service = "environments/services/orders/cart.yaml"
        line = (TOP / service).read_text().split("\n")[0] + "\n"
        right = (
            line
            + "image: registry.example.com/shop/cart\nports:\n  - {name: http, port: 80, protocol: http}\n"
        )
        labels = {item["label"] for item in editor.at("completion", service, right + "‸")["items"]}
        assert {
            "calls",
            "entry",
            "forwardsColour",
            "listens",
            "names",
            "owner",
            "accept",
        } <= labels, labels
        values = {
            item["label"]
            for item in editor.at("completion", service, right + "listens: ‸")["items"]
        }
        assert {"all", "podIP", "localhost"} <= values, values
        hover = json.dumps(
            editor.at("hover", service, right + "forwards‸Colour: true\n"), ensure_ascii=False
        )
        assert "copies the colour from a request" in hover, hover
        for wrong, place, words in (
            (right + "cals: []\n", 4, "cals"),
            (right.replace("port: 80", "port: 0"), 3, "minimum"),
            (right.replace("http}", "htp}"), 3, "Value is not accepted"),
            (line + "ports: []\n", 1, "image"),
        ):
            problems = editor.problems(service, wrong)
            assert any(words in problem["message"] for problem in problems), (wrong, problems)
            assert place in [problem["range"]["start"]["line"] for problem in problems], (
                place,
                problems,
            )
        print(
            f"editor: {done} files without a problem; completion, values, hover and four mistakes as they should be"
        )
    finally:
        editor.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
