"""gitolite behind a real sshd, which runs as whoever runs the tests."""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path

from tests.torture.servers.server import Server, open_port

PUBLISHER = "publisher"
FULL = f"RW+ = {PUBLISHER}"
_SSHD = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin forced-commands-only
MaxStartups 100
SetEnv HOME={folder}/home
"""


class Gitolite(Server):
    name = "gitolite"

    def start(self) -> None:
        self.home = self.folder / "home"
        self.home.mkdir()
        for name in ("host", PUBLISHER, "stranger"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name]
            subprocess.run(words, check=True)
        key = (self.folder / f"{PUBLISHER}.pub").read_text()
        shell = f'restrict,command="{_shell()} {PUBLISHER}"'
        (self.folder / "authorized").write_text(f"{shell} {key}")
        (self.folder / "sshd.conf").write_text(_SSHD.format(folder=self.folder, port=self.port))
        if os.geteuid() == 0:  # sshd asks for it of root
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self._gitolite("setup", "-pk", str(self.folder / f"{PUBLISHER}.pub"))
        self.rules: dict[str, str] = {}
        self.run("/usr/sbin/sshd", "-D", "-e", "-f", self.folder / "sshd.conf")
        self.wait(lambda: open_port(self.port))

    def project(self, name: str) -> str:
        self.rule(name, FULL)
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}/{name}"

    def bare(self, name: str) -> Path:
        return self.home / "repositories" / f"{name}.git"

    @property
    def settings(self) -> dict[str, str]:
        return {"core.sshCommand": self.ssh(PUBLISHER)}

    def ssh(self, who: str, known: str = "known") -> str:
        """How git gets there, with somebody's key."""
        return (
            f"ssh -F /dev/null -i {self.folder / who} -o IdentitiesOnly=yes -o BatchMode=yes "
            f"-o StrictHostKeyChecking={'no' if known == 'known' else 'yes'} "
            f"-o UserKnownHostsFile={self.folder / known} -o LogLevel=ERROR"
        )

    def rule(self, name: str, *lines: str) -> None:
        """What a repository allows, in gitolite's words."""
        self.rules[name] = "".join(f"    {line}\n" for line in lines)
        text = "".join(f"repo {repo}\n{rules}" for repo, rules in self.rules.items())
        (self.home / ".gitolite/conf/gitolite.conf").write_text(text)
        self._gitolite("compile")

    def writable(self, name: str, on: bool, why: str = "") -> None:
        self._gitolite("writable", name, *(["on"] if on else ["off", why]))

    def _gitolite(self, *words: str) -> None:
        around = {**os.environ, "HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["gitolite", *words], env=around, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"gitolite {words[0]}: {done.stdout}{done.stderr}")


def _shell() -> Path:
    found = subprocess.run(
        ["gitolite", "query-rc", "GL_BINDIR"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return Path(found or "/usr/share/gitolite3") / "gitolite-shell"
