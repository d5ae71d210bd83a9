"""Units that are sent to sleep and woken, by people and by their schedules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.edits.edit import Edit
from generator.edits.sleep import Due, Sleep, Wake
from generator.edits.state import State
from generator.vocabulary.refusal import Refusal
from tests.conftest import SMALL, Files, sources, write
from tests.schedules import held

TEST = "environments/test/environment.yaml"
LOGIN = "environments/test/branches/login.yaml"
NOON, NIGHT, MORNING = (f"2027-01-1{day}Z" for day in ("4T12:00:00", "4T22:00:00", "5T07:00:00"))
SLEEPS = "sleeps: {at: '20:00', until: '07:00'} # nights\n"
SCHEDULED = f"# ours\n{SMALL[TEST]}{SLEEPS}"


def after(edit: Edit, changes: Files | None = None) -> dict[str, str]:
    before = State(sources(changes or {}))
    files = edit.change(before).on(before.sources)
    before.with_files(files).validate()
    return {path: (raw or b"").decode() for path, raw in files.items()}


def test_a_unit_sleeps_and_wakes_and_comments_stay() -> None:
    there = {LOGIN: "# mine\nruns: # what runs\n  api: {tag: b1} # first\n"}
    asleep = after(Sleep(("test/login",), NOON), there)
    assert asleep == {LOGIN: f"{there[LOGIN]}asleep: true\n"}
    assert after(Sleep(("test/login",), NOON), dict(asleep)) == {}
    awake = after(Wake(("test/login",), NOON), dict(asleep))
    assert awake == {LOGIN: f"{there[LOGIN]}asleep: false\n"}
    assert after(Wake(("test/login",), NOON)) == {}


def test_several_at_once_and_a_branch_by_the_name_of_its_git_branch() -> None:
    there = {
        LOGIN: None,
        "environments/test/branches/fix-7.yaml": "# git branch: Fix/7\nruns: {api: {tag: b}}\n",
    }
    there |= {"environments/lanes/mixed.yaml": None, "environments/tenants/acme.yaml": None}
    files = after(Sleep(("test/Fix/7", "perf"), NOON), there)
    assert sorted(files) == [
        "environments/perf/environment.yaml",
        "environments/test/branches/fix-7.yaml",
    ]


@pytest.mark.parametrize("unit", ["tset", "test/lgoin"])
def test_a_unit_that_is_not_there_is_refused_with_the_nearest(unit: str) -> None:
    with pytest.raises(Refusal, match="there is no") as refused:
        after(Sleep((unit,), NOON))
    assert "did you mean `test" in refused.value.next_step


def test_a_branch_sleeps_on_with_its_environment() -> None:
    there: Files = {TEST: f"{SMALL[TEST]}asleep: true\n", LOGIN: f"asleep: true\n{SMALL[LOGIN]}"}
    change = Wake(("test/login",), NOON).change(State(sources(there)))
    assert change.notes == ("test/login still sleeps, since test does: gen wake test",)
    assert Wake(("test/login", "test"), NOON).change(State(sources(there))).notes == ()


def test_the_schedule_is_followed() -> None:
    night = after(Due(NIGHT), {TEST: SCHEDULED})
    assert night == {TEST: f"{SCHEDULED}asleep: true\n"}
    assert after(Due(NIGHT), dict(night)) == {}
    assert after(Due(MORNING), dict(night)) == {TEST: f"{SCHEDULED}asleep: false\n"}
    assert after(Due(NOON), {TEST: SCHEDULED}) == {}


def test_a_persons_word_holds_until_the_schedule_says_the_next_thing() -> None:
    night = after(Due(NIGHT), {TEST: SCHEDULED})
    woken = after(Wake(("test",), NIGHT), dict(night))
    assert woken == {TEST: f'{SCHEDULED}asleep: false\nresumes: "{MORNING}"\n'}
    assert after(Due("2027-01-14T23:00:00Z"), dict(woken)) == {}
    assert after(Due(MORNING), dict(woken)) == {TEST: f"{SCHEDULED}asleep: false\n"}
    assert after(Due("2027-01-15T20:00:00Z"), dict(woken)) == {TEST: f"{SCHEDULED}asleep: true\n"}
    # And who goes early is not woken again.
    early = after(Sleep(("test",), "2027-01-14T17:00:00Z"), {TEST: SCHEDULED})
    assert after(Due("2027-01-14T17:30:00Z"), dict(early)) == {}
    assert after(Due(NIGHT), dict(early)) == {TEST: f"{SCHEDULED}asleep: true\n"}
    # What is then so by the schedule needs no word.
    assert after(Sleep(("test",), NIGHT), dict(woken)) == {TEST: f"{SCHEDULED}asleep: true\n"}


@pytest.mark.parametrize("now", ["now", "2027-02-30T10:00:00Z", "2027-01-14 22:00"])
def test_a_moment_is_read_strictly(now: str) -> None:
    with pytest.raises(Refusal):
        Due(now).change(State(sources({TEST: SCHEDULED})))


def test_the_verbs(gen: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    write(tmp_path, {TEST: SCHEDULED})
    code, out, _ = gen("-C", tmp_path, "sleep", "--due", "--now", NIGHT)
    assert code == 0 and "+asleep: true" in out
    assert (tmp_path / TEST).read_text() == f"{SCHEDULED}asleep: true\n"
    code, out, _ = gen("-C", tmp_path, "list", "branches")
    assert code == 0 and "ASLEEP" in out and "yes" in out
    code, out, _ = gen("-C", tmp_path, "tree", "test")
    assert "asleep: no pod runs" in out
    code, out, _ = gen("-C", tmp_path, "explain", "--lane", "test", "--service", "web")
    assert "test is asleep: 503" in out
    assert gen("-C", tmp_path, "sleep", "--due", "--now", NIGHT)[:2] == (0, "nothing is due\n")
    code, out, _ = gen("-C", tmp_path, "wake", "test", "--now", NIGHT, "--format", "json")
    assert code == 0 and '"verb": "wake"' in out
    assert gen("-C", tmp_path, "wake", "test", "--now", NIGHT)[:2] == (0, "awake already\n")
    assert gen("-C", tmp_path, "sleep")[0] == 2
    assert gen("-C", tmp_path, "sleep", "test", "--due")[0] == 2


def test_a_persons_word_holds_a_while_where_the_schedule_always_says_the_same() -> None:
    always = "sleeps: [{at: '06:00', until: '16:30'}, {at: '14:00', until: '09:30'}]\n"
    asleep = {TEST: f"{SMALL[TEST]}{always}asleep: true\n"}
    woken = after(Wake(("test",), NOON), dict(asleep))
    assert woken[TEST].endswith('asleep: false\nresumes: "2027-01-14T14:00:00Z"\n')
    assert after(Due("2027-01-14T13:59:00Z"), dict(woken)) == {}
    assert after(Due("2027-01-14T14:00:00Z"), dict(woken)) == asleep


@pytest.mark.parametrize("seed", range(1, 9))
def test_schedules_of_random_topologies(seed: int, tmp_path: Path) -> None:
    """A thousand of them are `make schedules`."""
    held(seed, tmp_path)
