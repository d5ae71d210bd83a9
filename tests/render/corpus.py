"""The bases of the Markdown files beside this one, as one configuration repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
_HEADING = re.compile(r"^## ([a-z][a-z0-9-]*)$", re.MULTILINE)
_BLOCK = re.compile(r"^```[a-z]+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WORKLOAD = re.compile(r"kind: (Deployment|StatefulSet|DaemonSet)\nmetadata: \{name: NAME\b(?!-)")
_PLAIN = "deployment.yaml"
_IMAGE = "registry.example.com/shop/NAME"
_DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml")
_AUTOSCALED = ("autoscaled", "autoscaled-stateful", "external-metric", "container-metric")
_AROUND = {
    "environments/platform.yaml": "name: corpus\nargocd: {repository: https://git.example.com/x.git}\n",
    "overlays/components/annotated/kustomization.yaml": (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        "commonAnnotations: {switched: 'on'}\n"
    ),
    "overlays/components/louder/kustomization.yaml": (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n"
        "  - target: {kind: Deployment}\n    patch: |\n"
        "      - {op: add, path: /metadata/annotations/louder, value: 'yes'}\n"
    ),
}


def bases() -> dict[str, dict[str, str]]:
    """Service → path below its base → text."""
    found: dict[str, dict[str, str]] = {}
    for document in sorted(HERE.glob("*.md")):
        _, *parts = _HEADING.split(document.read_text())
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            found[name] = dict(_BLOCK.findall(text))
    plain = found["plain"][_PLAIN]
    return {name: _whole(name, files, plain) for name, files in found.items()}


def _whole(name: str, files: dict[str, str], plain: str) -> dict[str, str]:
    """A base with its workload and its kustomization, as its service names them."""
    written = next((files[path] for path in _KUSTOMIZATIONS if path in files), "")
    if _PLAIN not in files and (_PLAIN in written if written else not _serves(files)):
        files = {_PLAIN: plain} | files
    if not written:
        listed = "".join(f"  - {path}\n" for path in files)
        files = files | {"kustomization.yaml": f"kind: Kustomization\nresources:\n{listed}"}
    return {path: _named(text, name) for path, text in files.items()}


def _serves(files: dict[str, str]) -> bool:
    """Whether a workload of the service's own is there."""
    return any(_WORKLOAD.search(text) for text in files.values())


def _named(text: str, name: str) -> str:
    return text.replace("IMAGE", _IMAGE).replace("NAME", name)


def repository() -> dict[str, str]:
    """Path → text: an environment, one on top of it, a branch by digest, and one with all that a unit may say."""
    names = sorted(bases())
    files = dict(_AROUND)
    for name, base in bases().items():
        files |= {f"overlays/base/{name}/{path}": text for path, text in base.items()}
        files[f"environments/services/{name}.yaml"] = _service(name)
    files["environments/test/environment.yaml"] = "runs:\n" + "".join(
        f"  {name}: {{tag: v1}}\n" for name in names
    )
    files["environments/test/branches/by-digest.yaml"] = "runs:\n" + "".join(
        f"  {name}: {{digest: '{_DIGEST}'}}\n" for name in names
    )
    files["environments/test/branches/all-said.yaml"] = "runs:\n" + "".join(_said(names))
    files["environments/perf/environment.yaml"] = "extends: test\nruns: {plain: {tag: v2}}\n"
    return files


def _said(names: list[str]) -> Iterator[str]:
    for name in names:
        replicas = "" if name in _AUTOSCALED else "replicas: 2, "
        yield f"  {name}: {{tag: b1, {replicas}env: {{SAID: '$(MODE)', A: 'yes'}}}}\n"


def _service(name: str) -> str:
    image = _named(_IMAGE, name)
    return f"image: {image}\nports: [{{name: http, port: 8080, protocol: http}}]\nentry: [{{prefix: /{name}}}]\nforwardsColour: true\n"
