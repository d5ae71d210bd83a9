"""The tutorials' commands do what the tutorials say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import TOP

_BLOCK = re.compile(r"^```sh(?: exit=(\d+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WHO = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}


def _host(folder: Path) -> dict[str, str]:
    """A Git host with one empty repository, which git takes for the one of the pages."""
    remote = folder / "host/config.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    settings = folder / ".gitconfig"
    settings.write_text(
        f'[url "{remote}"]\n\tinsteadOf = https://git.example.com/shop/config.git\n'
    )
    return {"HOME": str(folder), "GIT_CONFIG_GLOBAL": str(settings), "GEN_GIT_CONFIG": "machine"}


@pytest.mark.parametrize("page", ["tutorial", "bring-an-application", "pull-requests"])
def test_every_command_of_a_tutorial_runs(page: str, tmp_path: Path) -> None:
    program = tmp_path / "bin/gen"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m generator "$@"\n')
    program.chmod(0o755)
    who = _WHO | {key.replace("AUTHOR", "COMMITTER"): value for key, value in _WHO.items()}
    around = os.environ | who | {"PYTHONPATH": str(TOP), **_host(tmp_path)}
    around["PATH"] = f"{program.parent}{os.pathsep}{around['PATH']}"
    blocks = _BLOCK.findall((TOP / f"docs/{page}.md").read_text())
    assert len(blocks) > 5
    here = tmp_path
    for code, script in blocks:
        done = subprocess.run(
            ["bash", "-euc", f"{script}\npwd >{tmp_path}/where"],
            cwd=here,
            env=around,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == int(code or 0), script + done.stdout + done.stderr
        if not done.returncode:
            here = Path((tmp_path / "where").read_text().strip())
