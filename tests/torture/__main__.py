"""`python -m tests.torture [--scale 1.0]`: publishing under kills, races, late deliveries, mass deletions, very many files and failing disks.

Scale 1 is the full measure; CI runs a fiftieth. Exit 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from tests.torture import failures, kills, races, shapes, writers

JOBS = 2
Scenario = tuple[str, int, Callable[..., list[str]], tuple[object, ...]]


def scenarios() -> list[Scenario]:
    """(name, rounds at full measure, function of (…, rounds, seed), what comes before the rounds)."""
    points: list[Scenario] = [
        (f"killed {point}", 200, kills.at_point, (point,)) for point in kills.points()
    ]
    return [
        *points,
        ("killed at random times", 2000, kills.at_random, ()),
        *((f"{count} publishers race", 1000, races.racing, (count,)) for count in (2, 4, 8)),
        *((f"{count} writers push edits", 200, writers.racing, (count,)) for count in (2, 8)),
        ("8 writers push edits, half of them killed", 200, writers.killed, (8,)),
        ("sources delivered in any order", 10000, races.delivered, ()),
        ("publishes without a change", 500, races.unchanged, ()),
        ("mass deletions", 200, shapes.deletions, ()),
        ("edits by one tenant", 100000, shapes.edits, ()),
        (f"{shapes.FILES:,} files", 2, shapes.many_files, ()),
        ("failing disks, servers and locks", 1, failures.failing, ()),
    ]


def run(
    function: Callable[..., list[str]], before: tuple[object, ...], rounds: int, seed: int
) -> tuple[list[str], float]:
    start = time.monotonic()
    try:
        return function(*before, rounds, seed), time.monotonic() - start
    except Exception as error:
        return [f"{type(error).__name__}: {error}"], time.monotonic() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full measure")
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chosen = [scenario for scenario in scenarios() if options.only in scenario[0]]
    failed, total = 0, 0
    with ProcessPoolExecutor(JOBS) as pool:
        waiting = []
        for name, full, function, before in chosen:
            rounds = max(1, round(full * options.scale))
            parts = [rounds // JOBS + (part < rounds % JOBS) for part in range(JOBS)]
            waiting.append(
                (
                    name,
                    rounds,
                    [
                        pool.submit(run, function, before, part, options.seed + index)
                        for index, part in enumerate(parts)
                        if part
                    ],
                )
            )
        for name, rounds, tasks in waiting:
            results = [task.result() for task in tasks]
            wrong = [line for lines, _ in results for line in lines]
            failed, total = failed + len(wrong), total + rounds
            print(
                f"{name}: {rounds} times, {sum(seconds for _, seconds in results):.1f} s of work, {len(wrong)} wrong",
                flush=True,
            )
            for line in wrong[:5]:
                print(f"  {line}", flush=True)
    print(f"{len(chosen)} scenarios, {total} rounds, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
