"""The output tree in a folder: all or nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator.io.built import compare, write
from generator.vocabulary.refusal import Refusal
from tests.conftest import TOP, compiled
from tests.conftest import write as repository


def test_writing_twice_changes_nothing_and_a_hand_edit_is_undone(tmp_path: Path) -> None:
    files, out = compiled().files, tmp_path / "out"
    assert len(write(out, files)) == len(files)
    assert not write(out, files)
    (out / "argocd/root.yaml").write_text("edited")
    assert write(out, files).changed == ("argocd/root.yaml",)
    assert not compare(out, files)


def test_what_left_the_plan_leaves_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, compiled().files)
    difference = write(
        out,
        compiled(
            {
                "environments/test/branches/login.yaml": None,
                "environments/lanes/mixed.yaml": None,
                "environments/tenants/acme.yaml": None,
            }
        ).files,
    )
    assert "overlays/test/login/api/kustomization.yaml" in difference.deleted
    assert not (out / "overlays/test/login").exists()


@pytest.mark.parametrize("foreign", ["notes.txt", "overlays/test/mine.yaml"])
def test_a_folder_with_foreign_files_is_refused(tmp_path: Path, foreign: str) -> None:
    out = tmp_path / "out"
    write(out, compiled().files)
    (out / foreign).write_text("mine")
    with pytest.raises(Refusal, match=foreign):
        write(out, compiled({"environments/lanes/mixed.yaml": None}).files)
    assert (out / foreign).read_text() == "mine"


def test_a_folder_that_is_not_gens_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/file").write_text("mine")
    with pytest.raises(Refusal):
        write(tmp_path / "home", compiled().files)


def test_a_linked_output_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refusal, match="symbolic link"):
        write(tmp_path / "out", compiled().files)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_killed_build_leaves_the_old_tree_or_the_new(tmp_path: Path) -> None:
    root, out = repository(tmp_path / "r"), tmp_path / "out"
    trees = [
        compiled(change).files
        for change in (
            {},
            {
                "environments/lanes/mixed.yaml": None,
                "environments/tenants/acme.yaml": "match: [{host: a.example.com}]\nlane: test\n",
            },
        )
    ]
    write(out, trees[0])
    (root / "environments/lanes/mixed.yaml").unlink()
    (root / "environments/tenants/acme.yaml").write_text(
        "match: [{host: a.example.com}]\nlane: test\n"
    )
    command = [sys.executable, "-m", "generator", "-C", str(root), "build", "--out", str(out)]
    started = time.monotonic()
    subprocess.run(
        [*command[:-1], str(tmp_path / "probe")], check=True, cwd=TOP, capture_output=True
    )
    whole = time.monotonic() - started
    for turn in range(6):
        process = subprocess.Popen(
            command, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(whole * (0.4 + 0.11 * turn))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not compare(out, trees[0]) or not compare(out, trees[1])
    subprocess.run(command, check=True, cwd=TOP, capture_output=True)
    assert not compare(out, trees[1])
    assert not list(tmp_path.glob(".gen-*")), "a later run sweeps what a killed one left"
