"""Commands that ask a module proxy or an index: one that fails is asked again, and its last word is told."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from typing import Any

PAUSES = (2, 5, 15)  # seconds


def insist(command: Sequence[object], **options: Any) -> subprocess.CompletedProcess[str]:
    """What the command said in the end; `subprocess.run`'s error after four tries."""
    words = [str(word) for word in command]
    for seconds in PAUSES:
        done = subprocess.run(words, check=False, text=True, **options)
        if done.returncode == 0:
            return done
        time.sleep(seconds)
    return subprocess.run(words, check=True, text=True, **options)
