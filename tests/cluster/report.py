"""What a run prints: a line per merge, and the table of docs/delivery.md."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cluster.run import Result, Run

HEAD = (
    "verb",
    "gen",
    "Argo CD",
    "istiod",
    "edit to answer",
    "edit to rest",
    "applications rendered",
    "requests",
    "failures",
    "wrong",
)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def step(result: Result) -> None:
    answer = (
        None
        if result.argocd is None or result.istiod is None
        else result.gen + result.argocd + result.istiod
    )
    say(
        f"{result.step.words or '(clearing up)'}: answer {_seconds(answer)}, rest {_seconds(result.settled)}, {len(result.rendered)} rendered, {result.requests} requests, {len(result.failures)} failures, {len(result.wrong)} wrong"
    )
    for line in (*result.failures[:3], *result.wrong[:3]):
        say(f"    {line}")


def table(run: Run) -> None:
    """Medians over the rounds, sums of what requests met."""
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for words in dict.fromkeys(result.step.words for result in run.results if result.step.words):
        of = [result for result in run.results if result.step.words == words]
        seconds = [
            _median(of, lambda each: each.gen),
            _median(of, lambda each: each.argocd),
            _median(of, lambda each: each.istiod),
        ]
        answer = _median(
            of,
            lambda each: (
                None
                if each.argocd is None or each.istiod is None
                else each.gen + each.argocd + each.istiod
            ),
        )
        rendered = _numbers(len(each.rendered) for each in of)
        counts = [
            sum(each.requests for each in of),
            sum(len(each.failures) for each in of),
            sum(len(each.wrong) for each in of),
        ]
        print(
            f"| {' | '.join([words, *map(_seconds, [*seconds, answer, _median(of, lambda each: each.settled)]), rendered, *map(str, counts)])} |"
        )


def _median(results: Iterable[Result], of: Callable[[Result], float | None]) -> float | None:
    found = [value for each in results if (value := of(each)) is not None]
    return statistics.median(found) if found else None


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def _numbers(values: Iterable[int]) -> str:
    found = sorted(set(values))
    return str(found[0]) if len(found) == 1 else f"{found[0]} to {found[-1]}"
