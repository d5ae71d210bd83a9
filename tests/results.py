"""What a heavy run showed, as data: build/results/<target>.json, which `python -m tests.matrix --results` makes a page of."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TOP = Path(__file__).parent.parent
FOLDER = TOP / "build/results"


def commit() -> str:
    """The commit of the tree here, with a `+` where it was edited; empty outside of git."""
    git = ["git", "-C", str(TOP)]
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if head.returncode:
        return ""
    edited = subprocess.run(
        [*git, "status", "--porcelain"], capture_output=True, text=True, check=False
    )
    return head.stdout.strip() + ("+" if edited.stdout else "")


def record(target: str, *, seconds: float, wrong: int, **counts: int) -> None:
    """Keeps what a target showed: how much of what was asked, and how much was wrong."""
    kept: dict[str, Any] = {
        "version": 1,
        "target": target,
        "commit": commit(),
        "when": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(seconds),
        "wrong": wrong,
        "counts": counts,
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{target}.json").write_text(json.dumps(kept, indent=1) + "\n")


def read(folder: Path = FOLDER) -> list[Mapping[str, Any]]:
    """All results that are kept, the newest of each target."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
