"""When a schedule lets a unit sleep: wall clocks of a zone, turned into moments that nobody can
misread. What a clock skips in spring comes an hour later; of what it shows twice in autumn, the
first counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from generator.vocabulary.refusal import Refusal
from generator.vocabulary.sleep import Sleep

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD = 9  # days: a schedule is the same each week
Span = tuple[datetime, datetime]


def sleeps(spans: Sequence[Sleep], now: datetime) -> bool:
    """Whether it is time to sleep."""
    return any(start <= now < end for start, end in _around(spans, now))


def turn(spans: Sequence[Sleep], now: datetime) -> datetime | None:
    """When the schedule says something else than now; if it never does, since one span begins
    before the other ends, when it says something again. None without spans."""
    edges = sorted({edge for span in _around(spans, now) for edge in span if edge > now})
    said = sleeps(spans, now)
    return next((edge for edge in edges if sleeps(spans, edge) != said), next(iter(edges), None))


def _around(spans: Sequence[Sleep], now: datetime) -> Iterator[Span]:
    """All spans that begin from some days before a moment to a week after it."""
    for span in spans:
        zone = _zone(span.zone)
        today = now.astimezone(zone).date()
        for ahead in range(-2, AHEAD):
            day = today + timedelta(days=ahead)
            if not span.days or DAYS[day.weekday()] in span.days:
                yield _on(span, day, zone)


def _on(span: Sleep, day: date, zone: ZoneInfo) -> Span:
    at, until = time.fromisoformat(span.at), time.fromisoformat(span.until)
    morning = day if until > at else day + timedelta(days=1)
    return _moment(day, at, zone), _moment(morning, until, zone)


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        raise Refusal(
            f"this machine does not know the time zone {name}",
            "install its time zones: the package is called tzdata in most systems",
        ) from None
