"""What Kustomize refuses, and what it builds: what gen says of it is held to that."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import base
from tests.kustomize.__main__ import disagreement, read
from tests.kustomize.cases import ROOT, case
from tests.kustomize.tools import VERSIONS, Kustomize
from tests.manifests.test_patches import ROWS, changed


@pytest.mark.parametrize("says, builds, patch, text", ROWS)
def test_what_kustomize_would_refuse_is_refused_before_the_commit(
    kustomize: tuple[str, ...],
    tmp_path: Path,
    says: str,
    builds: bool,
    patch: dict[str, object],
    text: str,
) -> None:
    for path, content in (base("api") | changed(patch, text)).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content or "")
    folder = str(tmp_path / "overlays/base/api")
    done = subprocess.run([*kustomize, folder], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == builds, done.stderr


def test_some_bases_beside_kustomize_itself() -> None:
    """A few of `make differential`, where Go is."""
    if shutil.which("go") is None:
        pytest.skip("Go is not installed")
    builders = [Kustomize(version) for version in VERSIONS]
    passed = 0
    for seed in range(1, 60):
        made = case(seed)
        built, found = read(made)
        if made.clean and found:  # and Kustomize cannot build it either
            assert builders[0].build(ROOT, made.files).get("error"), (seed, found)
        if not found:
            passed += 1
            for kustomize in builders:
                assert disagreement(built, kustomize.build(ROOT, made.files)) is None, seed
    for kustomize in builders:
        kustomize.close()
    assert passed > 20
