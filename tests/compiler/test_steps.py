"""Whether a step runs is decided by its key alone, and a remembered one says what it would say."""

from __future__ import annotations

from generator.compiler.steps import Memory, Step, Steps
from generator.vocabulary.findings import Finding, Reading, outcome
from generator.vocabulary.source import Place

LENGTH: Step[int] = Step("length", int, dear=True)
TOLD = Finding("GEN314", Place("a"), "it is short")


def taken(steps: Steps, text: str, ran: list[str], subject: str = "") -> tuple[int, int]:
    def run() -> Reading[int]:
        ran.append(text)
        yield TOLD
        return len(text)

    value, found = outcome(steps.take(LENGTH, text, run, subject))
    assert set(found) == {TOLD}
    return value, len(ran)


def test_a_step_runs_where_what_it_reads_has_changed() -> None:
    first, ran = Steps(), list[str]()
    assert taken(first, "ab", ran) == (2, 1)
    second = Steps(Memory(first.results()))
    assert taken(second, "ab", ran) == (2, 1) and not second.much
    assert taken(second, "abc", ran) == (3, 2) and second.much
    assert taken(Steps(Memory(second.results())), "abc", ran) == (3, 2)
    assert taken(Steps(Memory(second.results())), "ab", ran, "other") == (2, 3)


def test_what_nobody_asked_for_stays() -> None:
    first, ran = Steps(), list[str]()
    taken(first, "ab", ran)
    idle = Steps(Memory(first.results()))
    assert taken(Steps(Memory(idle.results())), "ab", ran) == (2, 1)


def test_subjects_that_are_gone_are_forgotten() -> None:
    first, ran = Steps(), list[str]()
    for subject in ("one", "two"):
        taken(first, "ab", ran, subject)
    second = Steps(Memory(first.results()))
    taken(second, "ab", ran, "one")
    assert list(second.results()["length"]) == ["one"]
