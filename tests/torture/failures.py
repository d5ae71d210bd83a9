"""Disks, servers and locks that fail: an error that says what happened, nothing lost, and the next publish succeeds."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.vocabulary.refusal import Refusal
from tests.torture.world import World


@contextmanager
def _disk(folder: Path, options: str) -> Iterator[None]:
    """The folder on a disk of its own with these mount options."""
    aside = folder.with_name(folder.name + ".aside")
    folder.rename(aside)
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "gen-torture", str(folder)], check=True
    )
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True, symlinks=True)
        subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)
        yield
        subprocess.run(["mount", "-o", "remount,rw,size=64m", str(folder)], check=True)
        for path in folder.rglob("filler"):
            path.unlink()
        shutil.copytree(folder, aside, dirs_exist_ok=True, symlinks=True)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder)
        aside.rename(folder)


@contextmanager
def _full(folder: Path) -> Iterator[None]:
    with _disk(folder, "rw"):
        with (folder / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 1024)
            except OSError:
                pass
        yield


@contextmanager
def _hook(remote: Path, text: str) -> Iterator[None]:
    hook = remote / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\n{text}\n")
    hook.chmod(0o755)
    yield
    hook.unlink()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    yield
    path.unlink(missing_ok=True)


@contextmanager
def _gone(remote: Path) -> Iterator[None]:
    aside = remote.with_name("gone")
    remote.rename(aside)
    yield
    aside.rename(remote)


# Locks that a killed git left in the clone: nothing that a publish does needs what they lock.
HARMLESS = (
    "packed-refs.lock",
    "index.lock",
    "HEAD.lock",
    "config.lock",
    "refs/gen/tip.lock",
    "refs/remotes/origin/deploy.lock",
)
CASES: tuple[tuple[str, Callable[[World], object], str], ...] = (
    (
        "no space in the clone",
        lambda world: _full(world.clones[1]),
        "No space left|diskspace|unable to|failed",
    ),
    (
        "no space at the remote",
        lambda world: _full(world.remote),
        "No space left|unable to|failed|unpack",
    ),
    ("the clone is read-only", lambda world: _disk(world.clones[1], "ro"), "Read-only"),
    (
        "the remote is read-only",
        lambda world: _disk(world.remote, "ro"),
        "Read-only|unable to|failed|unpack",
    ),
    (
        "the remote is gone",
        lambda world: _gone(world.remote),
        "not appear to be a git repository|does not exist",
    ),
    (
        "the server dies in the middle of a push",
        lambda world: _hook(world.remote, "kill -9 $PPID"),
        "hung up|unexpected|disconnect|signal|failed",
    ),
    (
        "a hook declines",
        lambda world: _hook(world.remote, "echo the freeze lasts until monday >&2; exit 1"),
        "the freeze lasts until monday",
    ),
    (
        "a lock is left over at the remote",
        lambda world: _lock(world.remote / "refs/heads/deploy.lock"),
        r"\.lock",
    ),
)


def _harmless(lock: str) -> list[str]:
    world, wrong = World(2), []
    try:
        world.publish(0)
        world.forget(1)
        with _lock(world.clones[1] / ".git" / lock):
            world.publish(1)
        if world.tree() != world.trees[1]:
            wrong.append(f"{lock} left in the clone: the publish did not bring the new tree")
    except Exception as error:
        wrong.append(f"{lock} left in the clone: {type(error).__name__}: {error}")
    finally:
        world.close()
    return wrong


def failing(rounds: int, seed: int) -> list[str]:
    """Each failure once a round."""
    wrong = []
    for _ in range(rounds):
        for lock in HARMLESS:
            wrong += _harmless(lock)
        for what, ready, expected in CASES:
            world = World(2)
            try:
                world.publish(0)
                with ready(world):  # type: ignore[attr-defined]
                    try:
                        world.publish(1)
                        wrong.append(f"{what}: it was published")
                    except Refusal as refusal:
                        if not re.search(expected, str(refusal)) or not refusal.next_step:
                            wrong.append(f"{what}: it says {refusal}")
                if world.tree() != world.trees[0]:
                    wrong.append(f"{what}: the branch moved")
                world.publish(1)
                if world.tree() != world.trees[1]:
                    wrong.append(f"{what}: the next publish did not bring the new tree")
                wrong += [f"{what}: {said}" for said in world.sound()]
            except Exception as error:
                wrong.append(f"{what}: {type(error).__name__}: {error}")
            finally:
                world.close()
    return wrong
