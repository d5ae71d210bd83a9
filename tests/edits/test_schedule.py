"""When schedules let units sleep: nights, weekends, zones, and the days on which clocks change."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from generator.edits.schedule import DAYS, sleeps, turn
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.sleep import Sleep
from generator.vocabulary.zones import ZONES

NIGHT = Sleep(at="20:00", until="07:00", zone="Europe/Berlin")
WEEKEND = Sleep(at="07:00", until="20:00", days=("sat", "sun"), zone="Europe/Berlin")
SIESTA = Sleep(at="12:00", until="13:00")
WHOLE = Sleep(at="00:00", until="00:00", days=("sun",))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("spans", "moment", "asleep"),
    [
        ([NIGHT], "2027-01-14T19:59:59+01:00", False),
        ([NIGHT], "2027-01-14T20:00:00+01:00", True),
        ([NIGHT], "2027-01-15T03:00:00+01:00", True),
        ([NIGHT], "2027-01-15T06:59:59+01:00", True),
        ([NIGHT], "2027-01-15T07:00:00+01:00", False),
        ([NIGHT], "2027-07-14T18:00:00+00:00", True),  # summer: 20:00 in Berlin
        ([NIGHT], "2027-07-14T17:59:59+00:00", False),
        ([SIESTA], "2027-01-14T12:30:00+00:00", True),
        ([SIESTA], "2027-01-14T13:00:00+00:00", False),
        # Friday evening to Monday morning
        ([NIGHT, WEEKEND], "2027-01-15T19:00:00+01:00", False),
        ([NIGHT, WEEKEND], "2027-01-16T12:00:00+01:00", True),
        ([NIGHT, WEEKEND], "2027-01-17T23:00:00+01:00", True),
        ([NIGHT, WEEKEND], "2027-01-18T07:00:00+01:00", False),
        ([WHOLE], "2027-01-16T23:59:59+00:00", False),
        ([WHOLE], "2027-01-17T00:00:00+00:00", True),
        ([WHOLE], "2027-01-17T23:59:59+00:00", True),
        ([WHOLE], "2027-01-18T00:00:00+00:00", False),
        # A night belongs to the day on which it begins.
        ([Sleep(at="20:00", until="07:00", days=("fri",))], "2027-01-16T03:00:00+00:00", True),
        ([Sleep(at="20:00", until="07:00", days=("sat",))], "2027-01-16T03:00:00+00:00", False),
        # The other side of the world: its Friday evening.
        ([Sleep(at="20:00", until="07:00", days=("fri",), zone="Pacific/Auckland")],
         "2027-01-15T07:30:00+00:00", True),
    ],
)  # fmt: skip
def test_what_time_it_is(spans: list[Sleep], moment: str, asleep: bool) -> None:
    assert sleeps(spans, at(moment)) is asleep


@pytest.mark.parametrize(
    ("span", "start", "end"),
    [
        # 28 March 2027: 02:00 becomes 03:00, and what is skipped comes an hour later.
        (("01:30", "02:30"), "2027-03-28T00:30:00+00:00", "2027-03-28T01:30:00+00:00"),
        (("02:30", "04:00"), "2027-03-28T01:30:00+00:00", "2027-03-28T02:00:00+00:00"),
        # 31 October 2027: 03:00 becomes 02:00, and of what comes twice the first counts.
        (("01:00", "02:30"), "2027-10-30T23:00:00+00:00", "2027-10-31T00:30:00+00:00"),
        (("02:30", "04:00"), "2027-10-31T00:30:00+00:00", "2027-10-31T03:00:00+00:00"),
        (("20:00", "07:00"), "2027-10-30T18:00:00+00:00", "2027-10-31T06:00:00+00:00"),
    ],
)
def test_days_on_which_clocks_change(span: tuple[str, str], start: str, end: str) -> None:
    spans = [Sleep(at=span[0], until=span[1], zone="Europe/Berlin")]
    second = timedelta(seconds=1)
    assert not sleeps(spans, at(start) - second) and sleeps(spans, at(start))
    assert sleeps(spans, at(end) - second) and not sleeps(spans, at(end))


def test_the_next_turn() -> None:
    spans = [NIGHT, WEEKEND]
    friday, monday = at("2027-01-15T20:00:00+01:00"), at("2027-01-18T07:00:00+01:00")
    assert turn(spans, at("2027-01-15T09:00:00+01:00")) == friday
    assert turn(spans, friday) == monday
    assert turn(spans, at("2027-01-17T12:00:00+01:00")) == monday
    always = [Sleep(at="03:00", until="03:00")]  # day and night: when it is said again
    assert turn(always, friday) == at("2027-01-16T03:00:00+00:00") and turn([], friday) is None
    once = [Sleep(at="12:00", until="12:30", days=("mon",))]
    assert turn(once, at("2027-01-18T12:30:00+00:00")) == at("2027-01-25T12:00:00+00:00")


@pytest.mark.parametrize("seed", range(20))
def test_a_turn_is_the_first_moment_at_which_the_schedule_says_something_else(seed: int) -> None:
    dice = random.Random(seed)

    def clock() -> str:
        return f"{dice.randrange(24):02}:{dice.choice((0, 15, 30, 59)):02}"

    zone = dice.choice(("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"))
    spans = [
        Sleep(
            at=clock(), until=clock(), zone=zone, days=tuple(dice.sample(DAYS, dice.randrange(4)))
        )
        for _ in range(dice.randint(1, 3))
    ]
    now = at(dice.choice(("2027-03-26T12:00:00Z", "2027-10-29T12:00:00Z", "2027-11-05T08:00:00Z")))
    said, then = sleeps(spans, now), turn(spans, now)
    end = then or now + timedelta(days=8)
    minutes = int((end - now).total_seconds()) // 60
    for minute in range(minutes):
        assert sleeps(spans, now + timedelta(minutes=minute)) == said
    if then is not None:
        assert sleeps(spans, then) != said and then - now < timedelta(days=8)


def test_zones_are_those_of_the_world_and_a_machine_without_them_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"} <= ZONES
    monkeypatch.setattr("zoneinfo._tzpath.TZPATH", ())
    monkeypatch.setitem(__import__("sys").modules, "tzdata", None)
    from zoneinfo import ZoneInfo

    ZoneInfo.clear_cache()
    with pytest.raises(Refusal, match="does not know the time zone Asia/Tokyo"):
        sleeps([Sleep(at="20:00", until="07:00", zone="Asia/Tokyo")], at("2027-01-15T09:00:00Z"))
