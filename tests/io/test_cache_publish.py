"""Publishing with a cache: the same tree and the same tags as without, whatever was built or published in between."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.io import cache
from tests.compiler.test_memory import JWT, edit
from tests.conftest import Files, write
from tests.io.test_cache import lay
from tests.io.test_publish import git

SEEDS = int(os.environ.get("SEEDS", "1"))  # `make incremental` asks more
Gen = Callable[..., tuple[int, str, str]]
UNITS = (
    "environments/test/environment.yaml",
    "environments/perf/environment.yaml",
    "environments/test/branches/login.yaml",
)


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(cache, "WORTH", 0)


def held(remote: Path) -> tuple[list[str], list[tuple[str, str]]]:
    """The tree of the output branch, and what each tag of an Application holds in the Application's folder."""
    if not git(remote, "branch", "--list", "deploy"):
        return [], []
    tags = git(remote, "tag", "--list").splitlines()
    folders = [
        f"refs/tags/{tag}:overlays/{tag.removeprefix('gen/deploy/').rpartition('/')[0]}"
        for tag in tags
    ]
    objects = git(remote, "cat-file", "--batch-check", said="\n".join(folders)).splitlines()
    assert len(objects) == len(tags) and all(" tree " in line for line in objects)
    tree = git(remote, "ls-tree", "-r", "deploy").splitlines()
    return tree, list(zip(tags, objects, strict=True))


def unit(files: Files, dice: random.Random) -> None:
    """Another version somewhere: all is compiled anew, and the tags of units move."""
    path, number = dice.choice(UNITS), dice.randrange(4)
    host = (
        f"hosts: [{path.split('/')[1]}.example.com]\n" if path.endswith("environment.yaml") else ""
    )
    more = "extends: test\n" if "perf" in path else ""
    web = f"  web: {{tag: v{number}}}\n" if path == UNITS[0] else ""
    files[path] = f"{host}{more}runs:\n{web}  api: {{tag: v{number}}}\n"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_published_with_a_cache_is_what_is_published_without(
    tmp_path: Path, gen: Gen, seed: int
) -> None:
    dice, files = random.Random(seed), dict[str, str | None](JWT)
    root, other = write(tmp_path / "r", files), tmp_path / "other"
    git(root, "init", "-q", "-b", "main")
    for remote in ("warm", "cold"):
        git(tmp_path, "init", "-q", "--bare", "-b", "main", f"{remote}.git")
        git(root, "remote", "add", remote, f"../{remote}.git")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    git(tmp_path, "clone", "-q", "r", "other")  # a second checkout, with the same cache's folder
    git(other, "remote", "add", "warm", "../warm.git")
    published = 0
    for _ in range(10):
        before = dict(files)
        (edit if dice.random() < 0.7 else unit)(files, dice)
        lay(root, files, before)
        time.sleep(0.04)
        if dice.random() < 0.5:
            gen("-C", root, "build")
        if gen("--no-cache", "-C", root, "validate")[0]:
            now, files = files, before
            lay(root, files, now)
            continue
        git(root, "add", "environments")
        git(root, "commit", "-q", "--allow-empty", "-m", "next")
        if (
            dice.random() < 0.4
        ):  # another revision comes into the cache, and the next one finds its memory there
            git(root, "checkout", "-q", "HEAD~1")
            gen("-C", root, "build")
            git(root, "checkout", "-q", "main")
        git(other, "pull", "-q", "origin", "main")
        where = dice.choice((root, other))
        agreed = (
            "--allow-deletes",
            "tenants",
            "--allow-deletes",
            "lanes",
            "--allow-deletes",
            "files",
        )
        codes = [
            gen("-C", where, "publish", "--remote", "warm", *agreed)[0],
            gen("--no-cache", "-C", root, "publish", "--remote", "cold", *agreed)[0],
        ]
        assert codes == [0, 0]
        assert held(tmp_path / "warm.git") == held(tmp_path / "cold.git")
        assert gen("-C", where, "verify", "--remote", "warm")[0] == 0
        published += 1
    assert published > 3
