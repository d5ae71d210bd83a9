"""`make mutants`: each fault in a process of its own, against the tests that run its line; the share that is noticed."""

from __future__ import annotations

import argparse
import gc
import importlib
import math
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import coverage
import pytest
from _pytest.runner import runtestprotocol

from tests.mutants.faults import Fault, faults
from tests.mutants.renew import put
from tests.mutants.targets import GENERATOR, targets, tests

LEAST = 0.9  # share to notice
PATIENCE = 5  # times the work that a test takes without a fault, and a second, after which it counts as noticed: it hangs
NEAR = 8  # lines after a fault: who runs one of them that few run, is likely to be about it
NOTICED, UNNOTICED = 0, 10
LOADED = "when a module is loaded"


class Row(NamedTuple):
    item: pytest.Item
    seconds: float
    lines: frozenset[tuple[str, int]]  # of the targets, that it runs


class Runner:
    """Runs in the place of pytest's own loop, where all tests are collected and everything is imported."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked, self.enough = asked, False
        self.targets = [
            target
            for target in targets()
            if target in asked.only or (not asked.only and target.startswith(tuple(asked.rooms)))
        ]

    def files(self) -> list[Path]:
        """Where the tests are that may notice something."""
        return sorted({path for target in self.targets for path in tests(target)})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """All faults that are asked for, one after the other."""
        started = time.monotonic()
        every = [(target, fault) for target in self.targets for fault in faults(_text(target))]
        for target in self.targets:
            importlib.import_module(_module(target))  # some are loaded where they are used
        rows = list(_measured(session.items, self.targets))
        gc.freeze()  # or each process copies all that is known
        many = min(self.asked.sample or len(every), len(every))
        chosen = sorted(random.Random(self.asked.seed).sample(range(len(every)), many))
        took = sum(row.seconds for row in rows)
        print(f"{len(rows)} tests, {took:.0f} s without a fault", flush=True)
        left = Counter[str]()
        for done, number in enumerate(chosen):
            target, fault = every[number]
            if sys.stderr.isatty():
                print(f"\r{done} of {many}, {target}\033[K\r", end="", file=sys.stderr, flush=True)
            if not noticed(target, fault, rows):
                left[target] += 1
                print(f"{target}.py:{fault.line}: {fault.what}", flush=True)
        if self.asked.each:
            _tell_each(Counter(every[number][0] for number in chosen), left)
        share = 1 - left.total() / many
        # A sample says it within its error; another one comes with each change of the code.
        error = math.sqrt(share * (1 - share) / many) if many < len(every) else 0.0
        print(
            f"mutants: {many - left.total()} of {many} noticed ({share:.1%} ± {error:.1%}), of {len(every)} there are; {time.monotonic() - started:.0f} s"
        )
        self.enough = share + 2 * error >= self.asked.least
        return True


def _tell_each(asked: Counter[str], left: Counter[str]) -> None:
    for target, many in sorted(asked.items()):
        print(f"{1 - left[target] / many:7.1%} of {many:4} {target}")


def _text(target: str) -> str:
    return (GENERATOR / f"{target}.py").read_text()


def _module(target: str) -> str:
    return f"generator.{target.removesuffix('/__init__').replace('/', '.')}"


def _measured(items: list[pytest.Item], asked: list[str]) -> Iterator[Row]:
    """Each test once, without a fault, and the lines it runs; those that are run when a module is loaded are everybody's."""
    files = {target: str(GENERATOR / f"{target}.py") for target in asked}
    watch = coverage.Coverage(data_file=None, config_file=False, include=[*files.values()])
    seconds: dict[str, float] = {}
    with watch.collect():
        watch.switch_context(LOADED)
        for target in asked:
            put(_module(target), _text(target))  # no fault: or what is noticed would say nothing
        for item in items:
            watch.switch_context(item.nodeid)
            _forget()
            started = time.process_time()
            assert passes(item), f"{item.nodeid} fails without a fault"
            seconds[item.nodeid] = time.process_time() - started
    lines = defaultdict[str, set[tuple[str, int]]](set)
    for target, path in files.items():
        for line, names in watch.get_data().contexts_by_lineno(path).items():
            for name in names:
                lines[name].add((target, line))
    for item in items:
        if item.nodeid in lines:
            yield Row(item, seconds[item.nodeid], frozenset(lines[item.nodeid] | lines[LOADED]))


def _forget() -> None:
    """Empties what the compiler remembers, so that each test runs the lines it depends on."""
    for name, module in list(sys.modules.items()):
        if name.startswith("generator."):
            for key, value in vars(module).items():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
                elif key == "_KEPT" and isinstance(value, dict):
                    value.clear()


def passes(item: pytest.Item) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False))


def asked(target: str, fault: Fault, rows: list[Row]) -> list[Row]:
    """The tests that may notice a fault: who runs none of its lines cannot tell. First those that are likely to be about
    it: they name the word, or run lines near it that few others run; then the quickest."""
    files = set(tests(target))
    those = [
        row
        for row in rows
        if row.item.path in files
        and (fault.lines is None or any((target, line) in row.lines for line in fault.lines))
    ]
    near = {(target, fault.line + more) for more in range(NEAR)}
    many = Counter(spot for row in those for spot in row.lines & near)
    word = fault.what.removeprefix("word ").strip("'")

    def order(row: Row) -> tuple[bool, int, float]:
        rare = min((many[spot] for spot in row.lines & near), default=len(rows))
        return word not in row.item.nodeid, rare, row.seconds

    return sorted(those, key=order)


def noticed(target: str, fault: Fault, rows: list[Row]) -> bool:
    """Whether a test fails with the fault."""
    those = asked(target, fault, rows)
    child = os.fork()
    if child == 0:
        try:
            _forget()
            put(_module(target), fault.text)
            alive = all(_in_time(row) for row in those)
        except BaseException:
            os._exit(NOTICED)
        os._exit(UNNOTICED if alive else NOTICED)
    return os.waitpid(child, 0)[1] != UNNOTICED << 8


def _in_time(row: Row) -> bool:
    signal.setitimer(signal.ITIMER_PROF, 1 + PATIENCE * row.seconds)  # its signal ends the process
    return passes(row.item)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--sample", type=int, help="Only so many faults, chosen by the seed.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", nargs="+", default=[], help="Only these files of generator/, without .py."
    )
    parser.add_argument("--rooms", nargs="+", default=[""], help="Only files that begin so.")
    parser.add_argument("--least", type=float, default=LEAST, help="The share to notice.")
    parser.add_argument("--each", action="store_true", help="The share of each file, too.")
    runner = Runner(parser.parse_args())
    plain = ("-q", "-s", "-n0", "-pno:cacheprovider", "--tb=no", "--assert=plain")
    pytest.main([*plain, *map(str, runner.files())], plugins=[runner])
    return 0 if runner.enough else 1


if __name__ == "__main__":
    sys.exit(main())
