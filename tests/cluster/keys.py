"""GPG keys: that of who publishes, one that Argo CD knows besides, and one that it does not know."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

NAMES = ("publisher", "colleague", "stranger")
KNOWN = ("publisher", "colleague")  # to Argo CD


class Keys:
    """`home` is the keyring of all three; `ids` are what an AppProject names them by."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / ".gnupg"
        self.home.mkdir(mode=0o700)
        self.known = folder / "keys"
        self.known.mkdir()
        self.ids = {name: self._make(name) for name in NAMES}
        for name in KNOWN:
            key = self.ids[name]
            (self.known / key).write_text(self._gpg("--armor", "--export", key))

    def _make(self, name: str) -> str:
        mail = f"{name}@example.com"
        self._gpg("--passphrase", "", "--quick-gen-key", mail, "rsa2048", "sign", "never")
        listed = self._gpg("--with-colons", "--list-keys", mail)
        return next(line.split(":")[4] for line in listed.splitlines() if line.startswith("pub:"))

    def _gpg(self, *words: str) -> str:
        return subprocess.run(
            ["gpg", "--batch", *words],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "GNUPGHOME": str(self.home)},
        ).stdout

    def close(self) -> None:
        """Ends the agent that gpg started."""
        around = {**os.environ, "GNUPGHOME": str(self.home)}
        subprocess.run(["gpgconf", "--kill", "all"], env=around, check=False)
