"""Deleting a thing, from the edit to the output branch: what still names it is told, what goes is what a person meant."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import write

Gen = Callable[..., tuple[int, str, str]]
TENANT, BRANCH, LANE = (
    "environments/tenants/acme.yaml",
    "environments/test/branches/login.yaml",
    "environments/lanes/mixed.yaml",
)


class Clone:
    """A published configuration; `gen` and `git` run in it."""

    def __init__(self, folder: Path, gen: Gen) -> None:
        self.remote, self.root, self._gen = folder / "remote.git", folder / "clone", gen
        subprocess.run(["git", "init", "-q", "--bare", str(self.remote)], check=True)
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.git("remote", "add", "origin", str(self.remote))
        write(self.root)
        assert self.publish()[0] == 0

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", *words],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def gen(self, *words: str) -> tuple[int, str, str]:
        return self._gen("-C", self.root, *words)

    def publish(self, *words: str) -> tuple[int, str, str]:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a change")
        return self.gen("publish", *words)

    def edit(self, path: str, text: str | None) -> None:
        if text is None:
            (self.root / path).unlink()
        else:
            (self.root / path).write_text(text)

    def published(self) -> set[str]:
        return set(
            self.git(
                "--git-dir", str(self.remote), "ls-tree", "-r", "--name-only", "deploy"
            ).split()
        )


@pytest.fixture
def clone(tmp_path: Path, gen: Gen) -> Clone:
    return Clone(tmp_path, gen)


def test_a_tenant_leaves_the_edge_and_nothing_else(clone: Clone) -> None:
    before = clone.published()
    clone.edit(TENANT, None)
    code, out, _ = clone.publish()
    assert (
        code == 0
        and out.startswith("0 added, 3 changed, 0 deleted")
        and clone.published() == before
    )


def test_a_branch_that_is_still_named_cannot_go(clone: Clone) -> None:
    clone.edit(BRANCH, None)
    code, out, _ = clone.gen("validate")
    assert (
        code == 1 and f"{TENANT}:2:7: error GEN205" in out and f"{LANE}:1:11: error GEN205" in out
    )
    assert clone.publish()[0] == 1
    clone.edit(TENANT, "match: [{header: {x-tenant: acme}}]\nlane: test\n")
    clone.edit(LANE, "through: [perf]\n")
    assert "- api in test/login: b1" in clone.gen("diff", "HEAD~1")[1]
    code, _, err = clone.publish()
    assert code == 4 and "acme takes the lane test/login" in err, (
        "its tenant goes with it: the edge knows later than the mesh"
    )
    assert clone.publish("--allow-deletes", "lanes")[0] == 0
    assert not [path for path in clone.published() if "login" in path]


def test_a_lane_that_is_still_taken_cannot_go(clone: Clone) -> None:
    clone.edit(TENANT, "match: [{header: {x-tenant: acme}}]\nlane: mixed\n")
    clone.edit(LANE, None)
    code, out, _ = clone.gen("validate")
    assert code == 1 and f"{TENANT}:2:7: error GEN206" in out
    clone.edit(TENANT, "match: [{header: {x-tenant: acme}}]\nlane: test\n")
    assert clone.publish()[0] == 0


def test_an_environment_goes_only_by_its_name(clone: Clone) -> None:
    shutil.rmtree(clone.root / "environments/perf")
    code, out, _ = clone.gen("validate")
    assert code == 1 and f"{LANE}:1:23: error GEN204" in out
    clone.edit(LANE, "through: [test/login]\n")
    code, _, err = clone.publish()
    assert (
        code == 4 and "this would delete the whole of perf" in err and "--allow-deletes perf" in err
    )
    assert any("perf" in path for path in clone.published())
    assert clone.publish("--allow-deletes", "perf")[0] == 0
    assert not [
        path
        for path in clone.published()
        if path.startswith(("overlays/perf/", "argocd/applications/perf", "argocd/projects/perf"))
    ]
