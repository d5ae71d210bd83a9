"""What `gen diff --format json` printed, read again: text that anybody may have written.

Nothing of it is believed but its shape. A report is printed anew from what is read here, so that a
comment on a pull request holds gen's own words, and names in code blocks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from generator.plan.tenants import RULE_KINDS
from generator.views.difference import (
    CHANGES,
    COMES,
    GOES,
    Answer,
    Asker,
    Change,
    ChangedObject,
    Difference,
    Example,
    Moved,
)
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import printable

LARGEST = 32 * 1024 * 1024  # bytes of a report
_LONGEST = 2000  # characters of one text in it
T = TypeVar("T")


def read_difference(raw: bytes) -> Difference:
    """The difference that a report is about; `Refusal` for what is not a report. Keys that an older
    gen did not write are empty."""
    try:
        return _difference(json.loads(raw[: LARGEST + 1]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise Refusal(
            "this is not a report of gen diff",
            f"make one with `gen diff --format json` ({_text(str(wrong))[:80]})",
        ) from None


def _difference(report: dict[str, Any]) -> Difference:
    if report["version"] != 1:
        raise ValueError("its version is unknown")
    total = report["total"]
    return Difference(
        trust=_each(_change, report.get("trust", [])),
        settings=_each(_change, report.get("settings", [])),
        objects=_each(_object, report.get("objects", [])),
        tenants=_each(_asker, report["tenants"]),
        environments=_each(_asker, report["environments"]),
        overtaken=_each(_change, report["overtaken"]),
        lanes=_each(_change, report["lanes"]),
        workloads=_each(_change, report["workloads"]),
        routes=_each(_change, report["routes"]),
        stores=_each(_change, report.get("stores", [])),
        policies=_each(_change, report["policies"]),
        applications=_each(_change, report["applications"]),
        files=_each(_change, report["files"]),
        printed=_each(_change, report.get("printed", [])),
        total=(_count(total["tenants"]), _count(total["environments"])),
    )


def _each(make: Callable[[dict[str, Any]], T], items: object) -> tuple[T, ...]:
    if not isinstance(items, list):
        raise TypeError("a list is missing")
    return tuple(make(item) for item in items)


def _asker(item: dict[str, Any]) -> Asker:
    services, what = _each(_moved, item["services"]), _text(item.get("what", ""))
    example = _example(item["request"]) if "request" in item else None
    return Asker(_text(item["name"]), _kind(item["change"]), services, what, example)


def _example(item: dict[str, Any]) -> Example:
    rule = item["rule"]
    if rule is not None:
        rule = (_told(rule["kind"]), _text(rule["name"]), _text(rule["value"]))
    return Example(_text(item["host"]), _text(item["path"]), rule)


def _told(kind: object) -> str:
    """It becomes an option of a command."""
    if kind not in RULE_KINDS:
        raise ValueError("a rule is of no known kind")
    return str(kind)


def _moved(item: dict[str, Any]) -> Moved:
    before, after = _each(_answer, item["before"]), _each(_answer, item["after"])
    return Moved(_text(item["service"]), before, after)


def _answer(item: dict[str, Any]) -> Answer:
    share = item["share"]
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 100:
        raise ValueError("a share is not one")
    unit, version = item["unit"], item["version"]
    return Answer(None if unit is None else _text(unit), _text(version or ""), share)


def _change(item: dict[str, Any]) -> Change:
    return Change(_text(item["name"]), _kind(item["change"]), _text(item.get("what", "")))


def _object(item: dict[str, Any]) -> ChangedObject:
    group, kind, name = _text(item["group"]), _text(item["kind"]), _text(item["name"])
    return ChangedObject(group, kind, name, _text(item["application"]), _kind(item["change"]))


def _kind(value: object) -> str:
    if value not in (COMES, GOES, CHANGES):
        raise ValueError("a change is of no known kind")
    return str(value)


def _text(value: object) -> str:
    """One line, as it may be shown."""
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return printable(value[:_LONGEST]).replace("\n", " ").replace("\r", " ")


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise ValueError("a count is not one")
    return value
