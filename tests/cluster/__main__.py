"""`python -m tests.cluster --rounds 5`: the guide of docs/delivery.md is followed on a cluster of real parts, and then each
verb of daily life is done as a person does it, from the edit to the request, while every tenant keeps asking.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time

from tests.cluster import checks, report, scenarios, tools
from tests.cluster.adopting import adopts
from tests.cluster.limits import limits
from tests.cluster.run import Run
from tests.cluster.second import clusters
from tests.cluster.sleeping import sleeps
from tests.cluster.smoke import smoke
from tests.cluster.trust import short_lived, trusted, waits
from tests.cluster.world import World
from tests.mesh import network
from tests.results import record

FIRST, LAST = (
    (checks.projects, limits, checks.conflicts, checks.heals, checks.prunes),
    (smoke, adopts, trusted, waits, checks.broken, sleeps, clusters),
)
# That a check can fail, or what is not gen's doing: only where it is asked for.
SHOWN = (short_lived, checks.sha256)
NAMES = [
    *(check.__name__ for check in FIRST),
    *scenarios.SCENARIOS,
    *(check.__name__ for check in LAST),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=1, help="how often each verb is done; the table shows medians"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=[*NAMES, *(check.__name__ for check in SHOWN)],
        help="one part of a run; may be given more than once",
    )
    parser.add_argument(
        "--requests",
        type=int,
        default=0,
        help="requests that must have been sent at the end; more are sent if need be",
    )
    options = parser.parse_args()
    if tools.missing():
        sys.exit(f"missing: {', '.join(tools.missing())}")
    tools.prepare()
    network.sweep()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    world = World()
    wrong: list[str] = []
    try:
        began = time.monotonic()
        world.start()
        report.say(f"a cluster with Istio and Argo CD: {time.monotonic() - began:.1f} s")
        world.install()
        world.settle()
        report.say(
            f"the guide, until all is Synced and Healthy: {time.monotonic() - began:.1f} s since the start"
        )
        scenarios.prepare(world)
        world.ring()
        world.settle()
        run = Run(world)
        try:
            chosen = options.only or NAMES
            wrong += checks.each(run, [check for check in FIRST if check.__name__ in chosen])
            for number in range(options.rounds):
                for step in (
                    step
                    for name in scenarios.SCENARIOS
                    if name in chosen
                    for step in scenarios.SCENARIOS[name]
                ):
                    report.step(run.step(step, number))
            last = [check for check in (*LAST, *SHOWN) if check.__name__ in chosen]
            wrong += checks.each(run, last)
            run.reach(options.requests)
        finally:
            run.close()
        wrong += [*run.total.failures, *run.total.wrong, *run.faults, *world.kubelet.faults]
        report.table(run)
    finally:
        world.close()
    for line in wrong[:40]:
        print(f"wrong: {line}")
    print(
        f"{run.total.requests} requests, {len(run.total.failures)} failures, {len(run.total.wrong)} wrong answers, {len(wrong)} faults in all"
    )
    if options.only is None:
        seconds, requests = time.monotonic() - began, run.total.requests
        record("cluster-test", seconds=seconds, wrong=len(wrong), requests=requests)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
