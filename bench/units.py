"""`python -m bench.units [--size 1]`: kustomize over every unit of the city and of smaller ones.

No unit may take over half a second of the processor on an idle machine (the best of four tries counts), on a slower one
as much more as Python takes to start there; and all together may not grow faster than their number.
"""

from __future__ import annotations

import argparse
import math
import random
import shutil
import statistics
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from bench.__main__ import START, STARTS, STEEPEST, slope
from bench.city import Size, city, write
from bench.work import gen, spent

MOST = 0.5  # seconds
TRIES = 4
FEW = 1.25  # the exponent where the smallest part is a handful of units: one slow moment is a tenth of it
KUSTOMIZE = ("kubectl", "kustomize")


def units(root: Path) -> dict[Path, int]:
    """Folder of each unit → how many services it runs."""
    kustomizations = (root / "build/overlays").glob("env-*/*/kustomization.yaml")
    return {path.parent: sum(found.is_dir() for found in path.parent.iterdir()) for path in sorted(kustomizations) if path.parent.name != "mesh"}


def rendered(folder: Path) -> float:
    best = math.inf
    for _ in range(TRIES):
        best = min(best, spent((*KUSTOMIZE, str(folder)))[0])  # what disturbs only ever adds
        if best <= MOST:
            break
    return best


def slow() -> float:
    """How much slower than the idle machine that the half second is for."""
    return max(1, statistics.median(spent((sys.executable, "-c", STARTS[-1][1]))[0] for _ in range(5)) / START)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=Fraction, default=Fraction(1))
    size = parser.parse_args().size
    place, folders, points = Path(tempfile.mkdtemp(prefix="gen-city-")), {}, []
    try:
        for part in (size / 9, size / 3, size):
            root = place / str(part).replace("/", "_")
            write(root, city(Size.of(part)))
            gen(root, "build")
            folders |= {folder: (part, services) for folder, services in units(root).items()}
        mixed = random.Random(1).sample(sorted(folders), len(folders))  # so that a slow while is slow for all sizes
        before = slow()
        costs = {folder: rendered(folder) for folder in mixed}
        allowed = MOST * (before + slow()) / 2
    finally:
        shutil.rmtree(place, ignore_errors=True)
    for part in (size / 9, size / 3, size):
        own = [folder for folder in folders if folders[folder][0] == part]
        points.append((float(len(own)), sum(costs[folder] for folder in own)))
        print(f"size {part}: {len(own)} units of {sum(folders[folder][1] for folder in own)} services, {points[-1][1]:.1f} s in all")
    middle, most = statistics.median(costs.values()), max(costs.values())
    steepest = STEEPEST if size >= 1 else FEW
    print(f"all together grow with the units' power {slope(points):.2f}, at most {steepest}; the median unit takes {middle:.2f} s, the slowest {most:.2f} s of at most {allowed:.2f} s")
    if slope(points) > steepest or most > allowed:
        sys.exit("missed")


if __name__ == "__main__":
    main()
