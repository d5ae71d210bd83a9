"""A request whose answer a change moves, of each asker one: what a person tries, or gives to `gen
explain`."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from generator.plan import journey
from generator.plan.plan import Plan
from generator.plan.tenants import RULE_KINDS, Choices, Rule
from generator.views.difference import Example


class Examples:
    """Requests that show what moves on one side. Who moves the same services is shown by the same
    path, so that many askers cost no more than one."""

    def __init__(self, plan: Plan | None) -> None:
        self._plan = plan
        self._paths: dict[frozenset[str], str | None] = {}
        self._ways: list[tuple[str, frozenset[str]]] | None = None

    def of(self, rules: Iterable[Rule], choices: Choices, moved: Iterable[str]) -> Example | None:
        """A request of who is told by these rules, none if by its host alone, and takes these
        lanes; None where none comes to what moved."""
        plan = self._plan
        if plan is None or not choices:
            return None
        rule = min(rules, key=lambda rule: (RULE_KINDS.index(rule[0]), rule), default=None)
        host = rule[2] if rule and rule[0] == "host" else self._host(plan, choices[0][0])
        path = self._path(plan, frozenset(moved))
        if host is None or path is None:
            return None
        return Example(host, path, rule if rule and rule[0] != "host" else None)

    def _host(self, plan: Plan, lane: str) -> str | None:
        """Of the environment where the lane begins, or of any."""
        first = plan.lanes[lane].through[0].environment
        for name in (first, *plan.environments):
            if hosts := plan.environments[name].hosts:
                return hosts[0]
        return None

    def _path(self, plan: Plan, moved: frozenset[str]) -> str | None:
        """The way in that leads to most of what moved, itself first."""
        if moved not in self._paths:
            if self._ways is None:
                self._ways = list(_ways(plan))
            fitting = [(path, len(moved & reached)) for path, reached in self._ways]
            best = max(fitting, key=lambda way: way[1], default=("", 0))
            self._paths[moved] = best[0] if best[1] else None
        return self._paths[moved]


def _ways(plan: Plan) -> Iterator[tuple[str, frozenset[str]]]:
    """Ways in, each with the services that a request can come to."""

    def onward(service: str) -> list[str]:
        readers = [name for _, name in plan.consumers(service)]
        return [*plan.services[service].calls, *readers]

    for way in plan.entries():
        yield way.path, frozenset(journey.walk([way.service], onward))


def command(example: Example) -> str:
    """The request, as `gen explain` takes it."""
    words = ["gen", "explain", "--host", example.host, "--path", example.path]
    if example.rule is not None:
        kind, name, value = example.rule
        words += [f"--{kind}", f"{name}={value}"]
    return shlex.join(words)
