"""A real Gitea, built once, with its own rules for tags, branches and signatures."""

from __future__ import annotations

import base64
import http.client
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.mesh.tools import CACHE, program
from tests.torture.servers.server import NOBODY, Server, open_port

VERSION = "v1.26.0"
ADMIN, PUBLISHER, READER = "keeper", "publisher", "reader"
PASSWORD = "s3cret-of-gitea"
_HERE = Path(__file__).parent.parent / "gitea"
_CONFIG = """
RUN_MODE = prod
WORK_PATH = {folder}
[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = http://127.0.0.1:{port}/
DISABLE_SSH = true
OFFLINE_MODE = true
STATIC_ROOT_PATH = {static}
APP_DATA_PATH = {folder}/data
[database]
DB_TYPE = sqlite3
PATH = {folder}/data/gitea.db
[repository]
ROOT = {folder}/repositories
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
[service]
DISABLE_REGISTRATION = true
[log]
MODE = console
LEVEL = Warn
[indexer]
ISSUE_INDEXER_TYPE = db
[cron]
ENABLED = false
"""


def binary() -> Path:
    """Gitea's one program. The first build takes minutes."""
    return program(_HERE, "code.gitea.io/gitea", ("-tags", "sqlite sqlite_unlock_notify"))


def static() -> Path:
    """Its templates and options, copied where another user may read them."""
    kept = CACHE / "gitea" / VERSION
    if not kept.exists():
        fetch = ["go", "mod", "download", "-json", "code.gitea.io/gitea"]
        said = subprocess.run(fetch, cwd=_HERE, check=True, capture_output=True, text=True)
        unfinished = kept.with_name(f"{VERSION}.{os.getpid()}")
        unfinished.mkdir(parents=True)
        for name in ("templates", "options", "public"):
            source = Path(json.loads(said.stdout)["Dir"]) / name
            subprocess.run(["cp", "-r", source, unfinished], check=True)
        subprocess.run(["chmod", "-R", "u+w,a+rX", unfinished], check=True)
        unfinished.rename(kept)
    return kept


class Gitea(Server):
    name = "gitea"

    def start(self) -> None:
        self._config = self.folder / "app.ini"
        self._config.write_text(_CONFIG.format(folder=self.folder, port=self.port, static=static()))
        self.give(self.folder)
        self._command("migrate")
        for user in (ADMIN, PUBLISHER, READER):
            words = ["--username", user, "--password", PASSWORD, "--email", f"{user}@example.com"]
            words += ["--must-change-password=false"] + (["--admin"] if user == ADMIN else [])
            self._command("admin", "user", "create", *words)
        self.run(*self._words("web"), owner=NOBODY, HOME=str(self.folder), USER="nobody")
        self.wait(lambda: open_port(self.port))
        self.wait(lambda: self.ask("GET", "/version")[0] == 200)

    def project(self, name: str) -> str:
        self.must("POST", "/user/repos", {"name": name, "private": False})
        for user, right in ((PUBLISHER, "write"), (READER, "read")):
            path = f"/repos/{ADMIN}/{name}/collaborators/{user}"
            self.must("PUT", path, {"permission": right})
        return self.url(name)

    def url(self, name: str, user: str = PUBLISHER, password: str = PASSWORD) -> str:
        return f"http://{user}:{password}@127.0.0.1:{self.port}/{ADMIN}/{name}.git"

    def bare(self, name: str) -> Path:
        return self.folder / "repositories" / ADMIN / f"{name}.git"

    def must(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the API answers; it has to be yes."""
        status, said = self.ask(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {said}")
        return said

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, user: str = ADMIN
    ) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        word = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {word}", "Content-Type": "application/json"}
        try:
            connection.request(method, f"/api/v1{path}", json.dumps(body or {}), headers)
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        return reply.status, json.loads(text) if text.startswith(("{", "[")) else text

    def _words(self, *words: str) -> list[object]:
        return [binary(), "--config", self._config, "--work-path", self.folder, *words]

    def _command(self, *words: str) -> None:
        whose = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        before = ["setpriv", *whose] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*before, *map(str, self._words(*words))],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "USER": "nobody"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"gitea {' '.join(words)}: {done.stdout}{done.stderr}")
