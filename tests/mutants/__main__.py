"""`make mutants`: each fault in a process of its own, against the tables of the tests; the share that is noticed."""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.util
import os
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # noqa: F401  what takes long to import and is not gen's is imported once, before the forks
import hypothesis  # noqa: F401
import pydantic  # noqa: F401
import pytest  # noqa: F401
import yaml  # noqa: F401

from tests.mutants.faults import faults

TOP = Path(__file__).parents[2]
TARGETS = ["yaml_reader", "shape", "load", "resolve", "kustomization", "bases", *(f"check/{path.stem}" for path in sorted((TOP / "generator/compiler/check").glob("[a-z]*.py")))]
LEAST, PATIENCE = 0.9, 60  # share to notice; seconds of work, after which a fault counts as noticed: it hangs
NOTICED, UNNOTICED = 0, 10


class Faulty(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module another source."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: Any) -> None:
        exec(compile(self.text, self.name, "exec"), module.__dict__)


def suite() -> Iterator[object]:
    """Runs table after table; raises at the first row that is not as expected."""
    from tests import test_findings, test_hostile, test_report, test_yaml_reader
    for code in test_findings.EXAMPLES:
        yield test_findings.test_each_example_fails_and_passes_as_its_page_says(code)
    for case in test_findings.CASES:
        yield test_findings.test_fails_where_it_stands_and_the_near_miss_passes(*case)
    for text, expected in test_yaml_reader.REFUSED:
        yield test_yaml_reader.test_refused_with_code_line_and_column(text, expected)
    for text, value in test_yaml_reader.ACCEPTED:
        yield test_yaml_reader.test_read_as_written(text, value)
    for one in (test_yaml_reader.test_not_utf8, test_findings.test_a_stage_tells_all_it_finds, test_findings.test_did_you_mean, test_findings.test_what_a_cluster_cannot_hold):
        yield one()
    for one in (test_findings.test_a_base_may_use_all_that_is_harmless, test_findings.test_a_base_of_very_many_folders, test_findings.test_the_span_of_what_is_shown):
        yield one()
    for one in (test_findings.test_what_is_said_of_a_value, test_yaml_reader.test_routes_lead_to_line_and_column):
        for row in _rows(one):
            yield one(*row)
    for one in (test_findings.test_kinds_that_are_no_services_to_bring, test_hostile.test_paths_that_differ_in_case_only):
        for value in _rows(one):
            yield one(value)
    for row in test_hostile.ROWS:
        yield test_hostile.test_each_file_is_refused_where_it_is_wrong_or_read_as_it_is_meant(row)
    yield test_hostile.test_the_output_does_not_depend_on_the_day()
    yield test_report.test_one_mistake_made_very_often_is_shown_a_hundred_times()


def _rows(test: Any) -> Any:
    """What a test is parametrized with."""
    return test.pytestmark[0].args[1]


def noticed(module: str, text: str) -> bool:
    """Whether the tests fail with this source in the place of the module's."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
        sys.meta_path.insert(0, Faulty(module, text))
        try:
            for _ in suite():
                pass
        except BaseException:
            os._exit(NOTICED)
        os._exit(UNNOTICED)
    return os.waitpid(child, 0)[1] != UNNOTICED << 8


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--sample", type=int, help="Only so many faults, chosen by the seed.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="Only this file below generator/compiler, without .py.")
    asked = parser.parse_args()
    every = []
    for target in [asked.only] if asked.only else TARGETS:
        path = TOP / f"generator/compiler/{target}.py"
        module = f"generator.compiler.{target.replace('/', '.')}"
        every += [(target, module, *fault) for fault in faults(path.read_text())]
    chosen = sorted(random.Random(asked.seed).sample(range(len(every)), min(asked.sample or len(every), len(every))))
    assert not noticed("no.such.module", ""), "the tests fail without a fault"
    started, left = time.monotonic(), []
    for number in chosen:
        target, module, line, what, text = every[number]
        if not noticed(module, text):
            left.append(f"{target}.py:{line}: {what}")
            print(left[-1], flush=True)
    share = 1 - len(left) / len(chosen)
    print(f"mutants: {len(chosen) - len(left)} of {len(chosen)} noticed ({share:.1%}), of {len(every)} there are; {time.monotonic() - started:.0f} s")
    return 0 if share >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
