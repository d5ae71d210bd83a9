"""SIGKILL at named points and at random times: the branch is the old tree or the new one, and the next publish succeeds."""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from generator.io.git import GitFailed, Repository
from tests.torture.world import World, child, git, kill, wait

REMOTE = {
    "the server dies before it looks": "pre-receive",
    "the server dies with the branch locked": "reference-transaction",
    "the server dies when all is done": "post-receive",
}


def points() -> list[str]:
    """Before each call of git that a publish makes, which is after the one before it; during those that write; after the
    last one; and on the server's side."""
    world, calls = World(2), list[str]()
    try:
        world.publish(0)
        world.forget(1)
        _watch(calls.append)
        world.publish(1)
    finally:
        Repository.try_git = ORIGINAL  # type: ignore[method-assign]
        world.close()
    named = [
        f"{name} {number}"
        for index, name in enumerate(calls)
        for number in [calls[: index + 1].count(name)]
    ]
    return [
        *(f"before {name}" for name in named),
        *(f"during {name} 1" for name in ("fetch", "fast-import", "push")),
        f"after {named[-1]}",
        *REMOTE,
    ]


ORIGINAL = Repository.try_git


def _watch(
    hear: Callable[[str], None],
    before: Callable[[str], None] = lambda name: None,
    after: Callable[[str], None] = lambda name: None,
) -> None:
    """Puts ears around each call of git, in this process only."""
    seen: Counter[str] = Counter()

    def heard(self: Repository, *words: str, **more: object) -> tuple[int, bytes]:
        seen[words[0]] += 1
        name = f"{words[0]} {seen[words[0]]}"
        hear(words[0])
        before(name)
        answer = ORIGINAL(self, *words, **more)  # type: ignore[arg-type]
        after(name)
        return answer

    Repository.try_git = heard  # type: ignore[method-assign]


def _die_at(point: str, wait_for: float) -> None:
    when, _, name = point.partition(" ")

    def die() -> None:
        os.killpg(0, signal.SIGKILL)

    def before(now: str) -> None:
        if now == name and when == "before":
            die()
        if now == name and when == "during":
            threading.Timer(wait_for, die).start()

    _watch(
        lambda name: None, before, lambda now: die() if now == name and when == "after" else None
    )


def at_point(point: str, rounds: int, seed: int) -> list[str]:
    """Kills at one point; what went wrong."""
    dice, wrong = random.Random(seed), list[str]()
    world = World(2)
    try:
        world.publish(0)
        world.forget(1)
        old = world.tip()
        if point in REMOTE:
            _hook(world.remote, REMOTE[point])
        fresh = world.clones[1].with_name("fresh")
        world.clones[1].rename(fresh)
        for _ in range(rounds):
            world.reset(old)
            shutil.rmtree(world.clones[1], ignore_errors=True)
            shutil.copytree(fresh, world.clones[1])
            delay = dice.uniform(0, 0.03)
            ended = wait(
                child(
                    lambda: world.publish(1),
                    lambda delay=delay: _die_at(point, delay) if point not in REMOTE else None,
                )
            )
            if ended != -signal.SIGKILL and point not in REMOTE and not point.startswith("during"):
                wrong.append(f"{point}: it was not reached (exit {ended})")
            wrong += after_a_kill(world, point, cut_short=point.startswith("during push"))
    finally:
        world.close()
    return wrong


def at_random(rounds: int, seed: int) -> list[str]:
    """Kills at random times of a publish."""
    dice, wrong = random.Random(seed), list[str]()
    world = World(2)
    try:
        world.publish(0)
        old, start = world.tip(), time.monotonic()
        wait(child(lambda: world.publish(1)))
        span = 1.2 * (time.monotonic() - start)  # of a whole publish, on this machine
        for _ in range(rounds):
            world.reset(old)
            start = time.monotonic()
            process = child(lambda: world.publish(1))
            time.sleep(dice.uniform(0, span))
            kill(process)
            wrong += after_a_kill(world, f"after {time.monotonic() - start:.3f} s", cut_short=True)
    finally:
        world.close()
    return wrong


def after_a_kill(world: World, point: str, cut_short: bool) -> list[str]:
    """What must hold now, and after one more publish. The remote is a folder, so that a kill may have `cut_short` the
    server's own work, too, once the branch has moved."""
    wrong = [f"{point}: {said}" for said in world.sound(world.remote, world.clones[1])]
    if world.tree() not in world.trees:
        wrong.append(f"{point}: the branch is neither the old tree nor the new one")
    wrong += [
        f"{point}: {said}" for said in world.unpinned(cut_short and world.tree() == world.trees[1])
    ]
    hook = _unhook(world.remote)
    try:
        world.publish(1)
    except GitFailed as failed:  # the server was killed while it held locks of the branch and its tags; only its owner may take them away
        locks = list((world.remote / "refs").rglob("*.lock"))
        if not locks or ".lock" not in str(failed):
            wrong.append(f"{point}: the next publish fails: {failed}")
        for lock in locks:
            lock.unlink()
        world.publish(1)
    except Exception as error:
        wrong.append(f"{point}: the next publish fails: {type(error).__name__}: {error}")
    if world.tree() != world.trees[1]:
        wrong.append(f"{point}: the next publish did not bring the new tree")
    wrong += [f"{point}, and the next publish: {said}" for said in world.unpinned()]
    if left := git(world.clones[1], "for-each-ref", "refs/gen/next*"):
        wrong.append(f"{point}: left over: {left}")
    if hook:
        hook.rename(hook.with_suffix(""))
    return wrong


def _hook(remote: Path, name: str) -> None:
    """The server's process dies in a hook, once: the first time that it comes to it."""
    hook = remote / "hooks" / name
    hook.write_text('#!/bin/sh\n[ "$1" = committed ] || [ "$1" = aborted ] || kill -9 $PPID\n')
    hook.chmod(0o755)


def _unhook(remote: Path) -> Path | None:
    for name in REMOTE.values():
        hook = remote / "hooks" / name
        if hook.exists():
            aside = hook.with_suffix(".aside")
            hook.rename(aside)
            return aside
    return None
