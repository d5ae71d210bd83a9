"""`make learn`: random call graphs through every kind of source, and a log that is far larger than
what may be held of it."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.adoption.telemetry.lab import JOINING, KINDS, draw, envoy_json, read, told

PRECISION, RECALL, POINTS = 1.0, 0.98, 0.02
MOST_MEMORY = 100  # MB of the process that reads the large log


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--graphs", type=int, default=50)
    parser.add_argument("--megabytes", type=int, default=1024)
    asked = parser.parse_args()
    failed = sum(not _holds(kind, asked.graphs) for kind in KINDS)
    return 1 if failed or not _streams(asked.megabytes) else 0


def _holds(kind: str, graphs: int) -> bool:
    right, named, there, worst = 0, 0, 0, 0.0
    for seed in range(graphs):
        graph = draw(seed)
        seen = read(graph, KINDS[kind](graph))
        calls = set(seen.calls)
        right, named = right + len(calls & graph.edges), named + len(calls)
        there += len(graph.edges)
        for service, (joined, lost) in told(graph, kind).items() if kind in JOINING else ():
            share = seen.shares().get(service)
            worst = max(worst, abs((share.rate if share else 1.0) - lost / joined))
    precision, recall = right / named, right / there
    loss = f", loss within {worst * 100:.1f} points" if kind in JOINING else ""
    print(f"learn: {kind}: precision {precision:.3f}, recall {recall:.3f}{loss}")
    return precision >= PRECISION and recall >= RECALL and worst <= POINTS


_READ = """
import resource, sys
from generator.io.evidence import feed
from generator.adoption.telemetry.reader import Telemetry
from tests.adoption.telemetry.lab import HEADER, draw, who
telemetry = Telemetry(who(draw(1)), HEADER)
feed(telemetry, sys.argv[1])
seen = telemetry.close()
print(sum(seen.calls.values()), sum(seen.joined.values()))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def _streams(megabytes: int) -> bool:
    """A log of many requests, each with an id of its own."""
    graph = draw(1)
    text = envoy_json(graph)
    calls = Counter(line.count("outbound|") for line in text.splitlines())[1]
    with tempfile.TemporaryDirectory(prefix="gen-learn-") as scratch:
        path, rounds = Path(scratch) / "large.log", 0
        with path.open("w") as file:
            while file.tell() < megabytes * 1_000_000:
                file.write(text.replace('"id-', f'"id-{rounds}-'))
                rounds += 1
        size = path.stat().st_size // 1_000_000
        done = subprocess.run(
            [sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=True
        )
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    counted, memory = done.stdout.splitlines()
    whole = int(counted.split()[0]) == calls * rounds
    print(
        f"learn: {size:,} MB in {seconds:.0f} s of processor time, {memory} MB, every call counted: {whole}"
    )
    return whole and int(memory) <= MOST_MEMORY


if __name__ == "__main__":
    sys.exit(main())
