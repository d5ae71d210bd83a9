"""Words given on the command line, checked against what there is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from generator.vocabulary import names
from generator.vocabulary.refusal import Refusal


def pair(text: str, what: str) -> tuple[str, str]:
    """`k=v` as (k, v)."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Refusal(f"`{text}` is not {what}", f"write {what}", exit_code=2)
    return key, value


def library(module: str, extra: str, why: str) -> None:
    """Refuses to go on without a library that not everybody has."""
    if find_spec(module) is None:
        raise Refusal(
            f"the library {module} is not installed, and {why}",
            f"pip install 'gen-lanes[{extra}]'",
            exit_code=2,
        )


def day_of(text: str | None) -> dt.date:
    """A day as it is written, or the day it is: everywhere the same one, by UTC."""
    return date_of(text) if text else dt.datetime.now(dt.UTC).date()


def moment_of(text: str | None) -> str:
    """A moment as the configuration writes one, by UTC; or now."""
    from generator.edits.sleep import moment, written

    return written(moment(text) if text else dt.datetime.now(dt.UTC))


def date_of(text: str) -> dt.date:
    """A day as the configuration writes one; Python alone would take other forms too."""
    wrong = Refusal(
        f"`{text}` is not a date", "write year-month-day, such as 2027-01-31", exit_code=2
    )
    if not names.matches(names.DATE, text):
        raise wrong
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise wrong from None


def relative(root: Path, paths: Iterable[Path]) -> set[str]:
    """Paths as the sources name them, whether given from the root or from here."""
    top, paths = root.resolve(), list(paths)
    given = {(path if path.is_absolute() else Path.cwd() / path) for path in paths} | {
        top / path for path in paths
    }
    return {
        path.parent.resolve().joinpath(path.name).relative_to(top).as_posix()
        for path in given
        if path.parent.resolve().is_relative_to(top)
    }
