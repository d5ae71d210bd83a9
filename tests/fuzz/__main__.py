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
    until, count = (started + asked.minutes * 60, 10**9) if asked.minutes else (started + 10**9, asked.count)
    with ProcessPoolExecutor(asked.processes, multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(work, [(asked.seed, first, asked.processes, count, until) for first in range(asked.processes)]))
    done, failed = sum(result[0] for result in results), [text for result in results for text in result[3]]
    print("\n".join(failed[:20]))
    slowest, largest = max(result[1] for result in results), max(result[2] for result in results)
    print(f"fuzz: {done:,} inputs in {time.monotonic() - started:.0f} s, seed {asked.seed}: {len(failed)} failed, slowest {slowest:.2f} s, {largest} MB at most")
    return 1 if failed or largest > LARGEST else 0


if __name__ == "__main__":
    sys.exit(main())
