"""Schedules of CronJobs, as the library of the API server reads them (five fields, or a word that
begins with @)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from generator.manifests.problem import shown
from generator.manifests.rules.rule import Wrong

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {word: number for number, word in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 6, {word: number for number, word in enumerate(_DAYS)}),
)
_WORDS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_HINT = 'write minute, hour, day, month and day of the week: "30 2 * * 1-5"'


def schedule(value: Any) -> Iterator[Wrong]:
    if not isinstance(value, str):
        return
    if value.startswith("@"):
        if value not in _WORDS and not re.fullmatch(r"@every \S+", value):
            yield (), f"cannot be `{shown(value)}`", f"write one of {', '.join(_WORDS)}"
        return
    if re.match(r"(CRON_)?TZ=", value):
        yield (), "holds a time zone", "write it in `timeZone`"
        return
    parts = value.split()
    if len(parts) != len(_FIELDS):
        yield (), f"has {len(parts)} fields, and a schedule has 5", _HINT
        return
    for part, (name, low, high, words) in zip(parts, _FIELDS, strict=True):
        if not all(_is_range(each, low, high, words) for each in part.split(",")):
            yield (
                (),
                f"cannot have `{shown(part)}` as {name}",
                f"write {low} to {high}, `*`, a range or a list",
            )


def _is_range(text: str, low: int, high: int, words: dict[str, int]) -> bool:
    """`*`, `a`, `a-b`, each with `/step`."""
    span, slash, step = text.partition("/")
    if slash and (not re.fullmatch(r"[0-9]{1,9}", step) or int(step) == 0):
        return False
    if span in ("*", "?"):
        return True
    ends = [words.get(end.lower(), end) for end in span.split("-")]
    if len(ends) > 2 or not all(re.fullmatch(r"[0-9]{1,9}", str(end)) for end in ends):
        return False
    numbers = [int(end) for end in ends]
    return low <= numbers[0] <= numbers[-1] <= high
