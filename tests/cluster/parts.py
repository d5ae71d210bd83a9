"""The parts of a cluster as processes on loopback: etcd, API server, controllers, istiod, Redis, Argo CD.

`Parts` starts them in order, each once what it needs answers, and ends them all.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cluster import tools
from tests.cluster.api import Api, Failed
from tests.cluster.keys import Keys
from tests.mesh import tools as mesh_tools
from tests.mesh.case import MESH

SECONDS = 120  # until a part answers, on a machine that does much else
CONTROLLERS = (
    "deployment",
    "replicaset",
    "statefulset",
    "job",
    "cronjob",
    "disruption",
    "endpointslice",
    "namespace",
    "garbagecollector",
    "resourcequota",
    "horizontalpodautoscaling",
)


class Parts:
    """Running parts. `kubeconfig` is what kubectl and Argo CD are given, `token` who may do anything, `api` what the tests
    ask."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[Any]] = {}
        self.ports = dict(
            zip(
                (
                    "etcd",
                    "peers",
                    "api",
                    "redis",
                    "repository",
                    "metrics",
                    "repository-metrics",
                    "istiod",
                    "istiod-http",
                    "istiod-monitor",
                ),
                _free(10),
                strict=True,
            )
        )
        self.token = secrets.token_hex(16)
        self.api = Api(self.ports["api"], self.token)
        self.kubeconfig = folder / "kubeconfig"
        self.programs = folder / "bin"

    def start(self) -> None:
        """All parts, up to istiod; Argo CD comes when its namespace is there."""
        self.server()
        self._controllers()

    def server(self, *flags: str) -> None:
        """The API server, with its etcd."""
        self._etcd()
        self._kubernetes(flags)

    def _etcd(self) -> None:
        url, peers = (
            f"http://127.0.0.1:{self.ports['etcd']}",
            f"http://127.0.0.1:{self.ports['peers']}",
        )
        self.run(
            "etcd",
            [
                tools.etcd(),
                "--data-dir",
                self.folder / "etcd",
                "--listen-client-urls",
                url,
                "--advertise-client-urls",
                url,
                "--listen-peer-urls",
                peers,
                "--initial-advertise-peer-urls",
                peers,
                "--initial-cluster",
                f"default={peers}",
                "--unsafe-no-fsync",
            ],
        )
        self.wait("etcd", lambda: _get(f"{url}/health") is not None)

    def _kubernetes(self, flags: tuple[str, ...]) -> None:
        tokens, server = self.folder / "tokens", f"https://127.0.0.1:{self.ports['api']}"
        tokens.write_text(f"{self.token},admin,admin,system:masters\n")
        key = self.folder / "accounts.key"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        self.kubeconfig.write_text(_kubeconfig(server, self.token))
        self.run(
            "kube-apiserver",
            [
                tools.kubernetes("kube-apiserver"),
                "--etcd-servers",
                f"http://127.0.0.1:{self.ports['etcd']}",
                "--bind-address",
                "127.0.0.1",
                "--secure-port",
                self.ports["api"],
                "--advertise-address",
                "127.0.0.1",
                "--endpoint-reconciler-type",
                "none",
                "--cert-dir",
                self.folder / "certificates",
                "--service-cluster-ip-range",
                "10.96.0.0/16",
                "--token-auth-file",
                tokens,
                "--authorization-mode",
                "RBAC",
                "--allow-privileged",
                "--disable-admission-plugins",
                "ServiceAccount",
                "--service-account-issuer",
                server,
                "--service-account-key-file",
                key,
                "--service-account-signing-key-file",
                key,
                *flags,
            ],
        )
        self.wait("kube-apiserver", lambda: self.api.ask("GET", "/readyz") is not None)

    def _controllers(self) -> None:
        self.run(
            "kube-controller-manager",
            [
                tools.kubernetes("kube-controller-manager"),
                "--kubeconfig",
                self.kubeconfig,
                "--controllers",
                ",".join(CONTROLLERS),
                "--leader-elect=false",
                "--secure-port",
                "0",
                "--concurrent-gc-syncs",
                "5",
                "--horizontal-pod-autoscaler-sync-period=2s",
            ],
        )

    def istiod(self, system: str) -> None:
        """Istio's control plane; Envoys reach it through a socket, as they live in other network namespaces."""
        mesh = self.folder / "mesh"
        mesh.write_text(json.dumps(MESH | {"enableAutoMtls": True}))
        variables = {
            "POD_NAME": "istiod-0",
            "POD_NAMESPACE": system,
            "PILOT_ENABLE_METADATA_EXCHANGE": "false",
            "PILOT_ENABLE_ALPN_FILTER": "false",
        }
        self.run(
            "istiod",
            [
                tools.istiod(),
                "discovery",
                "--kubeconfig",
                self.kubeconfig,
                "--meshConfig",
                mesh,
                "--httpAddr",
                f"127.0.0.1:{self.ports['istiod-http']}",
                "--httpsAddr",
                "",
                "--grpcAddr",
                f"127.0.0.1:{self.ports['istiod']}",
                "--secureGRPCAddr",
                "",
                "--monitoringAddr",
                f"127.0.0.1:{self.ports['istiod-monitor']}",
            ],
            variables,
        )
        self.wait(
            "istiod",
            lambda: _get(f"http://127.0.0.1:{self.ports['istiod-http']}/ready") is not None,
        )
        self.run(
            "sockets",
            [
                "node",
                Path(__file__).with_name("socket.mjs"),
                self.folder / "ads",
                self.ports["istiod"],
            ],
        )
        self.run(
            "secrets",
            [mesh_tools.control_plane(), "-sds", self.folder / "sds"],
            stdin=subprocess.PIPE,
        )
        self.wait(
            "sockets",
            lambda: (self.folder / "ads").is_socket() and (self.folder / "sds").is_socket(),
        )

    def argocd(self, namespace: str) -> None:
        """Redis, the repo-server and the application controller."""
        self.run(
            "redis",
            [
                "redis-server",
                "--port",
                self.ports["redis"],
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                self.folder,
            ],
        )
        self.programs.mkdir()
        (self.programs / "kustomize").symlink_to(tools.kustomize())
        self._verifiers()
        empty = self.folder / "argocd"
        for name in ("tls", "ssh", "home", "work", "gpg"):
            (empty / name).mkdir(mode=0o700, parents=True)
        (empty / "ssh/ssh_known_hosts").touch()
        redis = {
            "REDIS_SERVER": f"127.0.0.1:{self.ports['redis']}",
            "KUBECONFIG": str(self.kubeconfig),
            "HOME": str(empty / "home"),
            "TMPDIR": str(empty / "work"),
        }
        common = redis | {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "ARGOCD_GPG_ENABLED": "true",
            "ARGOCD_GNUPGHOME": str(empty / "gpg"),
            "ARGOCD_GPG_DATA_PATH": str(self.keys.known),
            "ARGOCD_TLS_DATA_PATH": str(empty / "tls"),
            "ARGOCD_SSH_DATA_PATH": str(empty / "ssh"),
        }
        repository = f"127.0.0.1:{self.ports['repository']}"
        self.run(
            "argocd-repo-server",
            [
                tools.argocd(),
                "--disable-tls",
                *(["--client-ca-path", ""] if tools.argocd_is((3, 5)) else []),
                "--address",
                "127.0.0.1",
                "--port",
                self.ports["repository"],
                "--metrics-address",
                "127.0.0.1",
                "--metrics-port",
                self.ports["repository-metrics"],
                "--redis",
                redis["REDIS_SERVER"],
                "--loglevel",
                "info",
            ],
            common | {"ARGOCD_BINARY_NAME": "argocd-repo-server"},
        )
        self.run(
            "argocd-application-controller",
            [
                tools.argocd(),
                "--repo-server",
                repository,
                "--repo-server-plaintext",
                "--namespace",
                namespace,
                "--metrics-port",
                self.ports["metrics"],
                "--redis",
                redis["REDIS_SERVER"],
                "--loglevel",
                "info",
            ],
            common
            | {
                "ARGOCD_BINARY_NAME": "argocd-application-controller",
                "ARGOCD_FAKE_IN_CLUSTER": "true",
            },
        )
        self.wait(
            "argocd-application-controller",
            lambda: _get(f"http://127.0.0.1:{self.ports['metrics']}/metrics") is not None,
        )
        self.wait(
            "argocd-repo-server",
            lambda: (
                _get(f"http://127.0.0.1:{self.ports['repository-metrics']}/metrics") is not None
            ),
        )

    def _verifiers(self) -> None:
        """What Argo CD's image brings to ask git and gpg about signatures, and the keys that it knows."""
        self.keys = Keys(self.folder)
        hack = tools.of_argocd("hack")
        for name in ("git-verify-wrapper.sh", "gpg-wrapper.sh"):
            (self.programs / name).write_bytes((hack / name).read_bytes())
            (self.programs / name).chmod(0o755)

    def metrics(self, part: str) -> str:
        """What a part says of itself, in the format of Prometheus."""
        return _get(f"http://127.0.0.1:{self.ports[part]}/metrics") or ""

    def run(
        self,
        name: str,
        command: list[Any],
        variables: dict[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        with (self.folder / f"{name}.log").open("w") as log:
            words = ["setpriv", "--pdeathsig=KILL", *map(str, command)]
            self.processes[name] = subprocess.Popen(
                words, stdin=stdin, stdout=log, stderr=log, env={**os.environ, **(variables or {})}
            )

    def wait(self, name: str, answers: Callable[[], bool]) -> None:
        """Until a part answers."""
        end = time.monotonic() + SECONDS
        while True:
            try:
                if answers():
                    return
            except (OSError, Failed):
                pass
            if self.processes[name].poll() is not None or time.monotonic() > end:
                raise RuntimeError(
                    f"{name} does not answer: {(self.folder / f'{name}.log').read_text()[-3000:]}"
                )
            time.sleep(0.1)

    def close(self) -> None:
        if hasattr(self, "keys"):
            self.keys.close()
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in reversed(self.processes.values()):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _kubeconfig(server: str, token: str) -> str:
    cluster = {"name": "c", "cluster": {"server": server, "insecure-skip-tls-verify": True}}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "clusters": [cluster],
            "users": [{"name": "u", "user": {"token": token}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
    )


def _free(count: int) -> list[int]:
    """Ports that nobody has now."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _get(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return str(reply.read().decode())
    except OSError:
        return None
