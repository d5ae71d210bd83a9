"""`python -m tests.specification`: every small configuration, gen's plan against the meaning. Exit 1 and a counterexample if they differ."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor

from tests.results import record
from tests.specification import rules, shapes, tenants
from tests.specification.shapes import Shape

Rule = tuple[str, Callable[[Shape], int], list[Shape]]
UNITS = 3  # in configurations of which every call graph is asked


def asked() -> list[Rule]:
    every = list(shapes.shapes())
    few = [shape for shape in every if len(shape.units) <= UNITS]
    return [
        ("M1 M3 who answers in a lane", rules.who_answers, every),
        ("M1 M2 where routes lead", rules.where_routes_lead, every),
        ("M2 M7 who may call whom", rules.who_may_call, few),
    ]


def run(rule: tuple[Callable[[Shape], int], Shape]) -> int | list[str]:
    question, shape = rule
    try:
        return question(shape)
    except rules.Wrong as wrong:
        return wrong.lines


def report(what: str, found: Iterable[int | list[str]]) -> tuple[int, bool]:
    """How many answers were asked for, and whether all were right."""
    start, count, wrong = time.monotonic(), 0, None
    for result in found:
        if isinstance(result, int):
            count += result
        else:
            wrong = wrong or result
    print(
        f"{what}: {count:,} answers, {'WRONG' if wrong else 'all right'}, {time.monotonic() - start:.0f} s",
        flush=True,
    )
    if wrong:
        print(*wrong, sep="\n")
    return count, wrong is None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    start, told = time.monotonic(), []
    with ProcessPoolExecutor(options.jobs) as pool:
        for what, question, some in asked():
            # The largest first: nobody waits for one at the end.
            given = sorted(
                ((question, shape) for shape in some), key=lambda one: -len(one[1].units)
            )
            told.append(report(f"{what} ({len(some)} shapes)", pool.map(run, given)))
    for what, question in tenants.RULES:
        told.append(report(what, [_safe(question)]))
    wrong, answers = sum(not right for _, right in told), sum(count for count, _ in told)
    record("specification", seconds=time.monotonic() - start, wrong=wrong, answers=answers)
    return 1 if wrong else 0


def _safe(question: Callable[[], int]) -> int | list[str]:
    try:
        return question()
    except rules.Wrong as wrong:
        return wrong.lines


if __name__ == "__main__":
    sys.exit(main())
