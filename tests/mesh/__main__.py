"""`python -m tests.mesh --seeds 1-50`: random topologies on the real mesh. Exit 1 on any disagreement."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tests.mesh import tools
from tests.mesh.case import Case, Invalid
from tests.mesh.topology import generate

TRIES = 40  # topologies of one seed that may be invalid before the compiler is suspected of refusing everything


@dataclass
class Result:
    """What one case showed."""

    seed: int
    version: str
    requests: int = 0
    invalid: int = 0
    denied: int = 0
    disagreements: list[str] = field(default_factory=list)


def run_seed(seed: int, version: str, mtls: str) -> Result:
    result = Result(seed, version)
    for attempt in range(TRIES):
        with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
            root = Path(folder)
            generate(seed * 1000 + attempt, root, mtls)
            try:
                case = Case(root, f"gm{seed % 100000}", version, seed)
            except Invalid:
                result.invalid += 1
                continue
            try:
                case.run()
            finally:
                case.close()
            result.requests, result.denied, result.disagreements = case.requests, case.denied, case.disagreements
            return result
    result.disagreements.append(f"the compiler refused all {TRIES} topologies")
    return result


def _safe(seed: int, version: str, mtls: str) -> Result:
    try:
        return run_seed(seed, version, mtls)
    except Exception as error:  # a case that cannot be brought up is a disagreement, not the end of the run
        return Result(seed, version, disagreements=[f"{type(error).__name__}: {error}"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-20", help="first-last")
    parser.add_argument("--envoy", action="append", choices=tools.ENVOYS, help="versions; several take turns")
    parser.add_argument("--mtls", action="store_true", help="real identities: what no lane can take is refused")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if missing := tools.missing():
        print(f"missing: {', '.join(missing)}", file=sys.stderr)
        return 2
    first, _, last = options.seeds.partition("-")
    seeds, versions = range(int(first), int(last or first) + 1), options.envoy or [tools.NEWEST]
    tools.control_plane()
    for version in versions:
        tools.envoy(version)
    return _report(seeds, versions, options.jobs, "strict" if options.mtls else "disabled")


def _report(seeds: range, versions: list[str], jobs: int, mtls: str) -> int:
    start, results = time.monotonic(), []
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(_safe, seed, versions[seed % len(versions)], mtls) for seed in seeds]
        for done in as_completed(waiting):
            result = done.result()
            results.append(result)
            for line in result.disagreements[:10]:
                print(f"seed {result.seed} (Envoy {result.version}): {line}")
            if sys.stderr.isatty():
                print(f"\r{len(results)} of {len(seeds)} cases", end="", file=sys.stderr, flush=True)
    seconds = time.monotonic() - start
    for version in versions:
        of = [result for result in results if result.version == version]
        print(f"Envoy {version}: {len(of)} cases, {sum(result.requests for result in of)} requests, {sum(len(result.disagreements) for result in of)} disagreements")
    if mtls == "strict":
        print(f"with mTLS: {sum(result.denied for result in results)} requests refused, as no lane takes their way")
    failed = [result for result in results if result.disagreements]
    print(f"{len(results)} cases ({sum(result.invalid for result in results)} invalid topologies drawn on the way), {sum(result.requests for result in results)} requests, "
          f"{sum(len(result.disagreements) for result in results)} disagreements, {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
