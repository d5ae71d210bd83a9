"""A server's processes on loopback, and the repositories on its disk."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.torture.world import git

SECONDS = 60  # until a server answers, on a machine that does much else
NOBODY = 65534  # who servers run as where the tests run as root


class Server:
    """What all servers have. `project` makes an empty repository, and answers its address."""

    name = ""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"gen-{self.name}-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.processes: list[subprocess.Popen[Any]] = []
        self.port = free()

    def start(self) -> None:
        raise NotImplementedError

    def project(self, name: str) -> str:
        raise NotImplementedError

    def bare(self, name: str) -> Path:
        """Where the repository lies on the server's disk."""
        raise NotImplementedError

    @property
    def settings(self) -> dict[str, str]:
        """What a clone's configuration needs to get in."""
        return {}

    def hook(self, name: str, kind: str, text: str | None) -> None:
        """Puts a hook into a repository, or takes it away."""
        file = self.bare(name) / "hooks" / kind
        file.unlink(missing_ok=True)
        if text is not None:
            file.write_text(f"#!/bin/sh\n{text}\n")
            file.chmod(0o755)

    def setting(self, name: str, key: str, value: str | None) -> None:
        """A setting of a repository on the server."""
        words = ["--unset", key] if value is None else [key, value]
        self.git(name, "config", *words)

    def git(self, name: str, *words: str) -> str:
        """Git on the server's disk, whoever it belongs to."""
        return git(self.bare(name), "-c", "safe.directory=*", *words)

    def run(self, *command: object, owner: int | None = None, **variables: str) -> None:
        """Starts a process that ends with this one; as another user, where this one may do that."""
        words = ["setpriv", "--pdeathsig=KILL"]
        if owner is not None and os.geteuid() == 0:
            words += [f"--reuid={owner}", f"--regid={owner}", "--clear-groups"]
        with self.log.open("a") as log:
            self.processes.append(
                subprocess.Popen(
                    [*words, *map(str, command)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    start_new_session=True,
                    env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **variables},
                )
            )

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def give(self, path: Path) -> None:
        """Makes a folder the server's own, where it runs as another user."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", path], check=True)

    def wait(self, answers: Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS
        while not answers():
            ended = [each.args for each in self.processes if each.poll() is not None]
            if ended or time.monotonic() > end:
                said = self.log.read_text()[-3000:]
                raise RuntimeError(f"{self.name} does not answer: {ended or ''} {said}")
            time.sleep(0.05)

    def close(self) -> None:
        for process in reversed(self.processes):
            end(process)
        shutil.rmtree(self.folder, ignore_errors=True)


def end(process: subprocess.Popen[Any]) -> None:
    """Ends a process and all that it started: some leave theirs behind."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)


def free() -> int:
    """A port that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def open_port(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0
