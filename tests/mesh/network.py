"""Network namespaces: one per pod that has an Envoy, one that owns the addresses of all other pods, one bridge.

Everything carries the number of the process that made it, and ends with it; what a killed run left is swept away by
the next. No packet leaves these namespaces.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
from pathlib import Path

PROXY_USER = 1337
OUTBOUND, INBOUND, HBONE = 15001, 15006, 15008
PREFIX = "gen-mesh"
_NUMBER = itertools.count()

# As Istio's init container sets it: out through 15001 unless it is the proxy itself, in through 15006.
_REDIRECT = f"""*nat
:OUTPUT ACCEPT
:PREROUTING ACCEPT
-A OUTPUT -p tcp -m owner --uid-owner {PROXY_USER} -j RETURN
-A OUTPUT -p tcp -o lo -j RETURN
-A OUTPUT -p tcp -s 127.0.0.6/32 -j RETURN
-A OUTPUT -p tcp -j REDIRECT --to-ports {OUTBOUND}
-A PREROUTING -p tcp --dport 15090 -j RETURN
-A PREROUTING -p tcp --dport 15020 -j RETURN
-A PREROUTING -p tcp -j REDIRECT --to-ports {INBOUND}
COMMIT
"""

# As Istio's CNI sets it in an ambient mesh: what comes by a tunnel is the tunnel's, and so is what comes by none.
TUNNELLED = f"""*nat
:OUTPUT ACCEPT
:PREROUTING ACCEPT
-A OUTPUT -p tcp -m owner --uid-owner {PROXY_USER} -j RETURN
-A OUTPUT -p tcp -o lo -j RETURN
-A OUTPUT -p tcp -j REDIRECT --to-ports {OUTBOUND}
-A PREROUTING -p tcp --dport {HBONE} -j RETURN
-A PREROUTING -p tcp -j REDIRECT --to-ports {INBOUND}
COMMIT
"""


class Network:
    """A bridge and the namespaces on it. Addresses are 10.244.x.y/16."""

    def __init__(self) -> None:
        self.name = f"{PREFIX}-{os.getpid()}-{next(_NUMBER)}"
        self.spaces: list[str] = []
        self._ports = itertools.count(1)
        self._space("switch")
        _batch(
            self.inside("switch", "ip", "-batch", "-"),
            ["link set lo up", "link add bridge type bridge", "link set bridge up"],
        )

    def add(self, pod: str, addresses: list[str], redirect: bool, rules: str = _REDIRECT) -> None:
        """A namespace with these addresses; `redirect` sends its traffic through an Envoy, or where `rules` say."""
        space, port = self._space(pod), f"p{next(self._ports)}"
        switch = self.full("switch")
        _batch(
            ["ip", "-batch", "-"],
            [f"link add eth0 netns {space} type veth peer name {port} netns {switch}"],
        )
        _batch(self.inside("switch", "ip", "-batch", "-"), [f"link set {port} master bridge up"])
        lines = [
            "link set lo up",
            *(f"addr add {address}/16 dev eth0" for address in addresses),
            "link set eth0 up",
        ]
        _batch(self.inside(pod, "ip", "-batch", "-"), [*lines, "route add default dev eth0"])
        if redirect:
            subprocess.run(
                self.inside(pod, "iptables-restore"),
                input=rules,
                text=True,
                check=True,
                capture_output=True,
            )

    def filter(self, pod: str, rules: str) -> None:
        """Adds tables of iptables to a pod's namespace."""
        subprocess.run(
            self.inside(pod, "iptables-restore", "--noflush"),
            input=rules,
            text=True,
            check=True,
            capture_output=True,
        )

    def inside(self, pod: str, *command: str) -> list[str]:
        """A command as it is run inside a pod's namespace."""
        return ["ip", "netns", "exec", self.full(pod), *command]

    def remove(self, pod: str) -> None:
        """A namespace and what is plugged into it."""
        self.spaces.remove(self.full(pod))
        _delete([self.full(pod)])

    def close(self) -> None:
        _delete(list(reversed(self.spaces)))

    def _space(self, pod: str) -> str:
        space = self.full(pod)
        subprocess.run(["ip", "netns", "add", space], check=True, capture_output=True)
        self.spaces.append(space)
        return space

    def full(self, pod: str) -> str:
        """The name of a namespace on this machine."""
        return f"{self.name}-{pod}"


def sweep() -> None:
    """Deletes the namespaces of runs that were killed."""
    left = [
        path.name
        for path in Path("/run/netns").glob(f"{PREFIX}-*")
        if (found := re.fullmatch(rf"{PREFIX}-(\d+)-.*", path.name))
        and not Path("/proc", found[1]).exists()
    ]
    _delete(left)


def _delete(spaces: list[str]) -> None:
    if spaces:
        subprocess.run(
            ["ip", "-force", "-batch", "-"],
            input="".join(f"netns delete {space}\n" for space in spaces),
            text=True,
            capture_output=True,
            check=False,
        )


def _batch(command: list[str], lines: list[str]) -> None:
    done = subprocess.run(
        command, input="\n".join(lines) + "\n", text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
