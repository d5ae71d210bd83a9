"""`make fuzz`: many inputs in a few processes. Each input is made from the seed and its number, so one that fails comes again."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.fuzz.inputs import corpus, small
from tests.fuzz.run import one, work

LARGEST = 300  # MB
THROUGH, FEW = (
    0.25,
    100,
)  # of whole repositories must compile to the end, or the late stages are not asked; of fewer nothing is said


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--minutes", type=float, help="Run for so long instead.")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", type=int, help="Run the input of one number.")
    asked = parser.parse_args()
    if asked.only is not None:
        one(asked.seed, asked.only, corpus(), small())
        return 0
    started = time.monotonic()
    until, count = (
        (started + asked.minutes * 60, 10**9) if asked.minutes else (started + 10**9, asked.count)
    )
    with ProcessPoolExecutor(asked.processes, multiprocessing.get_context("spawn")) as pool:
        results = list(
            pool.map(
                work,
                [
                    (asked.seed, first, asked.processes, count, until)
                    for first in range(asked.processes)
                ],
            )
        )
    failed = [text for result in results for text in result.failed]
    print("\n".join(failed[:20]))
    slowest, largest = (
        max(result.slowest for result in results),
        max(result.largest for result in results),
    )
    wholes, compiled = (
        sum(result.wholes for result in results),
        sum(result.compiled for result in results),
    )
    print(
        f"fuzz: {sum(result.inputs for result in results):,} inputs in {time.monotonic() - started:.0f} s, seed {asked.seed}: {len(failed)} failed, slowest {slowest:.2f} s, {largest} MB at most; "
        f"{compiled:,} of {wholes:,} whole repositories compiled to the end"
    )
    return (
        1 if failed or largest > LARGEST or (wholes >= FEW and compiled < wholes * THROUGH) else 0
    )


if __name__ == "__main__":
    sys.exit(main())
