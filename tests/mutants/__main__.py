"""`make mutants`: each fault in a process of its own, against the tests that run its line; the share that is noticed."""

from __future__ import annotations

import argparse
import gc
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest
from _pytest.runner import runtestprotocol

from tests.mutants.faults import Fault, faults

TOP = Path(__file__).parents[2]
TARGETS = ["yaml_reader", "shape", "load", "resolve", "kustomization", "patches", "bases", *(f"check/{path.stem}" for path in sorted((TOP / "generator/compiler/check").glob("[a-z]*.py")))]
TESTS = ("yaml_reader", "findings", "hostile", "memory", "report", "queues", "budgets", "resolve", "shape", "check", "load", "bases", "patches")  # those that ask the targets most
LEAST = 0.9  # share to notice
PATIENCE = 5  # times the work that a test takes without a fault, and a second, after which it counts as noticed: it hangs
NOTICED, UNNOTICED = 0, 10


class Row(NamedTuple):
    item: pytest.Item
    seconds: float
    lines: frozenset[tuple[str, int]]  # of the targets, that it runs


class Runner:
    """Runs in the place of pytest's own loop, where all tests are collected and everything is imported."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked, self.enough = asked, False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """All faults that are asked for, one after the other."""
        started, every = time.monotonic(), [(target, fault) for target in ([self.asked.only] if self.asked.only else TARGETS) for fault in faults(_file(target).read_text())]
        rows = list(_measured(session.items))
        gc.freeze()  # or each process copies all that is known
        chosen = sorted(random.Random(self.asked.seed).sample(range(len(every)), min(self.asked.sample or len(every), len(every))))
        print(f"{len(rows)} tests, {sum(row.seconds for row in rows):.0f} s with lines counted", flush=True)
        left = 0
        for done, number in enumerate(chosen):
            target, fault = every[number]
            if sys.stderr.isatty():
                print(f"\r{done} of {len(chosen)}, {target}\033[K\r", end="", file=sys.stderr, flush=True)
            if not noticed(target, fault, rows):
                left += 1
                print(f"{target}.py:{fault.line}: {fault.what}", flush=True)
        share = 1 - left / len(chosen)
        print(f"mutants: {len(chosen) - left} of {len(chosen)} noticed ({share:.1%}), of {len(every)} there are; {time.monotonic() - started:.0f} s")
        self.enough = share >= LEAST
        return True


def _file(target: str) -> Path:
    return TOP / f"generator/compiler/{target}.py"


def _measured(items: list[pytest.Item]) -> Iterator[Row]:
    """Each test once, without a fault, and the lines it runs."""
    files = {str(_file(target)): target for target in TARGETS}
    lines: set[tuple[str, int]] = set()

    def trace(frame: Any, event: str, _: Any) -> Any:
        target = files.get(frame.f_code.co_filename)
        if target is not None:
            lines.add((target, frame.f_lineno))
        return trace if target is not None else None

    for item in items:
        lines.clear()
        _forget()
        started = time.process_time()
        sys.settrace(trace)
        passed = passes(item)
        sys.settrace(None)
        assert passed, f"{item.nodeid} fails without a fault"
        if lines:
            yield Row(item, time.process_time() - started, frozenset(lines))


def _forget() -> None:
    """Empties what the compiler remembers, so that each test runs the lines it depends on."""
    for name, module in list(sys.modules.items()):
        if name.startswith("generator."):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def passes(item: pytest.Item) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False))


def noticed(target: str, fault: Fault, rows: list[Row]) -> bool:
    """Whether a test fails with the fault. Who runs none of its lines cannot tell; the quickest are asked first."""
    asked = [row for row in rows if fault.lines is None or any((target, line) in row.lines for line in fault.lines)]
    child = os.fork()
    if child == 0:
        try:
            _forget()
            put(sys.modules[f"generator.compiler.{target.replace('/', '.')}"], fault.text)
            alive = all(_in_time(row) for row in sorted(asked, key=lambda row: row.seconds))
        except BaseException:
            os._exit(NOTICED)
        os._exit(UNNOTICED if alive else NOTICED)
    return os.waitpid(child, 0)[1] != UNNOTICED << 8


def _in_time(row: Row) -> bool:
    signal.setitimer(signal.ITIMER_PROF, 1 + PATIENCE * row.seconds)  # its signal ends the process
    return passes(row.item)


def put(module: ModuleType, text: str) -> None:
    """Gives a module another source, wherever what it holds has been imported to."""
    fresh = ModuleType(module.__name__)
    fresh.__file__ = module.__file__
    exec(compile(text, str(module.__file__), "exec"), fresh.__dict__)
    users = [other for name, other in sys.modules.items() if name.startswith(("generator.", "tests."))]
    for name, new in vars(fresh).items():
        old = vars(module).get(name)
        code, into = getattr(new, "__wrapped__", new), getattr(old, "__wrapped__", old)
        if isinstance(code, FunctionType) and isinstance(into, FunctionType):
            if code.__module__ == module.__name__:
                into.__code__, into.__defaults__, into.__kwdefaults__ = code.__code__, code.__defaults__, code.__kwdefaults__
        elif not name.startswith("__") and not isinstance(new, ModuleType) and getattr(new, "__module__", module.__name__) == module.__name__:
            for user in users:
                if name in vars(user) and vars(user)[name] is old:
                    setattr(user, name, new)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--sample", type=int, help="Only so many faults, chosen by the seed.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="Only this file below generator/compiler, without .py.")
    runner = Runner(parser.parse_args())
    pytest.main(["-q", "-s", "-n", "0", "-p", "no:cacheprovider", *(str(TOP / f"tests/test_{name}.py") for name in TESTS)], plugins=[runner])
    return 0 if runner.enough else 1


if __name__ == "__main__":
    sys.exit(main())
