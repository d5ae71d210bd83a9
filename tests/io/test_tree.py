"""A configuration repository on disk: what may be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.compiler.load import load
from generator.io.tree import read_sources
from generator.vocabulary.findings import outcome
from tests.conftest import write as repository


def codes(root: Path) -> list[tuple[str, str]]:
    found = outcome(load(read_sources(root))).findings
    return [(finding.code, finding.place.path) for finding in found]


def test_links_devices_and_large_files_are_never_opened(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    (tmp_path / "secret").write_text("password: hunter2")
    lanes = root / "environments/lanes"
    (lanes / "link.yaml").symlink_to(tmp_path / "secret")
    (lanes / "loop.yaml").symlink_to(lanes / "loop.yaml")
    os.mkfifo(lanes / "pipe.yaml")
    (lanes / "large.yaml").write_bytes(b"#" * 300_000)
    (root / "environments/folder").symlink_to(tmp_path)
    assert codes(root) == [
        ("GEN001", f"environments/lanes/{name}.yaml") for name in ("large", "link", "loop", "pipe")
    ]
    (root / "overlays/base/web/deployment.yaml").unlink()
    (root / "overlays/base/web/deployment.yaml").symlink_to(tmp_path / "secret")
    assert ("GEN001", "overlays/base/web/deployment.yaml") in codes(root)


def test_more_files_than_are_read_are_told_to_be_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.vocabulary.source.MOST_FILES", 3)
    found = outcome(load(read_sources(repository(tmp_path / "r")))).findings
    told = {finding.hint for finding in found if finding.code == "GEN001"}
    assert {words.partition(":")[0] for words in told} == {"split the repository"}


def test_a_linked_root_is_refused(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    (root / "environments").rename(tmp_path / "elsewhere")
    (root / "environments").symlink_to(tmp_path / "elsewhere")
    assert codes(root)[0] == ("GEN001", "environments")


def test_a_file_that_grows_while_it_is_opened_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, asked = repository(tmp_path), os.fstat
    lane = root / "environments/lanes/grows.yaml"
    lane.write_text("through: [test]")

    def grown(handle: int) -> os.stat_result:
        status = asked(handle)
        if status.st_ino == lane.stat().st_ino:
            lane.write_text("through: [test, staging]\n")
        return status

    monkeypatch.setattr(os, "fstat", grown)
    files = read_sources(root).files
    assert files["environments/lanes/grows.yaml"] == b"through: [test, staging]\n"
