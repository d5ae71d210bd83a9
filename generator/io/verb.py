"""A verb of gen in a process of its own, for whoever must keep its own streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 300
LARGEST = 1_000_000  # characters of a report that somebody is to read
SAID = 20_000  # characters of what is said on the side


@dataclass(frozen=True, slots=True)
class Told:
    """`exit_code` as `gen --help` has it, `report` the JSON of the verb, and `said` what else a
    person would have read."""

    exit_code: int
    report: Any
    said: str


def told(root: Path, verb: str, *words: str) -> Told:
    """What a verb tells of a configuration, as data."""
    command = [sys.executable, "-P", "-m", "generator", "-C", str(root), verb, "--format", "json"]
    try:
        done = subprocess.run(
            [*command, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            env=os.environ | {"NO_COLOR": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Told(1, None, f"gen {verb} took more than {SECONDS} s and was ended")
    if len(done.stdout) > LARGEST:
        size = len(done.stdout)
        much = f"the report has {size:,} characters, more than {LARGEST:,}; ask for less"
        return Told(done.returncode, None, much)
    return Told(done.returncode, _data(done.stdout), done.stderr[-SAID:])


def _data(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
