"""`python -m tests.mesh --seeds 1-50`: random topologies on the real mesh. Exit 1 on any disagreement."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tests.mesh import network, questions, tools
from tests.mesh.ambient import Ambient
from tests.mesh.case import Case, Invalid
from tests.mesh.judge import Record
from tests.mesh.mixed import Mixed
from tests.mesh.topology import generate
from tests.results import record

PLANES: dict[str, type[Case]] = {"sidecar": Case, "ambient": Ambient, "mixed": Mixed}
SHOWN = 10  # disagreements of a case that are printed


@dataclass
class Result:
    """What one seed showed. `refused`: the repository was invalid on purpose, and the compiler said so."""

    seed: int
    version: str
    record: Record = field(default_factory=Record)
    refused: bool = False
    seconds: float = 0
    held: int = 0  # requests that the simulation answered as well


def run_seed(
    seed: int,
    version: str,
    mtls: str,
    held: bool,
    routes: str | None,
    plane: str,
    ingress: str | None,
) -> Result:
    result = Result(seed, version)
    with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
        root = Path(folder)
        valid = generate(seed, root, version, mtls, routes=routes, plane=plane, ingress=ingress)
        try:
            case = PLANES[plane](root, version, seed)
        except Invalid as refusal:
            result.refused = not valid
            if valid:
                result.record.disagreements.append(f"the compiler refuses what is valid: {refusal}")
            return result
        try:
            if not valid:
                case.judge.wrong("the compiler takes a lane that reaches what nobody answers")
            if held:
                result.held = _held(case, version, seed)
            else:
                questions.ask(case)
            result.record = case.judge.record
        finally:
            case.close()
    return result


def _held(case: Case, version: str, seed: int) -> int:
    """Asks, and has the simulation answer as well: where it says something else, it reads the tree wrongly."""
    from tests.simulate.held import Held, both

    beside = Held(seed)
    with both(case, version, beside):
        questions.ask(case)
    for line in beside.different:
        case.judge.wrong(f"simulated otherwise: {line}")
    return beside.asked


def safe(
    seed: int,
    version: str,
    mtls: str,
    held: bool,
    routes: str | None = None,
    plane: str = "sidecar",
    ingress: str | None = None,
) -> Result:
    """A case that cannot be brought up is a disagreement, not the end of the run."""
    start = time.monotonic()
    try:
        result = run_seed(seed, version, mtls, held, routes, plane, ingress)
    except Exception as error:
        result = Result(seed, version, Record(disagreements=[f"{type(error).__name__}: {error}"]))
    result.seconds = time.monotonic() - start
    return result


def seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-20", type=seeds, help="first-last")
    parser.add_argument(
        "--envoy", action="append", choices=tools.ENVOYS, help="versions; several take turns"
    )
    parser.add_argument(
        "--mtls", action="store_true", help="real identities: what no lane can take is refused"
    )
    parser.add_argument(
        "--plane", choices=PLANES, default="sidecar", help="all but `sidecar` imply identities"
    )
    parser.add_argument("--held", action="store_true", help="hold the simulation to it, too")
    parser.add_argument(
        "--gateway", action="store_true", help="routes of the Gateway API (`mesh.routes: gateway`)"
    )
    parser.add_argument(
        "--ingress", choices=["gateway"], help="a Gateway of the Gateway API (`ingress.kind`)"
    )
    parser.add_argument("--first", action="store_true", help="stop at the first disagreement")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if missing := tools.missing():
        print(f"missing: {', '.join(missing)}", file=sys.stderr)
        return 2
    versions = options.envoy or [tools.NEWEST]
    tools.prepare(versions)
    network.sweep()
    start = time.monotonic()
    strict = options.mtls or options.plane != "sidecar"
    results = run(
        options.seeds,
        versions,
        options.jobs,
        "strict" if strict else "disabled",
        options.first,
        options.held,
        "gateway" if options.gateway else None,
        options.plane,
        options.ingress,
    )
    seconds = time.monotonic() - start
    if not options.first:
        name = "mesh" + ("-gateway" if options.gateway else "") + ("-mtls" if options.mtls else "")
        name += f"-{options.plane}" if options.plane != "sidecar" else ""
        name += "-ingress" if options.ingress else ""
        keep(name, results, seconds)
    return report(results, versions, strict, seconds)


def run(
    seeds: range,
    versions: list[str],
    jobs: int,
    mtls: str,
    first: bool,
    held: bool,
    routes: str | None = None,
    plane: str = "sidecar",
    ingress: str | None = None,
) -> list[Result]:
    results = []
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [
            pool.submit(
                safe, seed, versions[seed % len(versions)], mtls, held, routes, plane, ingress
            )
            for seed in seeds
        ]
        for done in as_completed(waiting):
            result = done.result()
            results.append(result)
            for line in result.record.disagreements[:SHOWN]:
                print(f"seed {result.seed} (Envoy {result.version}): {line}", flush=True)
            if sys.stderr.isatty():
                print(
                    f"\r{len(results)} of {len(seeds)} cases", end="", file=sys.stderr, flush=True
                )
            if first and result.record.disagreements:
                pool.shutdown(cancel_futures=True)
                break
    return results


def report(results: list[Result], versions: list[str], mtls: bool, seconds: float) -> int:
    def of(some: list[Result]) -> str:
        wrong = sum(len(result.record.disagreements) for result in some)
        return f"{len(some)} cases, {sum(result.record.requests for result in some)} requests, {wrong} disagreements"

    for version in versions:
        some = [result for result in results if result.version == version]
        print(
            f"Envoy {version}: {of(some)}, {sum(result.seconds for result in some):.0f} s of work"
        )
    if mtls:
        print(
            f"with mTLS: {sum(result.record.denied for result in results)} requests refused, as no lane takes their way"
        )
    print(
        f"{of(results)} ({sum(result.refused for result in results)} invalid on purpose, and refused), {seconds:.0f} s"
    )
    if held := sum(result.held for result in results):
        print(f"{held:,} of the requests were asked of the simulation as well")
    return 1 if any(result.record.disagreements for result in results) else 0


def keep(name: str, results: list[Result], seconds: float) -> None:
    """What a whole run showed; one that stops at the first disagreement is of a fault that was put in."""
    record(
        name,
        seconds=seconds,
        wrong=sum(len(result.record.disagreements) for result in results),
        topologies=len(results),
        requests=sum(result.record.requests for result in results),
        held=sum(result.held for result in results),
    )


if __name__ == "__main__":
    sys.exit(main())
