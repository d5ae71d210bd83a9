"""A case in which some environments have sidecars and others a waypoint, in one mesh under one control plane."""

from __future__ import annotations

import subprocess
from typing import Any

from tests.mesh import firewall
from tests.mesh.ambient import Ambient
from tests.mesh.envoy import Pod, Where
from tests.mesh.kubelet import Addresses, Cluster, Object


class Proxied(Pod):
    """A pod with a sidecar, which may lead raw TCP to a tunnel. One of these small tunnels can end its answer only by
    resetting a stream whose other direction is open, and a sidecar resets the connection then."""

    def ask(self, **request: Any) -> dict[str, Any]:
        return super().ask(torn=True, **request)


class Mixed(Ambient):
    def _cluster(self, addresses: Addresses | None) -> Cluster:
        made = super()._cluster(addresses)
        self.walled = self.dice.random() < 0.5  # apart from what the topology was drawn by
        self._as_said()
        return made

    def _as_said(self) -> None:
        """Each namespace is on the plane that its environment says."""
        platform = self.input.platform["mesh"].get("plane", "sidecar")
        for name, said in self.input.environments.items():
            enrolled = self.enrolled.is_enrolled(self.input.namespace(name))
            if enrolled != (said.get("plane", platform) == "ambient"):
                raise RuntimeError(f"{name} is not on the plane that it says")

    def _bring_up(self, envoy: Any) -> None:
        # What a proxy refuses is told by it (403), and what a tunnel or the network refuses by who called (503).
        self.judge.by_network = self.judge.either = True
        super()._bring_up(envoy)

    def _client(self, space: str, pod: Object) -> Any:
        """A sidecar asks by its own Envoy."""
        if _has_tunnel(pod):
            return super()._client(space, pod)
        where = Where(tunnels=True, trust=self.input.trust(""))
        return Proxied(self.network, space, pod, self.envoy, self.folder, where=where)

    def _start_pod(self, space: str, pod: Object) -> list[subprocess.Popen[Any]]:
        if _has_tunnel(pod):
            return super()._start_pod(space, pod)
        self.network.add(space, [pod["status"]["podIP"]], redirect=True)
        if self.walled:
            self.network.filter(space, firewall.rules(self.cluster.core, pod, self.direction))
        return [self._served(space, pod)]

    def is_unknown(self, answer: dict[str, Any]) -> bool:
        """A sidecar is not told of the name, or hears nothing from where it leads; what has none comes as far as that."""
        cut = answer.get("status") == 503 and "upstream connect error" in answer["body"]
        return cut or answer.get("status") == 502 or super().is_unknown(answer)


def _has_tunnel(pod: Object) -> bool:
    return "annotations" in pod["metadata"]
