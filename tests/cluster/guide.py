"""The guide of `docs/delivery.md`, followed literally: its commands are what is run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

TEXT = Path(__file__).parents[2] / "docs/delivery.md"


def commands() -> str:
    """All shell blocks of the chapter "Install on your cluster", in order."""
    chapter = re.search(
        r"^## Install on your cluster\n(.*?)(?=^## |\Z)", TEXT.read_text(), re.MULTILINE | re.DOTALL
    )
    assert chapter
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", chapter[1], re.MULTILINE | re.DOTALL))


def follow(folder: Path, variables: dict[str, str]) -> str:
    """Runs the commands in an empty folder; what they printed. A failing command ends it."""
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", commands()],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the guide fails: {done.stdout[-2000:]}\n{done.stderr[-3000:]}")
    return done.stdout
