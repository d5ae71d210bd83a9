"""An Envoy in a pod's namespace, configured by the control plane as a real sidecar or gateway is."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.mesh import tools
from tests.mesh.network import PROXY_USER, Network

ADMIN = 15000
TRUST = "cluster.local"  # the trust domain where nobody says one


@dataclass(frozen=True)
class Where:
    """The cluster that a proxy is in, the socket of its control plane, what its node says of networks, and the trust domain
    of its certificate. `kind` is neither a sidecar's nor a gateway's; `tunnels`: it speaks HBONE."""

    cluster: str = "Kubernetes"
    control: str = "ads"
    metadata: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    tunnels: bool = False
    trust: str = TRUST


class Client:
    """A process inside a pod's namespace that sends what it is told to, one request after the other."""

    def __init__(self, network: Network, space: str) -> None:
        command = network.inside(space, str(tools.peer()), "client")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


class Pod:
    """A namespace with an Envoy and a client. `kubernetes` is the Pod object."""

    def __init__(
        self,
        network: Network,
        space: str,
        kubernetes: dict[str, Any],
        binary: Path,
        folder: Path,
        gateway: bool = False,
        where: Where | None = None,
    ) -> None:
        self.name, self.space = kubernetes["metadata"]["name"], space
        self.log = folder / f"{space}.log"
        self.log.touch()
        self.log.chmod(0o666)  # Envoy reopens its standard output as its own user
        bootstrap = folder / f"{space}.json"
        bootstrap.write_text(json.dumps(_bootstrap(kubernetes, folder, gateway, where or Where())))
        user = [
            "setpriv",
            f"--reuid={PROXY_USER}",
            f"--regid={PROXY_USER}",
            "--clear-groups",
            "--pdeathsig=KILL",
        ]
        if gateway:
            subprocess.run(
                network.inside(space, "sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=0"),
                check=True,
                capture_output=True,
            )
        # As Istio's agent starts it: after a change of listeners a connection is closed with its next answer.
        drain = ["--drain-time-s", "45", "--drain-strategy", "immediate"]
        options = [
            "-c",
            str(bootstrap),
            "--concurrency",
            "1",
            "--disable-hot-restart",
            "--log-level",
            "warning",
            *drain,
        ]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                network.inside(space, *user, str(binary), *options),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self.client = Client(network, space)

    def ask(self, **request: Any) -> dict[str, Any]:
        return self.client.ask(**request)

    def admin(self, path: str) -> dict[str, Any]:
        return self.ask(address="127.0.0.1", port=ADMIN, host="admin", path=path)

    def wait(self, seconds: float = 30) -> None:
        """Until the whole configuration was taken; nothing is believed before."""
        end = time.monotonic() + seconds
        while self.admin("/ready").get("body", "").strip() != "LIVE":
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError(
                    f"Envoy of {self.name} is not ready: {self.log.read_text()[-3000:]}"
                )
            time.sleep(0.02)
        stats = self.admin("/stats?filter=update_rejected").get("body", "")
        if any(
            not line.endswith(": 0") for line in stats.splitlines() if "update_rejected" in line
        ):
            raise RuntimeError(
                f"Envoy of {self.name} rejected its configuration: {stats}\n{self.log.read_text()[-3000:]}"
            )

    def close(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()


def _bootstrap(pod: dict[str, Any], folder: Path, gateway: bool, where: Where) -> dict[str, Any]:
    metadata, address = pod["metadata"], pod["status"]["podIP"]
    kind = where.kind or ("router" if gateway else "sidecar")
    node = {
        "id": f"{kind}~{address}~{metadata['name']}.{metadata['namespace']}~{metadata['namespace']}.svc.cluster.local",
        "cluster": metadata["name"],
        "metadata": {
            "NAMESPACE": metadata["namespace"],
            "CLUSTER_ID": where.cluster,
            "ISTIO_VERSION": "1.31.0",
            "INSTANCE_IPS": address,
            "INTERCEPTION_MODE": "REDIRECT",
            "SERVICE_ACCOUNT": pod["spec"]["serviceAccountName"],
            "TRUST_DOMAIN": where.trust,
            "LABELS": metadata["labels"],
            "WORKLOAD_NAME": metadata["name"],
            "NAME": metadata["name"],
            **where.metadata,
        },
    }
    xds = {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"}
    flags = {
        "re2.max_program_size.error_level": 32768,
        "envoy.reloadable_features.http_reject_path_with_fragment": False,
    }
    return _internal(where.tunnels) | {
        "node": node,
        "layered_runtime": {
            "layers": [
                {"name": "static", "static_layer": flags},
                {"name": "admin", "admin_layer": {}},
            ]
        },
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": ADMIN}}},
        "dynamic_resources": {
            "lds_config": xds,
            "cds_config": xds,
            "ads_config": {
                "api_type": "DELTA_GRPC",
                "transport_api_version": "V3",
                "set_node_on_first_message_only": True,
                "grpc_services": [{"envoy_grpc": {"cluster_name": "xds-grpc"}}],
            },
        },
        "static_resources": {
            "clusters": [
                _socket("xds-grpc", folder / where.control),
                _socket("sds-grpc", folder / "sds"),
            ]
        },
    }


def _internal(tunnels: bool) -> dict[str, Any]:
    """Tunnels lead through listeners inside the proxy."""
    wanted = "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener"
    extension = {"name": "envoy.bootstrap.internal_listener", "typed_config": {"@type": wanted}}
    return {"bootstrap_extensions": [extension]} if tunnels else {}


def _socket(name: str, path: Path) -> dict[str, Any]:
    http2 = {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {}},
    }
    endpoint = {"endpoint": {"address": {"pipe": {"path": str(path)}}}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2
        },
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
