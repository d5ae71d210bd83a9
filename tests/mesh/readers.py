"""`python -m tests.mesh.readers --seeds 1-20`: what other readers say of the output, before any proxy sees it.

Each folder is built by `kubectl kustomize` as well as by the library that the mesh tests use, and both must agree.
Every object is decoded strictly by Kubernetes' Go types or by its CustomResourceDefinition (Istio's and Argo CD's, with
their rules in CEL), and the whole is read by the analyzers behind `istioctl analyze`. Nothing may be said that is not
in EXPECTED, with the reason why it may be.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from tests.mesh import seen, tools
from tests.mesh.__main__ import seeds
from tests.mesh.case import MESH, TOP, Invalid, compile_tree
from tests.mesh.kubelet import Cluster, by_folder, kustomize, read, text
from tests.mesh.oracle import Input
from tests.mesh.topology import generate

# (code, words of the message, why it may be said)
EXPECTED = (
    (
        "IST0133",
        "EnvoyFilter exposes internal implementation details",
        "no stable interface removes a header before routing, reads a table or gives a colour at the origin; four Envoys are asked in every run",
    ),
    *(
        (
            code,
            f'VirtualService rule "default" {words}',
            "what a delegate does not match goes on to the rule behind it, which this analyzer does not know; four Envoys are asked in every run",
        )
        for code, words in (
            ("IST0130", "not used (only the last rule can have no matches)"),
            ("IST0130", "not used (all matches used by prior rules)"),
            ("IST0131", "match #0 is not used (duplicate/overlapping match in rule"),
        )
    ),
)
UNEXPECTED = "unexpected"
STOOD = [
    TOP,
    TOP / "tests/cases/small/input",
    TOP / "tests/cases/protocols/input",
]  # repositories that are in the tree
SEEN = "{metrics: [prometheus], accessLog: [lanes], spans: traces}"  # and what tells of lanes


def applications(tree: Path) -> list[Any]:
    """What Argo CD reads as plain manifests."""
    return [
        item
        for path in sorted((tree / "argocd").rglob("*.yaml"))
        for item in yaml.safe_load_all(path.read_text())
    ]


def by_command(tree: Path) -> list[str]:
    """Folders of which `kubectl kustomize` itself makes something else than the library that the mesh tests use."""
    wrong = []
    for folder, objects in by_folder(tree).items():
        done = subprocess.run(
            ["kubectl", "kustomize", folder], cwd=tree, capture_output=True, text=True, check=False
        )
        if done.returncode or read(done.stdout) != objects:
            wrong.append(
                f"{folder}: kubectl kustomize says {done.stderr.strip()[:300] or 'something else'}"
            )
    return wrong


def say(tree: Path, platform: dict[str, Any]) -> list[dict[str, str]]:
    """All that the readers say of an output tree."""
    objects = kustomize(tree)
    istio = [item for item in objects if item["apiVersion"].split("/")[0].endswith("istio.io")]
    core = [item for item in objects if item not in istio]
    own = text(core + istio + applications(tree))
    cluster = Cluster(
        objects,
        {
            "namespace": "istio-ingress",
            "serviceAccount": "istio-ingress",
            "selector": {"istio": "ingress"},
        }
        | (platform.get("ingress") or {}),
    )
    given = [
        item
        for item in cluster.core
        if item["kind"] in ("Pod", "Node")
        or item["metadata"]["name"] in ("istio-system", "istio-ingress", "edge")
    ]
    with tempfile.TemporaryDirectory(prefix="gen-readers-") as folder:
        parts = {"tree": own, "cluster": text(given), "mesh": yaml.safe_dump(MESH)}
        for name, content in parts.items():
            (Path(folder) / name).write_text(content)
        crds = ",".join(map(str, [tools.crds(), *tools.argocd_crds()]))
        out = Path(folder) / "out"
        command = [
            str(tools.readers()),
            "-crds",
            crds,
            "-out",
            str(out),
            *(word for name in parts for word in (f"-{name}", f"{folder}/{name}")),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the readers stopped: {done.stderr[-2000:]}")
        return [json.loads(line) for line in out.read_text().splitlines()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-20", type=seeds, help="first-last")
    options = parser.parse_args()
    tools.prepare([])
    said: Counter[str] = Counter()
    trees = objects = 0
    for source in [*STOOD, SEEN, *options.seeds]:
        with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
            repository = Path(folder)
            if isinstance(source, int):
                generate(source, repository, tools.NEWEST, "strict" if source % 2 else "disabled")
            elif isinstance(source, str):
                seen.repository(repository, source, "sidecar")
            else:
                for part in ("environments", "overlays"):
                    shutil.copytree(source / part, repository / part)
            try:
                tree = compile_tree(repository)
            except Invalid:
                continue
            trees += 1
            objects += len(kustomize(tree)) + len(applications(tree))
            for line in by_command(tree):
                said[f"kubectl kustomize: {UNEXPECTED}"] += 1
                print(f"{source}: {line}", flush=True)
            for line in say(tree, Input.read(repository).platform):
                reason = next(
                    (
                        reason
                        for code, words, reason in EXPECTED
                        if line["code"] == code and words in line["message"]
                    ),
                    UNEXPECTED,
                )
                said[f"{line['code']}: {reason}"] += 1
                if reason == UNEXPECTED:
                    print(
                        f"{source}: {line['reader']} {line['code']} {line['level']}: {line['object']}: {line['message']}",
                        flush=True,
                    )
    for reason, count in sorted(said.items()):
        print(f"{count} × {reason}")
    unexpected = sum(count for reason, count in said.items() if reason.endswith(UNEXPECTED))
    print(f"{trees} trees, {objects} objects, {unexpected} findings that nobody explained")
    return 1 if unexpected or trees < len(STOOD) else 0


if __name__ == "__main__":
    sys.exit(main())
