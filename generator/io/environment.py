"""What the process knows of its surroundings, without what would lead git elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping

MACHINE = "GEN_GIT_CONFIG"  # `machine`: helpers, proxies and rewrites of the machine count
KEPT = frozenset({"GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_CAINFO"})
_ASKS = frozenset({"SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"})  # git asks people by it


def cleaned(variables: Mapping[str, str]) -> dict[str, str]:
    """Variables for any git that anybody starts: no other repository, no other configuration, no
    questions. Cleaning them again changes nothing."""
    kept = {
        name: value
        for name, value in variables.items()
        if name in KEPT or not (name.startswith("GIT_") or name in _ASKS)
    }
    if variables.get(MACHINE) != "machine":
        kept |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "LC_ALL": "C",
    }


def clean() -> None:
    """Cleans the process's own: libraries hand it on as it is."""
    variables = cleaned(os.environ)
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)
