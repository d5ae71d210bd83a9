"""`python -m bench.units [--size 1]`: kustomize over every unit of the city and of smaller ones.

No unit may take over half a second of the processor (the second try counts, if the first did; on a busy machine three
times the median unit), and all together may not
grow faster than the number of services that they run.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from bench.__main__ import STEEPEST, slope
from bench.city import Size, city, write
from bench.work import gen, spent

MOST, TIMES = 0.5, 3  # seconds; on a machine that is busy, times the median unit, which is little more than kubectl's start
KUSTOMIZE = ("kubectl", "kustomize")


def units(root: Path) -> dict[Path, int]:
    """Folder of each unit → how many services it runs."""
    kustomizations = (root / "build/overlays").glob("env-*/*/kustomization.yaml")
    return {path.parent: sum(found.is_dir() for found in path.parent.iterdir()) for path in sorted(kustomizations) if path.parent.name != "mesh"}


def rendered(folder: Path) -> float:
    first = spent((*KUSTOMIZE, str(folder)))[0]
    return first if first <= MOST else min(first, spent((*KUSTOMIZE, str(folder)))[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=Fraction, default=Fraction(1))
    size, points, most, allowed = parser.parse_args().size, [], 0.0, MOST
    place = Path(tempfile.mkdtemp(prefix="gen-city-"))
    try:
        for part in (size / 9, size / 3, size):
            root = place / str(part).replace("/", "_")
            write(root, city(Size.of(part)))
            gen(root, "build")
            folders = units(root)
            costs = {folder: rendered(folder) for folder in folders}
            points.append((float(sum(folders.values())), sum(costs.values())))
            most, allowed = max(costs.values()), max(MOST, TIMES * statistics.median(costs.values()))
            print(f"size {part}: {len(costs)} units of {sum(folders.values())} services, {sum(costs.values()):.1f} s in all; median {statistics.median(costs.values()):.2f} s, most {most:.2f} s ({max(costs, key=lambda folder: costs[folder]).relative_to(root / 'build')})")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print(f"all units grow with the services' power {slope(points):.2f}, at most {STEEPEST}; the slowest takes {most:.2f} s of at most {allowed:.2f} s")
    if slope(points) > STEEPEST or most > allowed:
        sys.exit("missed")


if __name__ == "__main__":
    main()
