"""The boundary of the incremental compile: results of named steps, by what they read.

A stage calls a step and says by a key what the step reads; whether the step runs, or is remembered
from a compile before, is decided here alone. A result holds what the step found as well, so that a
remembered one says all that it would say. Keys are digests of content: a result is right or not
there, and none has to be taken away."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from generator.plan.tenants import Tenant
from generator.plan.units import Lane
from generator.vocabulary import typed
from generator.vocabulary.findings import Finding, Reading, outcome
from generator.vocabulary.source import Place

V = TypeVar("V")


class Step(NamedTuple, Generic[V]):
    """A step by its name; `holds` is the type of its values. To run one that is `dear` costs more
    than to keep what it came to."""

    name: str
    holds: Any
    dear: bool = False


class Result(NamedTuple, Generic[V]):
    """What a step came to: the key of what it read, what it found, and its value, which is `made`
    when somebody asks for it, and `packed` to be kept."""

    key: str
    findings: tuple[Finding, ...]
    made: Callable[[], V]
    packed: Callable[[], bytes]


Results = Mapping[str, Mapping[str, Result[Any]]]  # step → subject → result


@dataclass(frozen=True, slots=True)
class Settled:
    """Tenants of whom nothing was to be said: the blob id of each file by its path, and by name the
    path, what it says, and the lanes that it writes in place, with their places. They hold under
    the `key` of what stands around them, but most read less of it: `about` is the key of what all
    read, and who are not `apart` only ask besides whether their lane is there."""

    key: str = ""
    about: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    tenants: Mapping[str, Tenant] = field(default_factory=dict)
    inline: Mapping[str, tuple[tuple[Lane, Place], ...]] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()


NOTHING = Settled()


class Memory(NamedTuple):
    """What a compile without errors leaves for the next."""

    results: Results
    tenants: Settled = NOTHING


class Steps:
    """The steps of one compile: those that ran, and those that were remembered."""

    def __init__(self, before: Memory | None = None) -> None:
        self.tenants = before.tenants if before else NOTHING
        self._ran: Counter[str] = Counter()
        self._before: Results = before.results if before else {}
        self._now: dict[str, dict[str, Result[Any]]] = {}

    def result(
        self, step: Step[V], key: str, run: Callable[[], Reading[V]], subject: str = ""
    ) -> Reading[Result[V]]:
        """The result of a step about a subject, or about the whole: the remembered one if all that
        it reads is as it was."""
        known = self.known(step, key, subject)
        if known is None:
            value, found = outcome(run())
            known = self.keep(step, key, lambda: value, found, subject)
        yield from known.findings
        return known

    def take(
        self, step: Step[V], key: str, run: Callable[[], Reading[V]], subject: str = ""
    ) -> Reading[V]:
        """The value of a step."""
        return (yield from self.result(step, key, run, subject)).made()

    def known(self, step: Step[V], key: str, subject: str = "") -> Result[V] | None:
        """A result of before, or of this compile."""
        for results in (self._now, self._before):
            found = results.get(step.name, {}).get(subject)
            if found is not None and found.key == key:
                self._now.setdefault(step.name, {})[subject] = found
                return found
        return None

    def keep(
        self,
        step: Step[V],
        key: str,
        made: Callable[[], V],
        found: tuple[Finding, ...] = (),
        subject: str = "",
    ) -> Result[V]:
        """Remembers what a step came to."""
        self._ran[step.name] += step.dear
        result = Result(key, found, made, lambda: typed.packed(step.holds, made()))
        self._now.setdefault(step.name, {})[subject] = result
        return result

    @property
    def much(self) -> bool:
        """Whether so much ran that it pays to keep it: a quarter of a dear step or more."""
        return any(4 * ran > len(self._now[name]) for name, ran in self._ran.items())

    def results(self) -> Results:
        """All results of this compile; of steps that nobody asked for, those from before."""
        return {**self._before, **self._now}


def key(parts: Iterable[str]) -> str:
    """A key of all parts, in their order."""
    digest = hashlib.sha256()
    digest.update("\0".join(parts).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
