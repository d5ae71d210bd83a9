"""`python -m tests.simulate --cases 1000000`: random topologies until so many requests were asked. Exit 1 on any disagreement.

What it found is written to build/results/simulate.json, too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from tests.mesh.case import Invalid
from tests.mesh.topology import generate
from tests.results import record
from tests.simulate import told
from tests.simulate.world import World, ask

ENVOYS = ("1.38.3", "1.40.0")  # one that joins the lines of a header, and one that does not
SHOWN = 3
STRICT = 4  # of so many topologies one has identities


@dataclass
class Result:
    """What one topology showed. `refused`: it was invalid on purpose, and the compiler said so."""

    seed: int
    requests: int = 0
    refused: bool = False
    wrong: list[str] = field(default_factory=list)


def drawn(seed: int, root: Path) -> tuple[str, bool]:
    """(version of Envoy, whether it is valid) of the topology of a seed, which is written."""
    version = ENVOYS[seed % len(ENVOYS)]
    mtls = "disabled" if seed % STRICT else "strict"
    return version, generate(seed, root, version, mtls, small=False)


def run_seed(seed: int) -> Result:
    with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
        version, valid = drawn(seed, Path(folder))
        try:
            world = World(Path(folder), version, seed)
        except Invalid as refusal:
            wrong = [f"the compiler refuses what is valid: {refusal}"] if valid else []
            return Result(seed, refused=not valid, wrong=wrong)
        if not valid:
            return Result(
                seed, wrong=["the compiler takes a lane that reaches what nobody answers"]
            )
        judge = ask(world)
    return Result(seed, len(judge.different), wrong=judge.record.disagreements)


def safe(seed: int) -> Result:
    """What cannot be read is a disagreement, not the end of the run."""
    try:
        return run_seed(seed)
    except Exception as error:
        return Result(seed, wrong=[f"{type(error).__name__}: {error}"])


def run(first: int, cases: int, jobs: int, stop: bool) -> Iterator[Result]:
    """Topologies in turn, from a seed on, until enough was asked."""
    asked, seed = 0, first
    with ProcessPoolExecutor(jobs) as pool:
        waiting = set()
        while asked < cases:
            while len(waiting) < 2 * jobs:
                waiting.add(pool.submit(safe, seed))
                seed += 1
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for result in (one.result() for one in done):
                asked += result.requests
                yield result
                if stop and result.wrong:
                    asked = cases
        pool.shutdown(cancel_futures=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000, help="requests that are different")
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--first", dest="stop", action="store_true", help="stop at a disagreement")
    options = parser.parse_args()
    start, results = time.monotonic(), []
    for result in run(options.first, options.cases, options.jobs, options.stop):
        results.append(result)
        for line in result.wrong[:SHOWN]:
            print(f"seed {result.seed}: {line}", flush=True)
    requests, wrong = sum(one.requests for one in results), sum(len(one.wrong) for one in results)
    refused = sum(one.refused for one in results)
    print(
        f"{len(results)} topologies from seed {options.first} ({refused} invalid on purpose, and refused), "
        f"{requests:,} requests, {wrong} disagreements, {time.monotonic() - start:.0f} s"
    )
    if not options.stop:
        seconds, topologies = time.monotonic() - start, len(results)
        record("simulate", seconds=seconds, wrong=wrong, topologies=topologies, requests=requests)
    failed = next((one.seed for one in results if one.wrong), None)
    if failed is not None and not options.stop:
        with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
            version, _ = drawn(failed, Path(folder))
            files = told.repository(Path(folder))
        print(*told.counterexample(files, version, failed), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
