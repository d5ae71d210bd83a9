"""`python -m bench.units [--size 1]`: kustomize over every unit of the city and of smaller ones.

No unit may take over half a second of the processor on an idle machine (the best of four tries
counts), on a slower one as much more as Python takes to start there; and all together may not grow
faster than their number.
"""

from __future__ import annotations

import argparse
import math
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from bench.__main__ import START, STARTS, STEEPEST, slope
from bench.city import Size, city, write
from bench.work import gen, spent

MOST = 0.5  # seconds
TRIES = 4
# The exponent where the smallest part is a handful of units: one slow moment is a tenth of it.
FEW = 1.25
KUSTOMIZE = ("kubectl", "kustomize")


def units(root: Path) -> dict[Path, int]:
    """Folder of each unit → how many services it runs."""
    kustomizations = (root / "build/overlays").glob("env-*/*/kustomization.yaml")
    return {
        path.parent: sum(found.is_dir() for found in path.parent.iterdir())
        for path in sorted(kustomizations)
        if path.parent.name != "mesh"
    }


def rendered(folder: Path) -> float:
    best = math.inf
    for _ in range(TRIES):
        best = min(best, spent((*KUSTOMIZE, str(folder)))[0])  # what disturbs only ever adds
        if best <= MOST:
            break
    return best


def slow() -> float:
    """How much slower than the idle machine that the half second is for."""
    start = (sys.executable, "-c", STARTS[-1][1])
    return max(1, statistics.median(spent(start)[0] for _ in range(5)) / START)


def built(place: Path, parts: tuple[Fraction, ...]) -> dict[Path, tuple[Fraction, int]]:
    """Folder of each unit → the part of the city that it is of, and how many services it runs."""
    found = {}
    for part in parts:
        root = place / str(part).replace("/", "_")
        write(root, city(Size.of(part)))
        gen(root, "build")
        for folder, services in units(root).items():
            found[folder] = part, services
    return found


def measured(folders: Iterable[Path]) -> tuple[dict[Path, float], float]:
    """(seconds of each unit, the most that one may take), in an order by which a slow while is slow
    for all sizes."""
    known = sorted(folders)
    before = slow()
    costs = {folder: rendered(folder) for folder in random.Random(1).sample(known, len(known))}
    return costs, MOST * (before + slow()) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=Fraction, default=Fraction(1))
    size = parser.parse_args().size
    parts = (size / 9, size / 3, size)
    place = Path(tempfile.mkdtemp(prefix="gen-city-"))
    try:
        folders = built(place, parts)
        costs, allowed = measured(folders)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    points = []
    for part in parts:
        own = [folder for folder in folders if folders[folder][0] == part]
        services = sum(folders[folder][1] for folder in own)
        seconds = sum(costs[folder] for folder in own)
        points.append((float(len(own)), seconds))
        print(f"size {part}: {len(own)} units of {services} services, {seconds:.1f} s in all")
    middle, most = statistics.median(costs.values()), max(costs.values())
    steepest, power = STEEPEST if size >= 1 else FEW, slope(points)
    print(
        f"all together grow with the units' power {power:.2f}, at most {steepest}; "
        f"the median unit takes {middle:.2f} s, "
        f"the slowest {most:.2f} s of at most {allowed:.2f} s"
    )
    if power > steepest or most > allowed:
        sys.exit("missed")


if __name__ == "__main__":
    main()
