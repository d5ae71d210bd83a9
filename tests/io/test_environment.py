"""git's surroundings are cleaned once, at the start of the process, for whoever calls git."""

from __future__ import annotations

import os
import subprocess
import sys

from generator.io.environment import cleaned

HOSTILE = {
    "GIT_DIR": "/tmp/other",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.fsmonitor",
    "GIT_CONFIG_VALUE_0": "touch owned",
    "GIT_CONFIG_PARAMETERS": "'core.fsmonitor=touch owned'",
    "GIT_EXEC_PATH": "/tmp/other",
    "GIT_TRACE": "1",
    "GIT_PYTHON_GIT_EXECUTABLE": "/tmp/other",
    "GIT_TERMINAL_PROMPT": "1",
    "SSH_ASKPASS": "/tmp/other",
}


def test_what_leads_git_elsewhere_goes_and_the_rest_stays() -> None:
    seen = cleaned(HOSTILE | {"PATH": "/bin", "GIT_SSH_COMMAND": "ssh -i key"})
    assert seen["PATH"] == "/bin" and seen["GIT_SSH_COMMAND"] == "ssh -i key"
    assert seen["GIT_TERMINAL_PROMPT"] == "0" and seen["GIT_CONFIG_GLOBAL"] == os.devnull
    assert not set(seen) & (set(HOSTILE) - {"GIT_TERMINAL_PROMPT"})
    assert cleaned(seen) == seen
    assert "GIT_CONFIG_GLOBAL" not in cleaned({"GEN_GIT_CONFIG": "machine"})


def test_the_process_itself_is_clean() -> None:
    """What a library hands on is the process's own."""
    program = (
        "import os, sys\nfrom generator.command import main\n"
        "main.run = lambda *_: print(*sorted(n for n in os.environ if n.startswith('GIT_'))) or 0\n"
        "main.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **HOSTILE},
    )
    seen = cleaned({**os.environ, **HOSTILE})
    assert done.stdout.split() == sorted(name for name in seen if name.startswith("GIT_"))
