"""Clusters that share no mesh, drawn at random, each with a plane and routes of its own: what one of them gets is what a
platform of it alone gets, byte for byte. What that does is asked by `make mesh`."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from generator.compiler.compile import compile_sources, valid
from generator.vocabulary.files import FileSet
from generator.vocabulary.findings import Findings
from generator.vocabulary.source import Sources
from tests.mesh.oracle import Input
from tests.mesh.spread import NAMES, spread
from tests.mesh.tools import NEWEST
from tests.mesh.topology import Files, generate

TARGETS = [(plane, routes) for plane in ("sidecar", "ambient") for routes in ("virtualService", "gateway")]  # fmt: skip


def drawn(seed: int, root: Path) -> tuple[Files, dict[str, bytes]]:
    """What is below environments/, and the rest."""
    dice = random.Random(f"{seed} alone")
    count = dice.choice((2, 3))
    generate(seed, root, NEWEST, "strict", plane="ambient", change=lambda one, files: spread(one, files, "apart", count))  # fmt: skip
    top = root / "environments"
    files = {path.relative_to(top).as_posix(): json.loads(path.read_text()) for path in top.rglob("*.yaml")}  # fmt: skip
    platform = files["platform.yaml"]
    for name in NAMES[:count]:
        said = platform["clusters"][name] if name else platform["mesh"]
        said["plane"], said["routes"] = dice.choice(TARGETS)
    overlays = {path.relative_to(root).as_posix(): path.read_bytes() for path in (root / "overlays").rglob("*") if path.is_file()}  # fmt: skip
    return files, overlays


def alone(files: Files, cluster: str) -> Files:
    """The configuration as if there were no other cluster."""
    source = Input(files)
    seen = source.within(source.mesh(cluster))
    kept = {"lanes": seen.named, "tenants": seen.tenants, "services": source.services}
    left = {
        path: copy.deepcopy(content)
        for path, content in files.items()
        if path.split("/")[0] in seen.environments
        or path.split("/")[-1].removesuffix(".yaml") in kept.get(path.split("/")[0], {})
    }
    platform = copy.deepcopy(files["platform.yaml"])
    clusters = platform.pop("clusters")
    if cluster:
        said = clusters[cluster]
        platform["mesh"] |= {key: said.pop(key) for key in ("plane", "routes")}
        platform["cluster"] = {"trustDomain": source.trust(cluster)} | said
    for name in seen.environments:
        left[f"{name}/environment.yaml"].pop("cluster", None)
    for path in [path for path in left if path.startswith("services/")]:
        _near(left[path], set(seen.environments))
    _near(platform["mesh"], set(seen.environments))
    return left | {"platform.yaml": platform}


def _near(said: dict[str, Any], environments: set[str]) -> None:
    """Takes the environments of other clusters from those that are dialled."""
    if "addresses" in said:
        said["addresses"] = [one for one in said["addresses"] if one in {"*", *environments}]


def printed(files: Files, overlays: dict[str, bytes]) -> FileSet | None:
    """The output; None where a target cannot what is asked of it."""
    told = {f"environments/{path}": json.dumps(content).encode() for path, content in files.items()}
    made = compile_sources(Sources(told | overlays))
    if isinstance(made, Findings) and any(one.code == "GEN335" for one in made.found):
        return None
    return valid(made).files


@pytest.mark.parametrize("seed", range(16))
def test_a_cluster_gets_what_a_platform_of_it_alone_gets(seed: int, tmp_path: Path) -> None:
    files, overlays = drawn(seed, tmp_path)
    whole = printed(files, overlays)
    if whole is None:
        pytest.skip("a target cannot what is asked of it")
    source = Input(files)
    for cluster in {source.cluster(name) for name in source.environments}:
        only = printed(alone(files, cluster), overlays)
        assert only is not None
        lanes = f"overlays/lanes.{cluster}/" if cluster else "overlays/lanes/"
        mine = [name for name in source.environments if source.cluster(name) == cluster]
        folders = {f"overlays/{name}/": f"overlays/{name}/" for name in mine} | {lanes: "overlays/lanes/"}  # fmt: skip
        for here, there in folders.items():
            of_all = {path.removeprefix(here): bytes(whole[path]) for path in whole if path.startswith(here)}  # fmt: skip
            of_one = {path.removeprefix(there): bytes(only[path]) for path in only if path.startswith(there)}  # fmt: skip
            assert of_all, here
            assert of_all == of_one, (cluster, here)
