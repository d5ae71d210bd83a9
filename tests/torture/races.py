"""Publishers that race, sources that come late, and publishes without a change."""

from __future__ import annotations

import os
import random

from generator.io.tip import OLDER
from generator.vocabulary.refusal import Refusal
from tests.torture.world import LOST, World, child, git, wait

FRESH = 25  # rounds of one set of clones


def racing(publishers: int, rounds: int, seed: int) -> list[str]:
    """Several at once, each from another commit of one history: linear, nothing lost, in the end the newest."""
    dice, wrong = random.Random(seed), list[str]()
    world = World(publishers + 1)
    try:
        world.publish(0)
        first = world.tip()
        world.save()
        for number in range(rounds):
            if number % FRESH == FRESH - 1:
                wrong += world.renew()
            world.reset(first)
            gate, opened = os.pipe()
            chosen = dice.sample(range(1, publishers + 1), publishers)
            processes = {
                index: child(
                    lambda index=index, gate=gate: (os.read(gate, 1), world.publish(index))
                )
                for index in chosen
            }  # type: ignore[misc]
            os.write(opened, b"x" * publishers)
            codes = {index: wait(process) for index, process in processes.items()}
            os.close(gate), os.close(opened)
            wrong += [
                f"publisher {index} of {publishers}: exit {code}"
                for index, code in codes.items()
                if code not in (0, OLDER) or code == LOST
            ]
            if codes[publishers] != 0:
                wrong.append(f"the newest source was not published: exit {codes[publishers]}")
            wrong += _history(world)
        wrong += world.sound()
    finally:
        world.close()
    return wrong


def delivered(rounds: int, seed: int) -> list[str]:
    """Some commits of a history in any order: in the end the newest of them."""
    dice, wrong = random.Random(seed), list[str]()
    world = World(4)
    try:
        world.save()
        for number in range(rounds):
            if number % FRESH == FRESH - 1:
                wrong += world.renew()
            world.reset(None)
            order = dice.sample(range(4), dice.randint(2, 4))
            for index in order:
                try:
                    world.publish(index)
                except Refusal as refusal:
                    if refusal.exit_code != OLDER:
                        wrong.append(f"order {order}: commit {index}: {refusal}")
            wrong += [f"order {order}: {line}" for line in _history(world)]
            if world.tree() != world.trees[max(order)]:
                wrong.append(f"order {order}: the end is not the newest")
        wrong += world.sound()
    finally:
        world.close()
    return wrong


def unchanged(rounds: int, seed: int) -> list[str]:
    """Publishes without a change make no commit."""
    world = World(1)
    try:
        world.publish(0)
        tip = world.tip()
        for _ in range(rounds):
            if world.publish(0).commit or world.tip() != tip:
                return ["a commit without a change"]
    finally:
        world.close()
    return []


def _history(world: World) -> list[str]:
    """One line of commits, whose sources only go forward and whose trees are those of their sources."""
    wrong, newest = world.unpinned(), -1
    for line in git(
        world.remote,
        "log",
        "--reverse",
        "--format=%P|%T|%(trailers:key=Gen-Source,valueonly,separator=)",
        "refs/heads/deploy",
    ).splitlines():
        parents, tree, source = line.split("|")
        index = world.commits.index(source)
        if len(parents.split()) > 1 or index <= newest or tree != world.trees[index]:
            wrong.append(f"history: {line} after commit {newest}")
        newest = index
    return wrong
