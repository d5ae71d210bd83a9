"""Kustomize's library as a program that builds many cases in memory, in two versions."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fetch import insist

HERE = Path(__file__).parent / "builder"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "/var/cache") / "gen-kustomize"
# Version → the module file that requires its library.
VERSIONS = {"5.5.0": "kustomize-5.5.0.mod", "5.8.2": "go.mod"}


@functools.cache
def builder(version: str) -> Path:
    """The program, built once into a cache that is keyed by what it is made of."""
    module = HERE / VERSIONS[version]
    parts = [HERE / "main.go", module, module.with_suffix(".sum")]
    key = hashlib.sha256(b"\0".join(path.read_bytes() for path in parts)).hexdigest()[:16]
    binary = CACHE / key / "builder"
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        print(f"building Kustomize {version} (once) …", file=sys.stderr)
        unfinished = binary.with_suffix(f".{os.getpid()}")
        command = ["go", "build", f"-modfile={module.name}", "-o", unfinished, "."]
        insist(command, cwd=HERE)
        unfinished.rename(binary)
    return binary


class Kustomize:
    """One running builder."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._process = subprocess.Popen(
            [builder(version)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def build(self, root: str, files: Mapping[str, str]) -> dict[str, Any]:
        """`objects` of a folder, or the `error`."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"root": root, "files": files}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
